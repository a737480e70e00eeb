//! Messages accepted and not yet handed to a connection.
//!
//! One double-ended queue in ticket order. A message taken from the middle leaves a gap, gaps are
//! squeezed out when they outnumber the messages: every operation is O(1) amortised, however many
//! are queued, but for `remove`, which looks its ticket up in O(log n).

use super::config::Queue;
use super::io::{Error, Text, Ticket};
use super::key_table::KeyTable;
use super::time::Instant;
use ::core::cmp::Reverse;
use alloc::boxed::Box;
use alloc::collections::{BinaryHeap, VecDeque};

/// A message that was accepted. It is moved at every step of its way, and so kept small: few have options.
#[derive(Clone, Debug)]
pub(crate) struct Entry<P> {
    pub(crate) ticket: Ticket,
    pub(crate) payload: P,
    pub(crate) size: u64,
    pub(crate) tracked: bool,
    pub(crate) expires: Option<Instant>,
    pub(crate) options: Option<Box<EntryOptions>>,
}

/// What was noted about a message when it was accepted.
#[derive(Clone, Debug)]
pub(crate) struct EntryOptions {
    pub(crate) key: Option<Text>,
    /// The session it means something to, if it is bound to one.
    pub(crate) session: Option<u32>,
}

impl<P> Entry<P> {
    pub(crate) fn key(&self) -> Option<&Text> {
        self.options.as_ref()?.key.as_ref()
    }

    /// Whether it means nothing any more, in this session.
    pub(crate) fn is_stale(&self, session: u32) -> bool {
        self.options.as_ref().and_then(|options| options.session).is_some_and(|own| own != session)
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
    keys: KeyTable,
    expiries: BinaryHeap<Reverse<(Instant, Ticket)>>,
}

impl<P> Outbox<P> {
    pub(crate) fn new() -> Self {
        Self {
            slots: VecDeque::new(),
            count: 0,
            bytes: 0,
            keys: KeyTable::default(),
            expiries: BinaryHeap::new(),
        }
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

    /// What keeps a message of this size from being queued, in the place of `replaced` if that is given.
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

    // Asked for in several places, and a search is long.
    #[inline(never)]
    fn place(&self, ticket: Ticket) -> Option<usize> {
        self.slots.binary_search_by_key(&ticket, |slot| slot.ticket).ok()
    }

    fn find(&self, ticket: Ticket) -> Option<&Entry<P>> {
        self.slots.get(self.place(ticket)?)?.entry.as_ref()
    }

    /// The queued message that bears this key.
    pub(crate) fn find_by_key(&self, key: &Text) -> Option<Ticket> {
        self.keys.get(key)
    }

    /// Queues behind everything; the ticket must be the highest so far.
    pub(crate) fn push(&mut self, entry: Entry<P>) {
        self.add_totals(&entry);
        self.slots.push_back(Slot { ticket: entry.ticket, entry: Some(entry) });
    }

    /// Puts a message that never left back before everything. The caps do not apply: it was
    /// accepted already. If a newer message with its key has taken its place, it is the answer.
    pub(crate) fn put_back(&mut self, entry: Entry<P>) -> Option<Entry<P>> {
        if entry.key().is_some_and(|key| self.keys.get(key).is_some()) {
            return Some(entry);
        }
        self.add_totals(&entry);
        self.slots.push_front(Slot { ticket: entry.ticket, entry: Some(entry) });
        None
    }

    /// Takes the oldest message.
    pub(crate) fn pop(&mut self) -> Option<Entry<P>> {
        while let Some(slot) = self.slots.pop_front() {
            if let Some(entry) = slot.entry {
                self.subtract_totals(&entry);
                return Some(entry);
            }
        }
        None
    }

    /// Takes a message from anywhere.
    pub(crate) fn remove(&mut self, ticket: Ticket) -> Option<Entry<P>> {
        let at = self.place(ticket)?;
        let entry = self.slots.get_mut(at)?.entry.take()?;
        self.subtract_totals(&entry);
        // No gap stands at the end: `new_session` turns the queue once round.
        while self.slots.back().is_some_and(|slot| slot.entry.is_none()) {
            self.slots.pop_back();
        }
        if self.slots.len() as u64 > 2 * self.count + 32 {
            // Once round, leaving the gaps out: `retain` would be one more loop for a page to download.
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

    /// Takes one message whose lifetime is over.
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

    /// When the next message expires. Looks past those that left earlier by another way.
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
        if let Some(key) = entry.key() {
            self.keys.insert(key.clone(), entry.ticket);
        }
        if let Some(at) = entry.expires {
            // A busy outbox may never be empty: the hours of those that left must not pile up.
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
        if let Some(key) = entry.key() {
            self.keys.remove(key);
        }
        if self.count == 0 {
            self.expiries.clear();
        }
    }
}
