//! Flushes: who waits until the messages accepted before a moment were handed over.
//!
//! A flush is about tickets, so later messages neither delay it nor fail it. Messages leave in the order of their tickets
//! and each that is lost fails the flushes that wait for it: so it is enough to count. A steady socket counts messages;
//! a strict one, which keeps none, counts the bytes that the connection was given.

use super::io::{Effect, Ticket, Why};
use super::machine::Machine;
use super::machine_kind::MachineKind;
use super::phase::Phase;
use alloc::collections::VecDeque;

/// A flush under way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PendingFlush {
    /// It waits for the messages below this ticket.
    pub(super) before: Ticket,
    /// It is done when this many messages, or bytes, have left.
    pub(super) mark: u64,
}

/// The flushes under way, and what became of the messages so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct PendingFlushes {
    /// In ascending order. One that is done leaves at once, as the list may never be empty.
    list: VecDeque<PendingFlush>,
    /// Of the last flush that was done.
    done: Ticket,
    /// How many messages of a steady socket were handed over,
    pub(super) left: u64,
    /// and how many were not.
    losses: u64,
    /// The youngest of those.
    lost: Option<(Ticket, Why)>,
}

impl PendingFlushes {
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The flush that will be done first.
    fn next(&self) -> Option<PendingFlush> {
        self.list.front().copied()
    }

    #[cfg(test)]
    pub(super) fn pending(&self) -> impl Iterator<Item = &PendingFlush> {
        self.list.iter()
    }
}

impl<P: Clone, K: MachineKind> Machine<P, K> {
    pub(super) fn begin_flush(&mut self) {
        let before = self.next_ticket;
        let mark = if self.steady.is_some() { before.0 - self.flushes.losses } else { self.flow.handed() };
        self.flushes.list.push_back(PendingFlush { before, mark });
        self.flow.sample_soon();
    }

    /// A message with this ticket or a higher one that was not handed over: what a flush, asked for now, has to report
    /// if its last report was about the tickets below `from`.
    pub fn lost_since(&self, from: Ticket) -> Option<(Ticket, Why)> {
        self.flushes.lost.filter(|(ticket, _)| *ticket >= from)
    }

    /// Every message below this ticket was handed over: the last [`Effect::Flushed`] said so.
    pub const fn flushed(&self) -> Ticket {
        self.flushes.done
    }

    /// A message was not handed over: the flushes that wait for it fail.
    pub(super) fn fail_flushes(&mut self, ticket: Ticket, why: Why) {
        let flushes = &mut self.flushes;
        flushes.losses += 1;
        if flushes.lost.is_none_or(|(other, _)| other < ticket) {
            flushes.lost = Some((ticket, why));
        }
        let mut any = false;
        while flushes.list.back().is_some_and(|flush| flush.before > ticket) {
            flushes.list.pop_back();
            any = true;
        }
        if any {
            self.effects.push_back(Effect::FlushFailed(ticket, why));
        }
    }

    /// Reports the flushes that are done; whether there were any.
    pub(super) fn report_flushes(&mut self) -> bool {
        let left = match self.phase {
            // What was lost was reported.
            Phase::Closed { close_pending: false } => u64::MAX,
            _ if self.steady.is_some() => self.flushes.left,
            _ => self.flow.left(),
        };
        let flushes = &mut self.flushes;
        let mut any = false;
        while let Some(flush) = flushes.next()
            && flush.mark <= left
        {
            flushes.list.pop_front();
            flushes.done = flush.before;
            any = true;
        }
        if any {
            self.effects.push_back(Effect::Flushed(flushes.done));
        }
        any
    }

    /// The one connection of a strict socket is over: what it still held is lost.
    pub(super) fn fail_unsent_flushes(&mut self) {
        self.report_flushes();
        if self.flow.native() > 0 {
            // The last message that the first flush waits for has not left, or not all of it.
            let before = self.flushes.next().map_or(self.next_ticket, |flush| flush.before);
            self.fail_flushes(Ticket(before.0.saturating_sub(1)), Why::Closed);
        }
    }
}
