//! What happens on a fresh connection before queued messages flow.

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

/// A fresh connection that nothing queued has used yet: say who you are.
/// See [`before_flush`](crate::Builder::before_flush).
pub struct Gate {
    driver: Weak<Driver<Shell>>,
    attempt: Attempt,
    gate_inbox: Rc<GateInbox>,
}

/// Where a message waits that one gate asked for.
#[derive(Default)]
pub(super) struct GateInbox {
    wanted: Cell<bool>,
    /// The message that was wanted, and what came after it and must not overtake it.
    messages: RefCell<VecDeque<Payload>>,
    closed: Cell<bool>,
    wakers: WakerSet,
}

impl GateInbox {
    /// Gives the message back unless one is wanted.
    pub(super) fn receive(&self, message: Payload) -> Option<Payload> {
        if !self.wanted.get() {
            return Some(message);
        }
        self.messages.borrow_mut().push_back(message);
        self.wakers.wake();
        None
    }

    /// The gate's connection is of no use any more.
    pub(super) fn close(&self) {
        self.closed.set(true);
        self.wakers.wake();
    }
}

impl Gate {
    pub(super) fn new(driver: &Rc<Driver<Shell>>, attempt: Attempt, gate_inbox: Rc<GateInbox>) -> Self {
        Self { driver: Rc::downgrade(driver), attempt, gate_inbox }
    }

    /// The number of the connection, from 1.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Sends ahead of everything queued, on this connection or not at all.
    pub fn send(&self, message: impl Into<Outgoing>) -> Result<(), SendError> {
        let Some(driver) = self.driver.upgrade() else { return Err(SendError::Closed) };
        Ok(driver.handle(Input::SendDirect(self.attempt, message.into().0))?)
    }

    /// The next message from the server, kept from the application; `None` if the connection was
    /// lost. What arrives while nobody waits here is the application's.
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
        // These came, and nobody wishes for them any more.
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
