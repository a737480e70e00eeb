//! Messages accepted and not yet handed to a connection.
//!
//! One double-ended queue in ticket order. Removing a message from the middle leaves a gap; gaps are removed
//! when they outnumber the messages. Every operation is amortised O(1), except that `remove` finds its ticket
//! in O(log n).

use super::config::Queue;
use super::io::{Error, Ticket};
use super::time::Instant;
use ::core::cmp::Reverse;
use alloc::collections::{BinaryHeap, VecDeque};

/// An accepted message. It is moved often and therefore small.
#[derive(Clone, Debug)]
pub(crate) struct Entry<P> {
    pub(crate) ticket: Ticket,
    pub(crate) payload: P,
    pub(crate) size: u64,
    pub(crate) expires: Option<Instant>,
    /// The session it is bound to.
    pub(crate) session: Option<u32>,
    /// True if a newer message replaced it after it was handed over.
    pub(crate) is_replaced: bool,
}

impl<P> Entry<P> {
    /// Returns whether it is bound to another session than this one.
    pub(crate) fn is_stale(&self, session: u32) -> bool {
        self.session.is_some_and(|own| own != session)
    }
}

#[derive(Clone, Debug)]
struct Slot<P> {
    ticket: Ticket,
    entry: Option<Entry<P>>,
}

#[derive(Clone, Debug)]
pub(crate) struct Outbox<P> {
    slots: VecDeque<Slot<P>>,
    count: u64,
    bytes: u64,
    expiries: BinaryHeap<Reverse<(Instant, Ticket)>>,
}

impl<P> Outbox<P> {
    pub(crate) fn new() -> Self {
        Self { slots: VecDeque::new(), count: 0, bytes: 0, expiries: BinaryHeap::new() }
    }

    pub(crate) const fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(crate) const fn count(&self) -> u64 {
        self.count
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Returns why a message of this size cannot be queued in place of `replaced`.
    pub(crate) fn full(&self, rules: &Queue, size: u64, replaced: Option<Ticket>) -> Option<Error> {
        let freed = replaced.and_then(|ticket| self.find(ticket)).map(|entry| entry.size);
        if self.count - u64::from(freed.is_some()) >= rules.max_count {
            Some(Error::QueueCount)
        } else if (self.bytes - freed.unwrap_or(0)).saturating_add(size) > rules.max_bytes {
            Some(Error::QueueBytes)
        } else {
            None
        }
    }

    // A search is long, and has several callers.
    #[inline(never)]
    fn place(&self, ticket: Ticket) -> Option<usize> {
        self.slots.binary_search_by_key(&ticket, |slot| slot.ticket).ok()
    }

    pub(crate) fn find(&self, ticket: Ticket) -> Option<&Entry<P>> {
        self.slots.get(self.place(ticket)?)?.entry.as_ref()
    }

    /// Appends a message; its ticket must be the highest so far.
    pub(crate) fn push(&mut self, entry: Entry<P>) {
        self.add_totals(&entry);
        self.slots.push_back(Slot { ticket: entry.ticket, entry: Some(entry) });
    }

    /// Puts a message that never left back at the front. The limits do not apply, because it was accepted already.
    pub(crate) fn put_back(&mut self, entry: Entry<P>) {
        self.add_totals(&entry);
        self.slots.push_front(Slot { ticket: entry.ticket, entry: Some(entry) });
    }

    /// Removes the oldest message.
    pub(crate) fn pop(&mut self) -> Option<Entry<P>> {
        while let Some(slot) = self.slots.pop_front() {
            if let Some(entry) = slot.entry {
                self.subtract_totals(&entry);
                return Some(entry);
            }
        }
        None
    }

    /// Removes the message with this ticket.
    pub(crate) fn remove(&mut self, ticket: Ticket) -> Option<Entry<P>> {
        let at = self.place(ticket)?;
        let entry = self.slots.get_mut(at)?.entry.take()?;
        self.subtract_totals(&entry);
        // There must be no gap at the end, because `new_session` rotates the queue.
        while self.slots.back().is_some_and(|slot| slot.entry.is_none()) {
            self.slots.pop_back();
        }
        if self.slots.len() as u64 > 2 * self.count + 32 {
            // Rotates the queue without its gaps; `retain` would add to the download.
            for _ in 0..self.slots.len() {
                if let Some(slot) = self.slots.pop_front()
                    && slot.entry.is_some()
                {
                    self.slots.push_back(slot);
                }
            }
        }
        Some(entry)
    }

    /// Removes one expired message.
    pub(crate) fn pop_expired(&mut self, now: Instant) -> Option<Entry<P>> {
        while let Some(Reverse((at, ticket))) = self.expiries.peek().copied() {
            if at > now {
                return None;
            }
            self.expiries.pop();
            if let Some(entry) = self.remove(ticket) {
                return Some(entry);
            }
        }
        None
    }

    /// Returns when the next message expires, skipping messages that are no longer queued.
    pub(crate) fn next_expiry(&mut self) -> Option<Instant> {
        while let Some(Reverse((at, ticket))) = self.expiries.peek().copied() {
            if self.find(ticket).is_some() {
                return Some(at);
            }
            self.expiries.pop();
        }
        None
    }

    #[cfg(test)]
    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry<P>> {
        self.slots.iter().filter_map(|slot| slot.entry.as_ref())
    }

    fn add_totals(&mut self, entry: &Entry<P>) {
        self.count += 1;
        self.bytes += entry.size;
        if let Some(at) = entry.expires {
            // A busy outbox may never be empty, so expiry entries of messages that left must not accumulate.
            if self.expiries.len() as u64 > 2 * self.count + 32 {
                self.expiries.clear();
                let slots = (0..self.slots.len()).filter_map(|place| self.slots.get(place));
                for slot in slots {
                    if let Some(at) = slot.entry.as_ref().and_then(|entry| entry.expires) {
                        self.expiries.push(Reverse((at, slot.ticket)));
                    }
                }
            }
            self.expiries.push(Reverse((at, entry.ticket)));
        }
    }

    fn subtract_totals(&mut self, entry: &Entry<P>) {
        self.count -= 1;
        self.bytes -= entry.size;
        if self.count == 0 {
            self.expiries.clear();
        }
    }
}
