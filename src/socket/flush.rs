//! Flushes that somebody waits for.

use super::error::SendError;
use super::message::OutgoingData;
use crate::core::{Effect, Ticket};
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

/// A flush that somebody waits for.
pub(super) struct Flush {
    /// It is about the messages below this ticket.
    pub(super) before: Ticket,
    pub(super) outcome: Cell<Option<Result<(), SendError>>>,
}

/// The flushes under way: an object, so that an app which never flushes does not carry them.
pub(super) trait Flushes {
    /// A flush of the messages below `before`, just begun.
    fn begin(&self, before: Ticket) -> Rc<Flush>;
    /// Takes in [`Effect::Flushed`] and [`Effect::FlushFailed`].
    fn settle(&self, effect: &Effect<OutgoingData>);
}

#[derive(Default)]
pub(super) struct FlushList(RefCell<Vec<Weak<Flush>>>);

impl Flushes for FlushList {
    fn begin(&self, before: Ticket) -> Rc<Flush> {
        let flush = Rc::new(Flush { before, outcome: Cell::new(None) });
        let mut flushes = self.0.borrow_mut();
        // Those that nobody waits for any more must not accumulate.
        flushes.retain(|flush| flush.upgrade().is_some_and(|flush| flush.outcome.get().is_none()));
        flushes.push(Rc::downgrade(&flush));
        flush
    }

    fn settle(&self, effect: &Effect<OutgoingData>) {
        for flush in self.0.borrow().iter().filter_map(Weak::upgrade) {
            let outcome = match *effect {
                Effect::Flushed(done) if flush.before <= done => Ok(()),
                Effect::FlushFailed(ticket, why) if flush.before > ticket => {
                    Err(SendError::Lost(ticket, why))
                }
                _ => continue,
            };
            if flush.outcome.get().is_none() {
                flush.outcome.set(Some(outcome));
            }
        }
    }
}
