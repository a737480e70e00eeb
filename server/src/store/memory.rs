//! The store of a single process.

use super::{Bits, Entry, Failure, Head, Record, Store, Swap, Tombstone};
use crate::Refusal;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Keeps sessions in this process's memory: they survive lost connections, but not the process. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Memory(Arc<Mutex<HashMap<Bits, Leased>>>);

#[derive(Debug)]
struct Leased {
    record: Record,
    until: Instant,
}

impl Memory {
    /// Returns an empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<Bits, Leased>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn apply(&self, id: Bits, entries: &[Entry]) -> Result<u64, Failure> {
        let mut sessions = self.sessions();
        let leased = sessions.get_mut(&id).ok_or(Failure::Gap)?;
        if entries.len() > 1 {
            check(&leased.record, entries)?;
        }
        for Entry { seq, owner, write } in entries {
            leased.record.apply(*seq, *owner, write.clone())?;
        }
        Ok(leased.record.position())
    }
}

impl Store for Memory {
    async fn create(&self, record: &Record, lease: Duration) -> Result<(), Failure> {
        let mut sessions = self.sessions();
        if sessions.contains_key(&record.id) {
            return Err(Failure::Gap);
        }
        sessions.insert(record.id, Leased { record: record.clone(), until: Instant::now() + lease });
        Ok(())
    }

    async fn load(&self, id: Bits) -> Result<Option<Record>, Failure> {
        Ok(self.sessions().get(&id).map(|leased| leased.record.clone()))
    }

    async fn head(&self, id: Bits) -> Result<Option<Head>, Failure> {
        Ok(self.sessions().get(&id).map(|leased| Head::of(&leased.record)))
    }

    async fn adopt(&self, id: Bits, owner: Bits, swap: &Swap, lease: Duration) -> Result<Record, Failure> {
        let mut sessions = self.sessions();
        let leased = sessions.get_mut(&id).ok_or(Failure::Gap)?;
        leased.record.adopt(owner, swap)?;
        if leased.record.end.is_none() {
            leased.until = Instant::now() + lease;
        }
        Ok(leased.record.clone())
    }

    async fn write(&self, id: Bits, entries: &[Entry]) -> Result<u64, Failure> {
        self.apply(id, entries)
    }

    fn write_now(&self, id: Bits, entries: &[Entry]) -> Option<Result<u64, Failure>> {
        Some(self.apply(id, entries))
    }

    async fn renew(&self, owned: &[(Bits, Bits)], lease: Duration) -> Result<(), Failure> {
        let mut sessions = self.sessions();
        for (id, owner) in owned {
            if let Some(leased) = sessions.get_mut(id)
                && leased.record.current.nonce == *owner
            {
                leased.until = Instant::now() + lease;
            }
        }
        Ok(())
    }

    async fn expire(&self, tombstone: Duration) -> Result<u64, Failure> {
        let now = Instant::now();
        let mut ended = 0;
        self.sessions().retain(|_, Leased { record, until }| {
            if *until > now {
                return true;
            }
            if record.end.is_some() {
                return false;
            }
            record.end = Some(Tombstone { why: Refusal::Expired, handled: record.handled });
            record.held.clear();
            *until = now + tombstone;
            ended += 1;
            true
        });
        Ok(ended)
    }
}

/// Returns an error if any of the writes would fail, without copying the session's messages.
fn check(record: &Record, entries: &[Entry]) -> Result<(), Failure> {
    let mut shape = Record { held: VecDeque::new(), ..*record };
    for Entry { seq, owner, write } in entries {
        shape.apply(*seq, *owner, write.clone())?;
    }
    Ok(())
}
