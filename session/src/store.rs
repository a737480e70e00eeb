//! What of a session survives the server's process, and the rules by which it is written.
//!
//! A [`Record`] with [`Record::apply`] is the whole contract of a store: whatever a store does otherwise, its answers
//! must be those. A crash leaves what was applied before it, in order, and nothing of what comes after.

use crate::keys::{Bits, Digest, Keys};
use crate::limits::{GREATEST, Millis};
use crate::loss::Refusal;
use alloc::boxed::Box;
use alloc::collections::VecDeque;

/// One write. Each is atomic.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Write<P> {
    /// Creates the session. Written before the welcome is sent.
    Create(Box<Record<P>>),
    /// The server's next message. Written before it is sent.
    Append {
        /// The message.
        payload: P,
        /// Its cost.
        cost: u64,
    },
    /// This message was dropped by a rule of the queue. Written before the application is told.
    Skip(u64),
    /// The client has handled this many messages, which may be deleted. Nothing waits for it.
    Trim(u64),
    /// The application has handled this many messages, of this total cost. Written before that is acknowledged. An
    /// application may commit it in a transaction of its own, together with the effects of these messages.
    Handled {
        /// The count.
        count: u64,
        /// Their total cost.
        cost: u64,
    },
    /// A resume at the owner. Written before the resume is answered.
    Swap(Swap),
    /// The client has its keys, so the previous ones are invalid. Nothing waits for it.
    Confirm,
    /// The session has ended. What is not handled by now never will be. Written before anybody is told. If the
    /// application has committed a later position itself, the tombstone keeps that.
    End(Tombstone),
}

/// The changes of a resume. Writes with the previous nonce are refused from then on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Swap {
    /// The client's next keys, with the owner's nonce.
    pub current: Keys,
    /// The keys of this resume, which stay valid until the client is known to have the next ones.
    pub previous: Keys,
    /// The client's count of resumes.
    pub attempt: u64,
}

/// What remains of an ended session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tombstone {
    /// The reason.
    pub why: Refusal,
    /// How many of the client's messages were handled.
    pub handled: u64,
}

/// Why a write was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StoreError {
    /// Another owner has taken the session over.
    Fenced,
    /// A write before this one is missing, or the session is: the store has lost its tail.
    Gap,
}

/// The stored state of a session.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Record<P> {
    /// The session's id.
    pub id: Bits,
    /// The client's keys, with the owner's nonce.
    pub current: Keys,
    /// The previous keys, if the client is not known to have the current ones.
    pub previous: Option<Keys>,
    /// The client's count of resumes.
    pub attempt: u64,
    /// The hash of the authenticated identity that opened it.
    pub identity: Digest,
    /// How long it outlives its connection.
    pub life: Millis,
    /// The server's window.
    pub window: u64,
    /// The client's window.
    pub peer_window: u64,
    /// How many of the client's messages were handled.
    pub handled: u64,
    /// Their total cost.
    pub handled_cost: u64,
    /// How many of the server's messages the client has handled.
    pub acked: u64,
    /// Their total cost.
    pub acked_cost: u64,
    /// The messages behind those, with their costs; `None` was dropped.
    pub held: VecDeque<Option<(P, u64)>>,
    /// The number of the last write.
    pub seq: u64,
    /// The tombstone, if it has ended.
    pub end: Option<Tombstone>,
}

impl<P> Record<P> {
    /// Returns whether a server can have written this: every number is in its range. A store that returns anything else is
    /// corrupt.
    pub fn is_possible(&self) -> bool {
        let numbers = [self.attempt, self.life, self.handled, self.handled_cost, self.seq];
        let windows = [self.window, self.peer_window];
        let costs = self.held.iter().flatten().map(|(_, cost)| *cost);
        let total = costs.clone().fold(self.acked_cost, u64::saturating_add);
        let accepted = self.acked.saturating_add(self.held.len() as u64);
        numbers.into_iter().chain([accepted, total]).all(|number| number <= GREATEST)
            && windows.into_iter().chain(costs).all(|number| (1..=GREATEST).contains(&number))
            && self.end.is_none_or(|end| (self.handled..=GREATEST).contains(&end.handled))
    }

    /// Returns how many of the client's messages count as handled: in the tombstone, if it has ended.
    pub fn position(&self) -> u64 {
        self.end.map_or(self.handled, |end| end.handled)
    }

    /// Makes the node that wants to resume the owner, if the owner has not changed since it read the record. It gets
    /// the record as it is then: the owner before may have written meanwhile, and can no more.
    pub fn adopt(&mut self, owner: Bits, swap: &Swap) -> Result<(), StoreError> {
        if owner != self.current.nonce {
            return Err(StoreError::Fenced);
        }
        if self.end.is_none() {
            self.swap(swap);
        }
        Ok(())
    }

    fn swap(&mut self, swap: &Swap) {
        (self.current, self.previous, self.attempt) = (swap.current, Some(swap.previous), swap.attempt);
    }

    /// Applies a write of this owner to an existing record. Returns its [position](Self::position) then.
    pub fn apply(&mut self, seq: u64, owner: Bits, write: Write<P>) -> Result<u64, StoreError> {
        if owner != self.current.nonce {
            return Err(StoreError::Fenced);
        }
        if seq != self.seq.saturating_add(1) || self.end.is_some() {
            return Err(StoreError::Gap);
        }
        match write {
            Write::Create(_) => return Err(StoreError::Gap),
            Write::Append { payload, cost } => self.held.push_back(Some((payload, cost))),
            Write::Skip(number) => {
                let index = number.checked_sub(self.acked).and_then(|count| count.checked_sub(1));
                let index = index.and_then(|index| usize::try_from(index).ok());
                if let Some(place) = index.and_then(|index| self.held.get_mut(index)) {
                    *place = None;
                }
            }
            Write::Trim(acked) => {
                while self.acked < acked
                    && let Some(held) = self.held.pop_front()
                {
                    self.acked += 1;
                    let cost = held.map_or(0, |(_, cost)| cost);
                    self.acked_cost = self.acked_cost.saturating_add(cost);
                }
            }
            // The application may have committed more itself.
            Write::Handled { count, cost } if count > self.handled => {
                (self.handled, self.handled_cost) = (count, cost);
            }
            Write::Handled { .. } => {}
            Write::Swap(swap) => self.swap(&swap),
            Write::Confirm => self.previous = None,
            Write::End(Tombstone { why, handled }) => {
                self.end = Some(Tombstone { why, handled: handled.max(self.handled) });
                self.held.clear();
            }
        }
        self.seq = seq;
        Ok(self.position())
    }
}
