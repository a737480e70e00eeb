//! The application's access to a new connection before queued messages are sent.

use super::abort_on_drop::AbortOnDrop;
use super::callbacks::BeforeFlush;
use super::error::SendError;
use super::message::{Message, Outgoing, Payload};
use super::shell::Shell;
use super::wakers::WakerSet;
use crate::core::{Attempt, Input};
use crate::web::Driver;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
use std::rc::{Rc, Weak};
use std::task::Poll;

/// A new connection before queued messages are sent, for example to authenticate.
/// See [`before_flush`](crate::Builder::before_flush).
pub struct Gate {
    driver: Weak<Driver<Shell>>,
    attempt: Attempt,
    gate_inbox: Rc<GateInbox>,
}

/// The messages received for a gate that waits for one.
#[derive(Default)]
pub(super) struct GateInbox {
    wanted: Cell<bool>,
    /// The awaited message, and later ones, which must not overtake it.
    messages: RefCell<VecDeque<Payload>>,
    closed: Cell<bool>,
    wakers: WakerSet,
}

impl GateInbox {
    /// Returns the message unless the gate waits for one.
    pub(super) fn receive(&self, message: Payload) -> Option<Payload> {
        if !self.wanted.get() {
            return Some(message);
        }
        self.messages.borrow_mut().push_back(message);
        self.wakers.wake();
        None
    }

    /// Ends the gate: its connection is lost.
    pub(super) fn close(&self) {
        self.closed.set(true);
        self.wakers.wake();
    }
}

impl Gate {
    pub(super) fn new(driver: &Rc<Driver<Shell>>, attempt: Attempt, gate_inbox: Rc<GateInbox>) -> Self {
        Self { driver: Rc::downgrade(driver), attempt, gate_inbox }
    }

    /// Returns the number of the connection, from 1.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Sends before all queued messages, on this connection or not at all. With a session, fails after the gate has
    /// opened.
    pub fn send(&self, message: impl Into<Outgoing>) -> Result<(), SendError> {
        let Some(driver) = self.driver.upgrade() else { return Err(SendError::Closed) };
        Ok(driver.handle(Input::SendDirect(self.attempt, message.into().0))?)
    }

    /// Returns the next message from the server, which is not delivered to the receiver; `None` if the connection was
    /// lost. Messages that arrive while no task waits here are delivered.
    #[expect(clippy::should_implement_trait, reason = "it is the name that every stream has for this")]
    pub fn next(&mut self) -> impl Future<Output = Option<Message>> {
        let next = NextMessage(self);
        self.gate_inbox.wakers.until(move || next.look())
    }
}

struct NextMessage<'g>(&'g Gate);

impl NextMessage<'_> {
    fn look(&self) -> Poll<Option<Message>> {
        let gate_inbox = &self.0.gate_inbox;
        let message = { gate_inbox.messages.borrow_mut().pop_front() };
        if message.is_some() || gate_inbox.closed.get() || self.0.driver.strong_count() == 0 {
            return Poll::Ready(message.map(Payload::into_message));
        }
        gate_inbox.wanted.set(true);
        Poll::Pending
    }
}

impl Drop for NextMessage<'_> {
    fn drop(&mut self) {
        let gate_inbox = &self.0.gate_inbox;
        gate_inbox.wanted.set(false);
        // No task waits for these any more: they are delivered.
        let messages = gate_inbox.messages.take();
        if let Some(driver) = self.0.driver.upgrade() {
            for message in messages {
                driver.host().store(&driver, message);
            }
        }
    }
}

pub(super) fn boxed_before_flush<F, A, E>(open: F) -> BeforeFlush
where
    F: Fn(Gate) -> A + 'static,
    A: Future<Output = Result<(), E>> + 'static,
{
    Box::new(move |gate| {
        let (driver, attempt) = (gate.driver.clone(), gate.attempt);
        let opening = open(gate);
        AbortOnDrop::new(async move {
            let opened = opening.await.is_ok();
            if let Some(driver) = driver.upgrade() {
                // A strict socket has no gate.
                let _ = driver.handle(Input::Gate(attempt, opened));
            }
        })
    })
}
