//! Wrappers that inject faults into a store.

use crate::store::{Bits, Entry, Failure, Head, Record, Store, Swap, Write};
use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A store that delays each request.
#[derive(Debug)]
pub struct Slow<S> {
    store: S,
    pause: Duration,
}

impl<S> Slow<S> {
    /// Returns a store whose requests are delayed by `pause`.
    pub const fn new(store: S, pause: Duration) -> Self {
        Self { store, pause }
    }

    async fn late<T>(&self, request: impl Future<Output = T>) -> T {
        tokio::time::sleep(self.pause).await;
        request.await
    }

    async fn written<T>(&self, _: &[Entry], request: impl Future<Output = T>) -> T {
        self.late(request).await
    }
}

/// A store that fails some requests, half of them after carrying them out.
#[derive(Debug)]
pub struct Failing<S> {
    store: S,
    every: u64,
    count: AtomicU64,
    away: AtomicBool,
}

impl<S> Failing<S> {
    /// Returns a store in which one in `every` requests fails; if it is 0, requests only fail while the store is
    /// [`away`](Self::set_away).
    pub const fn new(store: S, every: u64) -> Self {
        Self { store, every, count: AtomicU64::new(0), away: AtomicBool::new(false) }
    }

    /// Sets whether every request fails without being carried out.
    pub fn set_away(&self, away: bool) {
        self.away.store(away, Ordering::SeqCst);
    }

    async fn perhaps<T>(&self, request: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        let away = || Failure::Away("injected failure".into());
        if self.away.load(Ordering::SeqCst) {
            return Err(away());
        }
        let count = self.count.fetch_add(1, Ordering::SeqCst) + 1;
        match count.checked_rem(self.every) {
            Some(0) if (count / self.every).is_multiple_of(2) => Err(away()),
            Some(0) => {
                // The request is carried out, and its answer lost.
                let _ = request.await;
                Err(away())
            }
            _ => request.await,
        }
    }

    async fn written<T>(
        &self,
        _: &[Entry],
        request: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        self.perhaps(request).await
    }
}

/// A store that confirms writes without storing them, like one that loses its last writes in a crash.
#[derive(Debug)]
pub struct Forgetting<S> {
    store: S,
    forgets: AtomicBool,
}

impl<S> Forgetting<S> {
    /// Returns a store that stores everything until [`forget`](Self::forget) is called.
    pub const fn new(store: S) -> Self {
        Self { store, forgets: AtomicBool::new(false) }
    }

    /// Sets whether writes are forgotten from now on.
    pub fn forget(&self, forgets: bool) {
        self.forgets.store(forgets, Ordering::SeqCst);
    }

    async fn pass<T>(&self, request: impl Future<Output = T>) -> T {
        request.await
    }

    /// Confirms an end with the owner's own count; no other write's answer is used.
    async fn written(
        &self,
        entries: &[Entry],
        request: impl Future<Output = Result<u64, Failure>>,
    ) -> Result<u64, Failure> {
        if !self.forgets.load(Ordering::SeqCst) {
            return request.await;
        }
        Ok(match entries.last() {
            Some(Entry { write: Write::End(end), .. }) => end.handled,
            _ => 0,
        })
    }
}

/// A store that carries out every other change late: it answers that it is away, and carries the change out just before
/// the next one, such as the same change when it is repeated.
#[derive(Debug)]
pub(super) struct Late<S> {
    store: S,
    under_way: Mutex<Option<Change>>,
}

/// A change whose answer was lost.
#[derive(Debug)]
enum Change {
    Create(Record, Duration),
    Adopt { id: Bits, owner: Bits, swap: Swap, lease: Duration },
    Write(Bits, Vec<Entry>),
}

impl<S: Store> Late<S> {
    pub(super) const fn new(store: S) -> Self {
        Self { store, under_way: Mutex::new(None) }
    }

    /// Makes the change wait for the next one, unless one waits already: that is carried out now.
    async fn before(&self, change: impl FnOnce() -> Change) -> Result<(), Failure> {
        let earlier = {
            let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
            let earlier = under_way.take();
            if earlier.is_none() {
                *under_way = Some(change());
            }
            earlier
        };
        match earlier {
            // Nobody hears the answers.
            Some(Change::Create(record, lease)) => drop(self.store.create(&record, lease).await),
            Some(Change::Adopt { id, owner, swap, lease }) => {
                drop(self.store.adopt(id, owner, &swap, lease).await);
            }
            Some(Change::Write(id, entries)) => drop(self.store.write(id, &entries).await),
            None => return Err(Failure::Away("the answer is lost".into())),
        }
        Ok(())
    }
}

impl<S: Store> Store for Late<S> {
    async fn create(&self, record: &Record, lease: Duration) -> Result<(), Failure> {
        self.before(|| Change::Create(record.clone(), lease)).await?;
        self.store.create(record, lease).await
    }

    async fn load(&self, id: Bits) -> Result<Option<Record>, Failure> {
        self.store.load(id).await
    }

    async fn head(&self, id: Bits) -> Result<Option<Head>, Failure> {
        self.store.head(id).await
    }

    async fn adopt(&self, id: Bits, owner: Bits, swap: &Swap, lease: Duration) -> Result<Record, Failure> {
        self.before(|| Change::Adopt { id, owner, swap: *swap, lease }).await?;
        self.store.adopt(id, owner, swap, lease).await
    }

    async fn write(&self, id: Bits, entries: &[Entry]) -> Result<u64, Failure> {
        self.before(|| Change::Write(id, entries.to_vec())).await?;
        self.store.write(id, entries).await
    }

    async fn renew(&self, sessions: &[(Bits, Bits)], lease: Duration) -> Result<(), Failure> {
        self.store.renew(sessions, lease).await
    }

    async fn expire(&self, tombstone: Duration) -> Result<u64, Failure> {
        self.store.expire(tombstone).await
    }
}

/// Implements [`Store`] by passing each request of the inner store through a method, and writes through `written`.
macro_rules! around {
    ($type:ident, $all:ident) => {
        impl<S: Store> Store for $type<S> {
            async fn create(&self, record: &Record, lease: Duration) -> Result<(), Failure> {
                self.$all(self.store.create(record, lease)).await
            }

            async fn load(&self, id: Bits) -> Result<Option<Record>, Failure> {
                self.$all(self.store.load(id)).await
            }

            async fn head(&self, id: Bits) -> Result<Option<Head>, Failure> {
                self.$all(self.store.head(id)).await
            }

            async fn adopt(
                &self,
                id: Bits,
                owner: Bits,
                swap: &Swap,
                lease: Duration,
            ) -> Result<Record, Failure> {
                self.$all(self.store.adopt(id, owner, swap, lease)).await
            }

            async fn write(&self, id: Bits, entries: &[Entry]) -> Result<u64, Failure> {
                self.written(entries, self.store.write(id, entries)).await
            }

            async fn renew(&self, sessions: &[(Bits, Bits)], lease: Duration) -> Result<(), Failure> {
                self.$all(self.store.renew(sessions, lease)).await
            }

            async fn expire(&self, tombstone: Duration) -> Result<u64, Failure> {
                self.$all(self.store.expire(tombstone)).await
            }
        }
    };
}

around!(Slow, late);
around!(Failing, perhaps);
around!(Forgetting, pass);
