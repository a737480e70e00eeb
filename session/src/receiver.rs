//! The receiving half of one direction: received, handled and acknowledged messages, and the credit.

use crate::effect::Error;
use crate::limits::{ACK_AFTER, ACK_EVERY, ACK_SOON, GREATEST, Millis};
use crate::loss::{Count, Loss};
use alloc::collections::VecDeque;

/// An entry that was received and not handled, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Pending {
    /// A message and its cost.
    Message(u64),
    /// Dropped messages: they are handled as soon as all before them are.
    Skipped(u64),
}

/// A number of messages and their total cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Position {
    pub(crate) count: u64,
    pub(crate) cost: u64,
}

/// What the receiving half owes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Duty {
    /// The position of what is handled must be stored before it is acknowledged.
    Commit(Position),
    /// An acknowledgement of what is stored.
    Acknowledge,
}

/// ```text
/// announced ≤ committed ≤ handled ≤ received
/// ```
#[derive(Clone, Debug, Hash)]
pub(crate) struct Receiver {
    window: u64,
    pending: VecDeque<Pending>,
    received: Position,
    handled: Position,
    /// The position that survives a crash.
    committed: Position,
    /// The position whose commit is under way.
    committing: Option<Position>,
    announced: Position,
    /// When the acknowledgement of what is handled is due.
    due: Option<Millis>,
    /// Whether the other end or a new connection wants one immediately.
    asked: bool,
}

impl Receiver {
    pub(crate) fn new(window: u64, handled: Position) -> Self {
        Self {
            window,
            pending: VecDeque::new(),
            received: handled,
            handled,
            committed: handled,
            committing: None,
            announced: handled,
            due: None,
            asked: false,
        }
    }

    pub(crate) const fn window(&self) -> u64 {
        self.window
    }

    pub(crate) const fn received(&self) -> u64 {
        self.received.count
    }

    pub(crate) const fn handled(&self) -> Position {
        self.handled
    }

    pub(crate) const fn committed(&self) -> Position {
        self.committed
    }

    /// When the acknowledgement is due. One whose commit is under way waits for the store, not for the clock.
    pub(crate) const fn due(&self) -> Option<Millis> {
        if self.committing.is_some() { None } else { self.due }
    }

    /// Returns the total cost up to which the other end may send.
    pub(crate) fn credit(&self) -> u64 {
        self.announced.cost.saturating_add(self.window).min(GREATEST)
    }

    /// Counts a received message; returns its number.
    pub(crate) fn message(&mut self, cost: u64) -> Result<u64, Loss> {
        let total = self.received.cost.saturating_add(cost);
        if total > self.credit() && (self.announced.count != self.received.count || total > GREATEST) {
            return Err(Loss::Credit);
        }
        if self.received.count >= GREATEST {
            return Err(Loss::Frame);
        }
        self.received = Position { count: self.received.count + 1, cost: total };
        self.pending.push_back(Pending::Message(cost));
        Ok(self.received.count)
    }

    /// Counts messages that were dropped at the other end.
    pub(crate) fn skip(&mut self, count: u64) -> Result<(), Loss> {
        let total = self.received.count.saturating_add(count);
        if total > GREATEST {
            return Err(Loss::Frame);
        }
        self.received.count = total;
        match self.pending.back_mut() {
            Some(Pending::Skipped(before)) => *before += count,
            _ => self.pending.push_back(Pending::Skipped(count)),
        }
        Ok(())
    }

    /// Records that the application has handled everything up to this message.
    pub(crate) fn handle(&mut self, number: u64) -> Result<(), Error> {
        if number > self.received.count || number <= self.handled.count {
            return Err(Error::NotReceived);
        }
        while self.handled.count < number {
            self.pass();
        }
        Ok(())
    }

    /// Skips what needs no handling, and schedules the acknowledgement.
    pub(crate) fn settle(&mut self, now: Millis) {
        while let Some(Pending::Skipped(_)) = self.pending.front() {
            self.pass();
        }
        let owed = self.handled.count - self.announced.count;
        self.due = if owed == 0 {
            None
        } else {
            let wait = if owed < ACK_EVERY { ACK_AFTER } else { ACK_SOON };
            Some(self.due.unwrap_or(Millis::MAX).min(now.saturating_add(wait)))
        };
    }

    fn pass(&mut self) {
        match self.pending.pop_front() {
            Some(Pending::Message(cost)) => {
                self.handled.count += 1;
                self.handled.cost = self.handled.cost.saturating_add(cost);
            }
            Some(Pending::Skipped(count)) => self.handled.count += count,
            None => self.handled = self.received,
        }
    }

    /// Requests an immediate acknowledgement.
    pub(crate) const fn ask(&mut self) {
        self.asked = true;
    }

    /// Requests one if there is something to acknowledge, such as with a heartbeat.
    pub(crate) const fn ask_if_owed(&mut self) {
        self.asked |= self.handled.count > self.announced.count;
    }

    /// Returns what is owed now.
    pub(crate) fn duty(&self, now: Millis) -> Option<Duty> {
        if self.committing.is_some() {
            return None;
        }
        let cost = self.handled.cost.saturating_sub(self.announced.cost);
        let much = cost >= (self.window / 4).max(1);
        let late = self.due.is_some_and(|due| due <= now);
        if !(self.asked || much || late) {
            return None;
        }
        let survives = self.committed.count == self.handled.count;
        Some(if survives { Duty::Acknowledge } else { Duty::Commit(self.handled) })
    }

    /// Returns what is handled and not stored, unless its commit is under way.
    pub(crate) fn uncommitted(&self) -> Option<Position> {
        let waits = self.committing.is_none() && self.committed.count < self.handled.count;
        waits.then_some(self.handled)
    }

    /// Returns the total cost up to this message, if it was received and not handled.
    pub(crate) fn cost_up_to(&self, number: u64) -> Option<u64> {
        let Position { mut count, mut cost } = self.handled;
        for pending in &self.pending {
            match pending {
                Pending::Message(one) => (count, cost) = (count + 1, cost.saturating_add(*one)),
                Pending::Skipped(more) => count += more,
            }
            if count >= number {
                break;
            }
        }
        (count == number).then_some(cost)
    }

    /// Records that the commit of this position has begun.
    pub(crate) const fn committing(&mut self, position: Position) {
        self.committing = Some(position);
    }

    /// Records that this position is stored.
    pub(crate) fn commit(&mut self, position: Position) {
        if position.count > self.committed.count {
            self.committed = position;
        }
        if self.committing.is_some_and(|wanted| wanted.count <= position.count) {
            self.committing = None;
        }
    }

    /// Records that everything stored is acknowledged.
    pub(crate) fn announce(&mut self, now: Millis) {
        self.announced = self.committed;
        self.asked = false;
        self.due = None;
        self.settle(now);
    }

    /// Compares the other end's count of sent messages.
    pub(crate) fn check(&self, sent: u64) -> Result<(), Loss> {
        if sent == self.received.count {
            Ok(())
        } else {
            Err(Loss::Counts(Count::Sent, self.received.count, sent))
        }
    }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
impl Receiver {
    /// announced, committed, handled, received.
    pub(crate) const fn positions(&self) -> [Position; 4] {
        [self.announced, self.committed, self.handled, self.received]
    }

    pub(crate) fn rebase(&mut self, now: Millis) {
        self.due = self.due.map(|due| due.saturating_sub(now));
    }
}
