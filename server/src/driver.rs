//! The task that sends a session's requests to the store and ticks its machine.

use crate::counters::count;
use crate::hub::Hub;
use crate::message::Message;
use crate::session::EndReason;
use crate::shared::Shared;
use crate::state::{Request, State};
use crate::store::{Entry, Failure, Record};
use futures_core::future::BoxFuture;
use std::future::pending;
use std::sync::Arc;
use steady_session::{ServerInput, StoreError};

/// The most writes in one request.
const BATCH: usize = 256;

/// The store's answer to a request.
enum Answer {
    /// All writes up to this number are stored, and the session has this position.
    Stored {
        seq: u64,
        handled: u64,
    },
    Adopted(Box<Record>),
    Failed(Failure),
}

/// Runs until the session is over or this node has released it.
pub(crate) async fn drive(shared: Arc<Shared>) {
    let hub = shared.hub.clone();
    let mut running: Option<BoxFuture<'static, Answer>> = None;
    loop {
        if running.is_none() {
            running = next(&shared);
        }
        let deadline = {
            let mut state = shared.state();
            if state.is_finished() {
                break;
            }
            // If the deadline has passed while a request is running, the next input is the store's answer.
            let deadline = state.machine.deadline().filter(|at| !state.is_asking() || *at > hub.now());
            state.awaits(deadline);
            deadline
        };
        tokio::select! {
            answer = answered(&mut running) => {
                running = None;
                take(&shared, answer);
            }
            () = hub.sleep_until(deadline) => {
                // A tick never fails.
                let _ = shared.step(ServerInput::Tick);
            }
            () = shared.work.notified() => {}
        }
    }
    hub.remove(&shared);
    shared.leave();
    let (reason, owner) = {
        let state = shared.state();
        (state.end().map(|end| end.reason), state.machine.owner())
    };
    if matches!(reason, Some(EndReason::Closed | EndReason::Lost(_))) {
        // If this fails, the tombstone keeps the session's lease.
        let _ = hub.store.renew(&[(shared.id, owner)], hub.limits.tombstone).await;
    }
    match reason {
        Some(EndReason::Closed) => count(&hub.tally.closed),
        Some(EndReason::Lost(loss)) => {
            count(&hub.tally.lost);
            tracing::info!(session = ?shared.id, ?loss, "session lost");
        }
        Some(EndReason::Released | EndReason::Disconnected(_)) | None => {}
    }
}

async fn answered(running: &mut Option<BoxFuture<'static, Answer>>) -> Answer {
    match running {
        Some(request) => request.await,
        None => pending().await,
    }
}

/// Returns the next request to the store: a batch of writes, or one creation or takeover.
fn next(shared: &Arc<Shared>) -> Option<BoxFuture<'static, Answer>> {
    let hub = shared.hub.clone();
    let id = shared.id;
    let mut state = shared.state();
    match state.ask()? {
        Request::Create(record) => Some(Box::pin(async move {
            let (seq, handled) = (record.seq, record.position());
            stored(hub.store.create(&record, hub.limits.lease()).await.map(|()| handled), seq)
        })),
        Request::Adopt(owner, swap) => Some(Box::pin(async move {
            match hub.store.adopt(id, owner, &swap, hub.limits.lease()).await {
                Ok(record) => Answer::Adopted(Box::new(record)),
                Err(failure) => Answer::Failed(failure),
            }
        })),
        Request::Write(first) => {
            let entries = batch(&mut state, first);
            Some(Box::pin(write(hub.clone(), shared.id, entries)))
        }
    }
}

fn batch(state: &mut State, first: Entry) -> Vec<Entry> {
    let mut entries = vec![first];
    while entries.len() < BATCH {
        match state.requests.pop_front() {
            Some(Request::Write(entry)) => entries.push(entry),
            Some(other) => {
                state.requests.push_front(other);
                break;
            }
            None => break,
        }
    }
    entries
}

async fn write(hub: Arc<Hub>, id: steady_session::Bits, entries: Vec<Entry>) -> Answer {
    let seq = entries.last().map_or(0, |entry| entry.seq);
    stored(hub.store.write(id, &entries).await, seq)
}

fn stored(answer: Result<u64, Failure>, seq: u64) -> Answer {
    match answer {
        Ok(handled) => Answer::Stored { seq, handled },
        Err(failure) => Answer::Failed(failure),
    }
}

fn take(shared: &Arc<Shared>, answer: Answer) {
    let input = match answer {
        Answer::Stored { seq, handled } => ServerInput::Stored { seq, handled },
        Answer::Adopted(record) => ServerInput::Adopted(record),
        Answer::Failed(failure) => refused(shared, &failure),
    };
    shared.answered(shared.hub.now(), input);
}

/// Makes the writes that the store answers without waiting, unless a request is running already. Returns whether a request
/// is left for the session's task.
pub(crate) fn write_now(shared: &Arc<Shared>, now: u64) -> bool {
    loop {
        let entry = {
            let mut state = shared.state();
            if state.is_asking() {
                // Whoever made that request continues with the next.
                return false;
            }
            match state.ask() {
                None => return false,
                Some(Request::Write(entry)) => entry,
                Some(other) => {
                    state.return_request(other);
                    return true;
                }
            }
        };
        let input = match shared.hub.store.write_now(shared.id, std::slice::from_ref(&entry)) {
            Some(Ok(handled)) => ServerInput::Stored { seq: entry.seq, handled },
            Some(Err(failure)) => refused(shared, &failure),
            None => {
                shared.state().return_request(Request::Write(entry));
                return true;
            }
        };
        shared.answered(now, input);
    }
}

fn refused(shared: &Shared, failure: &Failure) -> ServerInput<Message> {
    ServerInput::StoreFailed(if matches!(failure, Failure::Fenced) {
        StoreError::Fenced
    } else {
        tracing::warn!(session = ?shared.id, %failure, "the store refused a request of the session");
        StoreError::Gap
    })
}
