//! The pending flushes of the API.

use super::message::OutgoingData;
use crate::core::{Effect, LostMessage, Ticket};
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

/// A flush that a task waits for.
pub(super) struct Flush {
    /// Covers the messages below this ticket.
    pub(super) before: Ticket,
    pub(super) outcome: Cell<Option<Result<(), LostMessage>>>,
}

/// The pending flushes. A trait object, so that an app that never flushes does not carry them.
pub(super) trait Flushes {
    /// Starts a flush of the messages below `before`.
    fn begin(&self, before: Ticket) -> Rc<Flush>;
    /// Handles [`Effect::Flushed`] and [`Effect::FlushFailed`].
    fn settle(&self, effect: &Effect<OutgoingData>);
}

#[derive(Default)]
pub(super) struct FlushList(RefCell<Vec<Weak<Flush>>>);

impl Flushes for FlushList {
    fn begin(&self, before: Ticket) -> Rc<Flush> {
        let flush = Rc::new(Flush { before, outcome: Cell::new(None) });
        let mut flushes = self.0.borrow_mut();
        // Flushes that no task waits for must not accumulate.
        flushes.retain(|flush| flush.upgrade().is_some_and(|flush| flush.outcome.get().is_none()));
        flushes.push(Rc::downgrade(&flush));
        flush
    }

    fn settle(&self, effect: &Effect<OutgoingData>) {
        for flush in self.0.borrow().iter().filter_map(Weak::upgrade) {
            let outcome = match *effect {
                Effect::Flushed(done) if flush.before <= done => Ok(()),
                Effect::FlushFailed(lost) if flush.before > lost.ticket => Err(lost),
                _ => continue,
            };
            if flush.outcome.get().is_none() {
                flush.outcome.set(Some(outcome));
            }
        }
    }
}
