//! Retries of store requests, without repeating a change.

use super::{Bits, Entry, Failure, Head, Record, Store, Swap};
use std::future::Future;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use steady_session::Write;
use tokio::time::{sleep, timeout};

const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Repeats requests while a store is [away](Failure::Away) or the session is [busy](Failure::Busy), one after another. Before
/// it repeats a change whose answer was lost, it reads the store's head: the change may have been carried out. It does so
/// again before it returns a refusal of the repeated change, which may have been carried out just before that.
#[derive(Clone, Debug)]
pub(crate) struct Retry<S>(Arc<Inner<S>>);

#[derive(Debug)]
struct Inner<S> {
    store: S,
    patience: Duration,
    away: AtomicBool,
    failures: AtomicU64,
}

/// The progress of writes whose answer was lost.
enum Progress {
    /// They were carried out; the session has this position.
    Done(u64),
    /// They were not carried out from this entry on.
    Open(usize),
}

/// The attempts at a change.
struct Attempts {
    /// The answer to one of them was lost. It may still be carried out, at any time.
    lost: bool,
    pause: Duration,
}

impl Attempts {
    const fn new() -> Self {
        Self { lost: false, pause: FIRST_PAUSE }
    }

    /// Breaks with an answer that is final. Continues if the change may have been carried out although its answer was
    /// lost: with the refusal that is the answer otherwise, or after a pause with `None` if it is to be repeated then.
    async fn judge<T>(
        &mut self,
        answer: Result<T, Failure>,
    ) -> ControlFlow<Result<T, Failure>, Option<Failure>> {
        match answer {
            Err(Failure::Away(_)) => {
                self.lost = true;
                sleep(self.pause).await;
                self.pause = (self.pause * 2).min(LONGEST_PAUSE);
                ControlFlow::Continue(None)
            }
            Err(refusal @ (Failure::Gap | Failure::Fenced)) if self.lost => {
                ControlFlow::Continue(Some(refusal))
            }
            answer => ControlFlow::Break(answer),
        }
    }
}

impl<S: Store> Retry<S> {
    pub(crate) fn new(store: S, patience: Duration) -> Self {
        let (away, failures) = (AtomicBool::new(false), AtomicU64::new(0));
        Self(Arc::new(Inner { store, patience, away, failures }))
    }

    /// Returns whether the store is available. If its last request failed, asks it once.
    pub(crate) async fn answers(&self) -> bool {
        !self.0.away.load(Ordering::Relaxed) || self.once(self.0.store.head(Bits([0; 16]))).await.is_ok()
    }

    pub(crate) fn failures(&self) -> u64 {
        self.0.failures.load(Ordering::Relaxed)
    }

    /// Makes one attempt.
    async fn once<T>(&self, request: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        let answer = match timeout(self.0.patience, request).await {
            Ok(answer) => answer,
            Err(late) => Err(Failure::Away(late.into())),
        };
        let away = matches!(answer, Err(Failure::Away(_)));
        if away || matches!(answer, Err(Failure::Busy(_))) {
            self.0.failures.fetch_add(1, Ordering::Relaxed);
        }
        let before = self.0.away.swap(away, Ordering::Relaxed);
        match &answer {
            Err(Failure::Away(error)) if !before => tracing::warn!(%error, "the store is unavailable"),
            Err(Failure::Away(_)) => {}
            _ if before => tracing::info!("the store is available again"),
            _ => {}
        }
        answer
    }

    /// Repeats a request while something else holds the session: it has changed nothing.
    async fn when_free<T, F>(&self, id: Bits, request: impl Fn() -> F) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let mut pause = FIRST_PAUSE;
        loop {
            let answer = self.once(request()).await;
            let Err(Failure::Busy(error)) = &answer else { return answer };
            if pause == FIRST_PAUSE {
                tracing::warn!(session = ?id, %error, "something else holds the session in the store");
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Repeats a request that changes nothing until it is answered.
    async fn read<T, F>(&self, request: impl Fn() -> F) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let mut pause = FIRST_PAUSE;
        loop {
            match self.once(request()).await {
                Err(Failure::Busy(_) | Failure::Away(_)) => sleep(pause).await,
                answer => return answer,
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Returns how many of these writes, whose answer was lost, were carried out.
    async fn progress(&self, id: Bits, entries: &[Entry]) -> Result<Progress, Failure> {
        let head = self.read(|| self.0.store.head(id)).await?.ok_or(Failure::Gap)?;
        let done = entries.iter().take_while(|entry| entry.seq <= head.seq).count();
        // The owner after the writes that were carried out.
        let owner = match done.checked_sub(1).and_then(|last| entries.get(last)) {
            Some(Entry { write: Write::Swap(swap), .. }) => Some(swap.current.nonce),
            Some(entry) => Some(entry.owner),
            None => entries.first().map(|entry| entry.owner),
        };
        if owner != Some(head.owner) {
            return Err(Failure::Fenced);
        }
        Ok(if done == entries.len() { Progress::Done(head.handled) } else { Progress::Open(done) })
    }
}

impl<S: Store> Store for Retry<S> {
    async fn create(&self, record: &Record, lease: Duration) -> Result<(), Failure> {
        let mut attempts = Attempts::new();
        loop {
            let answer = self.when_free(record.id, || self.0.store.create(record, lease)).await;
            let refusal = match attempts.judge(answer).await {
                ControlFlow::Continue(refusal) => refusal,
                ControlFlow::Break(answer) => return answer,
            };
            if let Some(head) = self.head(record.id).await? {
                return if head.owner == record.current.nonce { Ok(()) } else { Err(Failure::Gap) };
            }
            if let Some(refusal) = refusal {
                return Err(refusal);
            }
        }
    }

    async fn load(&self, id: Bits) -> Result<Option<Record>, Failure> {
        self.read(|| self.0.store.load(id)).await
    }

    async fn head(&self, id: Bits) -> Result<Option<Head>, Failure> {
        self.read(|| self.0.store.head(id)).await
    }

    async fn adopt(&self, id: Bits, owner: Bits, swap: &Swap, lease: Duration) -> Result<Record, Failure> {
        let mut attempts = Attempts::new();
        loop {
            let answer = self.when_free(id, || self.0.store.adopt(id, owner, swap, lease)).await;
            let refusal = match attempts.judge(answer).await {
                ControlFlow::Continue(refusal) => refusal,
                ControlFlow::Break(answer) => return answer,
            };
            if let Some(record) = self.load(id).await?
                && record.current == swap.current
            {
                return Ok(record);
            }
            if let Some(refusal) = refusal {
                return Err(refusal);
            }
        }
    }

    async fn write(&self, id: Bits, entries: &[Entry]) -> Result<u64, Failure> {
        let mut attempts = Attempts::new();
        let mut rest = entries;
        loop {
            let answer = self.when_free(id, || self.0.store.write(id, rest)).await;
            let refusal = match attempts.judge(answer).await {
                ControlFlow::Continue(refusal) => refusal,
                ControlFlow::Break(answer) => return answer,
            };
            match (self.progress(id, rest).await?, refusal) {
                (Progress::Done(handled), _) => return Ok(handled),
                (Progress::Open(_), Some(refusal)) => return Err(refusal),
                (Progress::Open(done), None) => rest = rest.get(done..).unwrap_or_default(),
            }
        }
    }

    /// Leaves it to `write` if it is to be repeated.
    fn write_now(&self, id: Bits, entries: &[Entry]) -> Option<Result<u64, Failure>> {
        let answer = self.0.store.write_now(id, entries);
        answer.filter(|answer| !matches!(answer, Err(Failure::Busy(_) | Failure::Away(_))))
    }

    async fn renew(&self, sessions: &[(Bits, Bits)], lease: Duration) -> Result<(), Failure> {
        self.once(self.0.store.renew(sessions, lease)).await
    }

    async fn expire(&self, tombstone: Duration) -> Result<u64, Failure> {
        self.once(self.0.store.expire(tombstone)).await
    }
}
