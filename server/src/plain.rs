//! A client without sessions: one connection, with no acknowledgements and no resume.

use crate::authorize::Identity;
use crate::hub::Hub;
use crate::message::Message;
use crate::session::{End, EndReason, SessionError, Status, Wish};
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use steady_session::{Bits, Fate, Stats};
use tokio::sync::{Notify, watch};

pub(crate) struct Plain {
    pub(crate) id: Bits,
    pub(crate) identity: Identity,
    pub(crate) protocol: String,
    pub(crate) hub: Arc<Hub>,
    state: Mutex<State>,
    /// Notified when there is more to write, or the application has closed the connection.
    pub(crate) work: Notify,
    /// Notified when the application has taken a message.
    pub(crate) room: Notify,
    pub(crate) status: watch::Sender<Status>,
}

#[derive(Debug, Default)]
struct State {
    inbox: VecDeque<Message>,
    inbox_cost: u64,
    outbox: VecDeque<Message>,
    outbox_cost: u64,
    accepted: u64,
    written: u64,
    received: u64,
    handled: u64,
    /// A ping is to be written.
    pinging: bool,
    closing: bool,
    ended: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

/// The next step of a connection's writer.
pub(crate) enum Next {
    Ping,
    Write(Message),
    Close,
    Wait,
}

impl fmt::Debug for Plain {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Plain").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Plain {
    pub(crate) fn new(id: Bits, identity: Identity, protocol: String, hub: Arc<Hub>) -> Arc<Self> {
        Arc::new(Self {
            id,
            identity,
            protocol,
            hub,
            state: Mutex::default(),
            work: Notify::new(),
            room: Notify::new(),
            status: watch::Sender::new(Status { connected: true, ..Status::default() }),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state, then wakes the waiting tasks.
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let (result, wakers) = {
            let mut state = self.state();
            let result = change(&mut state);
            (result, [state.reader.take(), state.writer.take()])
        };
        wakers.into_iter().flatten().for_each(Waker::wake);
        self.work.notify_one();
        result
    }

    /// Returns whether reading must pause until the application takes a message.
    pub(crate) fn is_full(&self) -> bool {
        self.state().inbox_cost >= self.hub.limits.window
    }

    pub(crate) fn arrive(&self, message: Message) {
        self.change(|state| {
            if !state.closing {
                state.inbox_cost += message.cost();
                state.received += 1;
                state.inbox.push_back(message);
            }
        });
    }

    /// Pings the client.
    pub(crate) fn ping(&self) {
        self.change(|state| state.pinging = true);
    }

    pub(crate) fn next(&self) -> Next {
        let mut state = self.state();
        if std::mem::take(&mut state.pinging) {
            return Next::Ping;
        }
        match state.outbox.pop_front() {
            Some(message) => {
                state.written += 1;
                Next::Write(message)
            }
            None if state.closing => Next::Close,
            None => Next::Wait,
        }
    }

    /// Records that a message was written.
    pub(crate) fn written(&self, cost: u64) {
        self.change(|state| state.outbox_cost -= cost);
    }

    pub(crate) fn end(&self, reason: EndReason) {
        let fates = self.change(|state| {
            state.ended = true;
            state.inbox.clear();
            let spans =
                [(1, state.written, Fate::Unknown), (state.written + 1, state.accepted, Fate::NotHandled)];
            spans.into_iter().filter(|(first, last, _)| first <= last).collect()
        });
        self.status.send_modify(|status| {
            status.connected = false;
            status.end = Some(End { reason, fates });
        });
    }

    /// Returns the next message, or `Err` if there are no more.
    pub(crate) fn take(&self, waker: &Waker) -> Option<Result<(u64, Message), ()>> {
        let taken = {
            let mut state = self.state();
            match state.inbox.pop_front() {
                Some(message) => {
                    state.inbox_cost -= message.cost();
                    state.handled += 1;
                    (state.handled, message)
                }
                None if state.ended || state.closing => return Some(Err(())),
                None => {
                    state.reader = Some(waker.clone());
                    return None;
                }
            }
        };
        self.room.notify_one();
        Some(Ok(taken))
    }

    /// Polls a condition. Returns `Err` if it can no longer become true.
    pub(crate) fn poll(&self, waker: &Waker, wish: Wish) -> Option<Result<(), ()>> {
        let mut state = self.state();
        let is_so = match wish {
            Wish::Room => !state.closing && !state.ended && state.outbox_cost < self.hub.limits.queue,
            Wish::Flushed => state.outbox_cost == 0,
            // The outbox lacks a message whose write has begun, perhaps in vain.
            Wish::Closed => state.ended && state.closing && state.outbox_cost == 0,
        };
        if is_so {
            return Some(Ok(()));
        }
        if state.ended || wish == Wish::Room && state.closing {
            return Some(Err(()));
        }
        state.writer = Some(waker.clone());
        None
    }

    pub(crate) fn send(&self, message: Message) -> Result<(), SessionError> {
        if message.cost() > self.hub.limits.queue {
            return Err(SessionError::TooLarge);
        }
        self.change(|state| {
            if state.closing || state.ended {
                return Err(SessionError::Ended);
            }
            state.accepted += 1;
            state.outbox_cost += message.cost();
            state.outbox.push_back(message);
            Ok(())
        })
    }

    pub(crate) fn close(&self) {
        self.change(|state| state.closing = true);
    }

    pub(crate) fn stats(&self) -> Stats {
        let state = self.state();
        Stats {
            accepted: state.accepted,
            acknowledged: 0,
            received: state.received,
            handled: state.handled,
            held_cost: state.outbox_cost,
            room: 0,
        }
    }
}
