//! The sending half of one direction: numbers, the window, and the messages held.

use crate::effect::Error;
use crate::limits::GREATEST;
use crate::loss::{Count, Loss};
use alloc::collections::VecDeque;
use alloc::vec::Vec;

/// A message that is not acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Held<P> {
    /// A message with its cost.
    Message(P, u64),
    /// Dropped by a rule of the queue, but not in the store yet.
    Dropping,
    /// Dropped: it keeps its number and costs nothing.
    Dropped,
}

impl<P> Held<P> {
    const fn cost(&self) -> u64 {
        match self {
            Self::Message(_, cost) => *cost,
            Self::Dropping | Self::Dropped => 0,
        }
    }
}

/// The next item to send.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Outgoing<P> {
    Message(P),
    Skip(u64),
}

/// Positions are counts: message n is the one that makes the count n.
///
/// ```text
/// acked ≤ wire ≤ sent ≤ stored ≤ accepted          held: (acked, accepted]
/// ```
#[derive(Clone, Debug, Hash)]
pub(crate) struct Sender<P> {
    held: VecDeque<Held<P>>,
    /// The cost of what is held.
    held_cost: u64,
    acked: u64,
    acked_cost: u64,
    /// Given to the current connection.
    wire: u64,
    wire_cost: u64,
    /// Given to any connection.
    sent: u64,
    /// Stored, so that it may be sent.
    stored: u64,
    credit: u64,
}

impl<P: Clone> Sender<P> {
    /// Creates a sender that begins at `acked` and holds what was accepted behind it, all of which may have been
    /// sent.
    pub(crate) fn new(acked: u64, acked_cost: u64, held: VecDeque<Held<P>>) -> Self {
        let stored = acked.saturating_add(held.len() as u64);
        let held_cost = held.iter().map(Held::cost).fold(0, u64::saturating_add);
        let credit = acked_cost;
        Self {
            held,
            held_cost,
            acked,
            acked_cost,
            wire: acked,
            wire_cost: acked_cost,
            sent: stored,
            stored,
            credit,
        }
    }

    pub(crate) const fn acked(&self) -> u64 {
        self.acked
    }

    pub(crate) const fn sent(&self) -> u64 {
        self.sent
    }

    pub(crate) const fn wire(&self) -> u64 {
        self.wire
    }

    pub(crate) const fn held_cost(&self) -> u64 {
        self.held_cost
    }

    pub(crate) fn accepted(&self) -> u64 {
        self.acked.saturating_add(self.held.len() as u64)
    }

    /// Returns how much more the other end's window allows.
    pub(crate) const fn room(&self) -> u64 {
        self.credit.saturating_sub(self.wire_cost)
    }

    /// Accepts a message, and returns its number, unless more than `queue` would be held or a number would be too great
    /// for the wire.
    pub(crate) fn accept(&mut self, payload: P, cost: u64, queue: u64) -> Result<u64, Error> {
        let held_cost = self.held_cost.saturating_add(cost);
        if held_cost > queue
            || self.acked_cost.saturating_add(held_cost) > GREATEST
            || self.accepted() >= GREATEST
        {
            return Err(Error::Full);
        }
        self.held_cost = held_cost;
        self.held.push_back(Held::Message(payload, cost));
        Ok(self.accepted())
    }

    /// Records that everything up to this message is stored.
    pub(crate) fn store(&mut self, number: u64) {
        self.stored = self.stored.max(number);
    }

    /// Drops a message that was never sent; what was sent may have been handled.
    pub(crate) fn begin_drop(&mut self, number: u64) -> Result<(), Error> {
        if number <= self.sent {
            return Err(Error::NotQueued);
        }
        let place = self.place(number).ok_or(Error::NotQueued)?;
        let Held::Message(_, cost) = *place else { return Err(Error::NotQueued) };
        *place = Held::Dropping;
        self.held_cost = self.held_cost.saturating_sub(cost);
        Ok(())
    }

    /// Records that the drop is stored.
    pub(crate) fn finish_drop(&mut self, number: u64) {
        if let Some(place) = self.place(number) {
            *place = Held::Dropped;
        }
    }

    fn place(&mut self, number: u64) -> Option<&mut Held<P>> {
        let index = number.checked_sub(self.acked)?.checked_sub(1)?;
        self.held.get_mut(usize::try_from(index).ok()?)
    }

    /// Starts on a new connection, whose other end has received this many messages and has this window.
    pub(crate) fn rewind(&mut self, received: u64, window: u64) -> Result<(), Loss> {
        if received < self.acked || received > self.sent {
            return Err(Loss::Counts(Count::Received, self.sent, received));
        }
        self.wire = received;
        let known = self.held.iter().zip(self.acked..received);
        self.wire_cost = known.map(|(held, _)| held.cost()).fold(self.acked_cost, u64::saturating_add);
        self.grant(self.acked_cost.saturating_add(window));
        Ok(())
    }

    /// Starts on the first connection, whose other end has this window.
    pub(crate) fn begin(&mut self, window: u64) {
        self.grant(self.acked_cost.saturating_add(window));
    }

    /// Credit never falls.
    fn grant(&mut self, credit: u64) {
        self.credit = self.credit.max(credit);
    }

    /// Returns the next item to send, if there is one and the window allows it.
    pub(crate) fn advance(&mut self) -> Option<Outgoing<P>> {
        let index = usize::try_from(self.wire.checked_sub(self.acked)?).ok()?;
        let room = usize::try_from(self.stored.saturating_sub(self.wire)).unwrap_or(usize::MAX);
        let mut ready = self.held.iter().skip(index).take(room);
        let outgoing = match ready.next()? {
            Held::Dropping => return None,
            Held::Dropped => {
                let more = ready.take_while(|held| matches!(held, Held::Dropped)).count() as u64;
                Outgoing::Skip(more + 1)
            }
            Held::Message(payload, cost) => {
                let total = self.wire_cost.saturating_add(*cost);
                // A message larger than the window travels alone.
                if total > self.credit && self.wire != self.acked {
                    return None;
                }
                self.wire_cost = total;
                Outgoing::Message(payload.clone())
            }
        };
        self.wire += if let Outgoing::Skip(count) = outgoing { count } else { 1 };
        self.sent = self.sent.max(self.wire);
        Some(outgoing)
    }

    /// Returns whether the other end may have handled this many. Impossible counts are never clamped: they show a
    /// loss.
    pub(crate) const fn check_acknowledged(&self, handled: u64) -> Result<(), Loss> {
        if handled < self.acked || handled > self.wire {
            return Err(Loss::Counts(Count::Acknowledged, self.wire, handled));
        }
        Ok(())
    }

    /// Returns the first and last message of each run behind `after`, up to `last`, that was neither acknowledged nor
    /// dropped.
    pub(crate) fn undecided(&self, after: u64, last: u64) -> Vec<(u64, u64)> {
        let mut runs: Vec<(u64, u64)> = Vec::new();
        for (held, before) in self.held.iter().zip(self.acked..last) {
            let number = before + 1;
            match runs.last_mut() {
                _ if before < after || matches!(held, Held::Dropped) => {}
                Some((_, end)) if *end == before => *end = number,
                _ => runs.push((number, number)),
            }
        }
        runs
    }

    /// Handles an acknowledgement, which grants this credit.
    pub(crate) fn acknowledge(&mut self, handled: u64, credit: u64) {
        while self.acked < handled {
            let cost = self.held.pop_front().map_or(0, |held| held.cost());
            self.acked += 1;
            self.acked_cost = self.acked_cost.saturating_add(cost);
            self.held_cost = self.held_cost.saturating_sub(cost);
        }
        self.grant(credit);
    }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
impl<P> Sender<P> {
    /// acked, wire, sent, stored, and how many are held.
    pub(crate) fn positions(&self) -> (u64, u64, u64, u64, u64) {
        (self.acked, self.wire, self.sent, self.stored, self.held.len() as u64)
    }

    /// Returns the unacknowledged messages on the wire, the total cost on the wire, and the credit.
    pub(crate) fn costs(&self) -> (usize, u64, u64) {
        let unacknowledged = self.held.iter().zip(self.acked..self.wire);
        let costing = unacknowledged.filter(|(held, _)| matches!(held, Held::Message(..))).count();
        (costing, self.wire_cost, self.credit)
    }
}
