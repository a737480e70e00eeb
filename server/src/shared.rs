//! One session, as its tasks share it: the application's, the connection's, and the one that asks the store.

use crate::authorize::Identity;
use crate::counters::count;
use crate::hub::Hub;
use crate::message::Message;
use crate::session::{Session, SessionError, Status};
use crate::state::{Consequences, Outlet, State};
use futures_core::future::BoxFuture;
use std::fmt;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use steady_session::{Bits, Error, Resume, Server, ServerInput};
use tokio::sync::{Notify, watch};

/// The application's task, which begins as soon as the session is this node's.
pub(crate) type Handler = Box<dyn FnOnce(Session) -> BoxFuture<'static, ()> + Send>;

pub(crate) struct Shared {
    pub(crate) id: Bits,
    pub(crate) identity: Identity,
    pub(crate) protocol: String,
    pub(crate) hub: Arc<Hub>,
    /// Whether the session was read from the store.
    pub(crate) adopted: bool,
    state: Mutex<State>,
    handler: Mutex<Option<Handler>>,
    /// There may be something to ask the store, or another deadline.
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

    /// Gives the machine an input. What others are called for happens after the change.
    pub(crate) fn step(self: &Arc<Self>, input: ServerInput<Message>) -> Result<(), Error> {
        self.step_with(input, None)
    }

    /// The same, with the message that the input is about.
    pub(crate) fn step_with(
        self: &Arc<Self>,
        input: ServerInput<Message>,
        arrived: Option<Message>,
    ) -> Result<(), Error> {
        let now = self.hub.now();
        let after = self.state().step(now, input, arrived)?;
        self.carry_out(after);
        Ok(())
    }

    /// A client comes back, on a connection of its own.
    pub(crate) fn resume(self: &Arc<Self>, resume: Resume, outlet: Outlet) {
        self.state().attach(resume.on, outlet);
        // A client that comes back is answered, whatever it asked.
        let _ = self.step(ServerInput::Resume(resume));
    }

    /// The application sends a message. It has waited for room.
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

    /// The application closes the session.
    pub(crate) fn close(self: &Arc<Self>) {
        // It may be closing, or over, already.
        let _ = self.step(ServerInput::Close);
    }

    /// Leaves the session to the store.
    pub(crate) fn release(self: &Arc<Self>) {
        let after = self.state().release();
        self.carry_out(after);
    }

    fn carry_out(self: &Arc<Self>, after: Consequences) {
        let tally = &self.hub.tally;
        if after.work {
            self.work.notify_one();
        }
        self.hub.held.fetch_add(after.held, Ordering::Relaxed);
        if after.resumed {
            count(&tally.resumed);
            tracing::debug!(session = ?self.id, "a client is back");
        }
        tally.received.fetch_add(after.received, Ordering::Relaxed);
        if after.status {
            // Of two that are here at once, the last to come finds the newest.
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
                tracing::debug!(session = ?self.id, adopted = self.adopted, "a session begins at this node");
                tokio::spawn(handler(Session::counted(self.clone())));
            }
        }
        for waker in after.wakers {
            waker.wake();
        }
    }

    /// What renews this session's lease, if it has a connection.
    pub(crate) fn lease(&self) -> Option<(Bits, Bits)> {
        let state = self.state();
        let [owner, _] = state.owners();
        state.is_connected().then_some((self.id, owner))
    }

    /// The session leaves this node.
    pub(crate) fn leave(&self) {
        let held = self.state().leave();
        self.hub.held.fetch_add(held, Ordering::Relaxed);
    }
}
