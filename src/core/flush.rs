//! Flushes: who waits until the messages accepted before a moment were handed over.
//!
//! A flush is about tickets, so later messages neither delay it nor fail it. Messages leave in the order of their tickets
//! and each that is lost fails the flushes that wait for it: so it is enough to count. A steady socket counts messages;
//! a strict one, which keeps none, counts the bytes that the connection was given.

use super::io::{Effect, Ticket, Why};
use super::kind::Kind;
use super::machine::Machine;
use super::phase::Phase;
use alloc::collections::VecDeque;

/// A flush under way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Watch {
    /// It waits for the messages below this ticket.
    pub(super) before: Ticket,
    /// It is done when this many messages, or bytes, have left.
    pub(super) mark: u64,
}

/// The flushes under way, and what became of the messages so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watches {
    /// In ascending order. One that is done leaves at once, as the list may never be empty.
    list: VecDeque<Watch>,
    /// Of the last flush that was done.
    done: Ticket,
    /// How many messages of a steady socket were handed over,
    pub(super) left: u64,
    /// and how many were not.
    losses: u64,
    /// The youngest of those.
    lost: Option<(Ticket, Why)>,
}

impl Watches {
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The flush that will be done first.
    fn next(&self) -> Option<Watch> {
        self.list.front().copied()
    }

    #[cfg(test)]
    pub(super) fn pending(&self) -> impl Iterator<Item = &Watch> {
        self.list.iter()
    }
}

impl<P: Clone, K: Kind> Machine<P, K> {
    pub(super) fn watch(&mut self) {
        let before = self.next_ticket;
        let mark = if self.steady.is_some() { before.0 - self.watches.losses } else { self.flow.handed() };
        self.watches.list.push_back(Watch { before, mark });
        self.flow.hurry();
    }

    /// A message with this ticket or a higher one that was not handed over: what a flush, asked for now, has to report
    /// if its last report was about the tickets below `from`.
    pub fn lost_since(&self, from: Ticket) -> Option<(Ticket, Why)> {
        self.watches.lost.filter(|(ticket, _)| *ticket >= from)
    }

    /// Every message below this ticket was handed over: the last [`Effect::Flushed`] said so.
    pub const fn flushed(&self) -> Ticket {
        self.watches.done
    }

    /// A message was not handed over: the flushes that wait for it fail.
    pub(super) fn lose(&mut self, ticket: Ticket, why: Why) {
        let watches = &mut self.watches;
        watches.losses += 1;
        if watches.lost.is_none_or(|(other, _)| other < ticket) {
            watches.lost = Some((ticket, why));
        }
        let mut any = false;
        while watches.list.back().is_some_and(|watch| watch.before > ticket) {
            watches.list.pop_back();
            any = true;
        }
        if any {
            self.effects.push_back(Effect::FlushFailed(ticket, why));
        }
    }

    /// Reports the flushes that are done; whether there were any.
    pub(super) fn settle_watches(&mut self) -> bool {
        let left = match self.phase {
            // What was lost was reported.
            Phase::Closed { farewell: false } => u64::MAX,
            _ if self.steady.is_some() => self.watches.left,
            _ => self.flow.left(),
        };
        let watches = &mut self.watches;
        let mut any = false;
        while let Some(watch) = watches.next()
            && watch.mark <= left
        {
            watches.list.pop_front();
            watches.done = watch.before;
            any = true;
        }
        if any {
            self.effects.push_back(Effect::Flushed(watches.done));
        }
        any
    }

    /// The one connection of a strict socket is over: what it still held is lost.
    pub(super) fn lose_unsent(&mut self) {
        self.settle_watches();
        if self.flow.native() > 0 {
            // The last message that the first flush waits for has not left, or not all of it.
            let before = self.watches.next().map_or(self.next_ticket, |watch| watch.before);
            self.lose(Ticket(before.0.saturating_sub(1)), Why::Closed);
        }
    }
}
