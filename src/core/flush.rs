//! Flushes: requests to report when all messages accepted before a ticket were handed over.
//!
//! Later messages neither delay nor fail a flush. Messages leave in the order of their tickets, and a lost one fails the
//! flushes that wait for it, so counting is enough. A steady socket counts messages; a strict one, which stores none,
//! counts the bytes handed to the connection.

use super::io::{Effect, LostMessage, Ticket, Why};
use super::machine::Machine;
use super::machine_kind::MachineKind;
use super::phase::Phase;
use alloc::collections::VecDeque;

/// A pending flush.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PendingFlush {
    /// Waits for the messages below this ticket.
    pub(super) before: Ticket,
    /// Done when this many messages or bytes have left.
    pub(super) mark: u64,
}

/// The pending flushes, and the outcomes of messages so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct PendingFlushes {
    /// In ascending order. A finished one is removed at once, because the list may never be empty.
    list: VecDeque<PendingFlush>,
    /// The limit of the last finished flush.
    done: Ticket,
    /// How many messages of a steady socket were handed over.
    pub(super) left: u64,
    /// The last message that was not.
    lost: Option<LostMessage>,
}

impl PendingFlushes {
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    fn losses(&self) -> u64 {
        self.lost.map_or(0, |lost| lost.number)
    }

    /// Returns the flush that finishes first.
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
        let mark = if self.steady.is_some() { before.0 - self.flushes.losses() } else { self.flow.handed() };
        self.flushes.list.push_back(PendingFlush { before, mark });
        self.flow.sample_soon();
    }

    /// Returns the message that was lost last. The next flush fails with it at once, unless an earlier one has reported it.
    pub const fn last_lost(&self) -> Option<LostMessage> {
        self.flushes.lost
    }

    /// Returns the ticket of the last [`Effect::Flushed`].
    pub const fn flushed(&self) -> Ticket {
        self.flushes.done
    }

    /// Fails the flushes that wait for a message that was not handed over.
    pub(super) fn fail_flushes(&mut self, ticket: Ticket, why: Why) {
        let flushes = &mut self.flushes;
        let lost = LostMessage { number: flushes.losses() + 1, ticket, why };
        flushes.lost = Some(lost);
        let mut any = false;
        while flushes.list.back().is_some_and(|flush| flush.before > ticket) {
            flushes.list.pop_back();
            any = true;
        }
        if any {
            self.effects.push_back(Effect::FlushFailed(lost));
        }
    }

    /// Reports finished flushes; returns whether there were any.
    pub(super) fn report_flushes(&mut self) -> bool {
        let left = match self.phase {
            // Losses were reported already.
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

    /// Fails the flushes that wait for bytes still buffered when a strict socket's connection ended.
    pub(super) fn fail_unsent_flushes(&mut self) {
        self.report_flushes();
        if self.flow.native() > 0 {
            // The last message of the first flush has not left completely.
            let before = self.flushes.next().map_or(self.next_ticket, |flush| flush.before);
            self.fail_flushes(Ticket(before.0.saturating_sub(1)), Why::Closed);
        }
    }
}
