//! A session, shared by its tasks: the application's, the connection's, and the store's.

use crate::authorize::Identity;
use crate::counters::count;
use crate::driver::write_now;
use crate::hub::Hub;
use crate::message::Message;
use crate::outlet::Outlet;
use crate::session::{Session, SessionError, Status};
use crate::state::{Consequences, State};
use futures_core::future::BoxFuture;
use std::fmt;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use steady_session::{Bits, Error, Resume, Server, ServerInput};
use tokio::sync::{Notify, watch};

/// The application's task, spawned when this node owns the session.
pub(crate) type Handler = Box<dyn FnOnce(Session) -> BoxFuture<'static, ()> + Send>;

pub(crate) struct Shared {
    pub(crate) id: Bits,
    pub(crate) identity: Identity,
    pub(crate) protocol: String,
    pub(crate) hub: Arc<Hub>,
    /// True if the session was read from the store.
    pub(crate) adopted: bool,
    state: Mutex<State>,
    handler: Mutex<Option<Handler>>,
    /// Notified when there may be a request for the store, or another deadline.
    pub(crate) work: Notify,
    pub(crate) status: watch::Sender<Status>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Shared").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Shared {
    pub(crate) fn new(
        hub: Arc<Hub>,
        machine: Server<Message>,
        identity: Identity,
        protocol: String,
        adopted: bool,
        handler: Handler,
    ) -> Arc<Self> {
        Arc::new(Self {
            id: machine.id(),
            identity,
            protocol,
            hub,
            adopted,
            state: Mutex::new(State::new(machine)),
            handler: Mutex::new(Some(handler)),
            work: Notify::new(),
            status: watch::Sender::new(Status::default()),
        })
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the machine an input, then carries out the effects outside the lock.
    pub(crate) fn step(self: &Arc<Self>, input: ServerInput<Message>) -> Result<(), Error> {
        self.step_with(input, None)
    }

    /// As [`step`](Self::step), for an input that is about a message.
    pub(crate) fn step_with(
        self: &Arc<Self>,
        input: ServerInput<Message>,
        arrived: Option<Message>,
    ) -> Result<(), Error> {
        let now = self.hub.now();
        let after = self.state().step(now, input, arrived)?;
        self.carry_out(now, after);
        Ok(())
    }

    /// Passes the store's answer to the machine.
    pub(crate) fn answered(self: &Arc<Self>, now: u64, answer: ServerInput<Message>) {
        let after = {
            let mut state = self.state();
            state.answered();
            state.step(now, answer, None)
        };
        // The machine accepts every answer of the store.
        if let Ok(after) = after {
            self.carry_out(now, after);
        }
    }

    /// Resumes the session on a new connection.
    pub(crate) fn resume(self: &Arc<Self>, resume: Resume, outlet: Outlet) {
        self.state().attach(resume.on, outlet);
        // Cannot fail: the machine answers every resume.
        let _ = self.step(ServerInput::Resume(resume));
    }

    /// Sends a message. The caller has waited for room.
    pub(crate) fn send(self: &Arc<Self>, message: Message) -> Result<(), SessionError> {
        let cost = message.cost();
        if cost > self.hub.limits.queue {
            return Err(SessionError::TooLarge);
        }
        if self.step(ServerInput::Send(message, cost)).is_err() {
            let over = self.state().has_ended();
            return Err(if over { SessionError::Ended } else { SessionError::Closing });
        }
        count(&self.hub.tally.accepted);
        Ok(())
    }

    /// Closes the session.
    pub(crate) fn close(self: &Arc<Self>) {
        // Fails if the session is already closing or over.
        let _ = self.step(ServerInput::Close);
    }

    /// Releases the session, so that another node can take it over.
    pub(crate) fn release(self: &Arc<Self>) {
        let after = self.state().release();
        self.carry_out(self.hub.now(), after);
    }

    fn carry_out(self: &Arc<Self>, now: u64, after: Consequences) {
        let tally = &self.hub.tally;
        self.hub.held.fetch_add(after.held, Ordering::Relaxed);
        if after.resumed {
            count(&tally.resumed);
            tracing::debug!(session = ?self.id, "session resumed");
        }
        tally.received.fetch_add(after.received, Ordering::Relaxed);
        if after.status {
            // When two tasks get here at once, the later one reads the newest status.
            self.status.send_if_modified(|status| {
                let newest = self.state().status().clone();
                let differs = *status != newest;
                *status = newest;
                differs
            });
        }
        if after.begins {
            let handler = self.handler.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(handler) = handler {
                count(if self.adopted { &tally.adopted } else { &tally.opened });
                tracing::debug!(session = ?self.id, adopted = self.adopted, "session started at this node");
                tokio::spawn(handler(Session::counted(self.clone())));
            }
        }
        for waker in after.wakers {
            waker.wake();
        }
        let left = after.requests && write_now(self, now);
        if left || after.work {
            self.work.notify_one();
        }
    }

    /// Returns what renews this session's lease, if a client is connected.
    pub(crate) fn lease(&self) -> Option<(Bits, Bits)> {
        let state = self.state();
        state.is_connected().then_some((self.id, state.owner()))
    }

    /// Stops counting what the session holds, because it leaves this node.
    pub(crate) fn leave(&self) {
        let held = self.state().leave();
        self.hub.held.fetch_add(held, Ordering::Relaxed);
    }
}
