//! The outcomes of tracked messages.

use super::super::wakers::{WakerSet, WakerSlot};
use crate::core::{Ticket, Why};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll};

/// The outcome of a message of a socket with a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionFate {
    /// The server's application has handled it.
    Delivered,
    /// The session was lost, and the server's application had not handled it.
    NotHandled,
    /// It left the browser's buffer; the server has no sessions.
    HandedOver,
    /// It was not sent, or may have been lost.
    Discarded(Why),
}

impl SessionFate {
    /// Returns the name used in JavaScript.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::NotHandled => "not-handled",
            Self::HandedOver => "handed-over",
            Self::Discarded(why) => why.as_str(),
        }
    }
}

impl fmt::Display for SessionFate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A message sent with [`send_tracked`](crate::Sender::send_tracked): a future of its outcome.
///
/// Dropping it changes nothing about the message. It does not keep the socket open: if the socket is dropped first, the
/// outcome is [`Why::InDoubt`].
#[must_use = "the outcome is not reported unless it is awaited"]
pub struct SessionSent {
    ticket: Ticket,
    outcome: Rc<Outcome>,
    slot: WakerSlot,
}

impl SessionSent {
    pub(in crate::socket) fn new(ticket: Ticket, outcome: Rc<Outcome>) -> Self {
        Self { ticket, outcome, slot: WakerSlot::default() }
    }

    /// Returns the ticket, as [`send`](crate::Sender::send) does.
    pub const fn ticket(&self) -> Ticket {
        self.ticket
    }
}

impl Future for SessionSent {
    type Output = SessionFate;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<SessionFate> {
        let fate = self.outcome.fate.get().map_or(Poll::Pending, Poll::Ready);
        self.outcome.wakers.poll(&self.slot, context, fate)
    }
}

impl Drop for SessionSent {
    fn drop(&mut self) {
        self.outcome.wakers.leave(&self.slot);
    }
}

/// The outcome of a tracked message, and the task that waits for it.
#[derive(Default)]
pub(in crate::socket) struct Outcome {
    fate: Cell<Option<SessionFate>>,
    wakers: WakerSet,
}

impl Outcome {
    /// Sets the fate and wakes the task, which is foreign code.
    pub(super) fn settle(&self, fate: SessionFate) {
        self.fate.set(Some(fate));
        self.wakers.wake();
    }
}

/// The tracked messages without an outcome yet.
#[derive(Default)]
pub(super) struct TrackedMessages(BTreeMap<Ticket, Weak<Outcome>>);

impl TrackedMessages {
    /// Tracks the message that will have this ticket.
    pub(super) fn add(&mut self, ticket: Ticket) -> Rc<Outcome> {
        let outcome = Rc::default();
        self.0.insert(ticket, Rc::downgrade(&outcome));
        outcome
    }

    /// Returns the outcome to settle, if somebody waits for it.
    pub(super) fn remove(&mut self, ticket: Ticket) -> Option<Rc<Outcome>> {
        self.0.remove(&ticket)?.upgrade()
    }
}

impl Drop for TrackedMessages {
    /// The socket was dropped.
    fn drop(&mut self) {
        for outcome in self.0.values().filter_map(Weak::upgrade) {
            outcome.settle(SessionFate::Discarded(Why::InDoubt));
        }
    }
}
