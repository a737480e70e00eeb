//! Messages handed to a connection and not yet known to have left.
//!
//! The native `bufferedAmount` covers the newest messages. That is enough to tell of each message whether it
//! left, never left, or may have left.

use super::io::Ticket;
use super::outbox::Entry;
use alloc::collections::VecDeque;

#[derive(Clone, Debug)]
struct Sent<P> {
    size: u64,
    /// Above the tickets of the messages up to this one, and not above those of later ones.
    next: Ticket,
    /// `None` for messages sent directly: heartbeats, authentication.
    entry: Option<Entry<P>>,
}

#[derive(Clone, Debug)]
pub(crate) struct InFlight<P> {
    sent: VecDeque<Sent<P>>,
    bytes: u64,
}

impl<P> InFlight<P> {
    pub(crate) const fn new() -> Self {
        Self { sent: VecDeque::new(), bytes: 0 }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.sent.is_empty()
    }

    pub(crate) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Adds a message.
    pub(crate) fn push(&mut self, entry: Entry<P>) {
        let next = Ticket(entry.ticket.0.wrapping_add(1));
        self.add(Sent { size: entry.size, next, entry: Some(entry) });
    }

    /// Adds a message that was sent directly.
    pub(crate) fn push_direct(&mut self, size: u64) {
        let next = self.sent.back().map_or(Ticket(0), |sent| sent.next);
        self.add(Sent { size, next, entry: None });
    }

    fn add(&mut self, sent: Sent<P>) {
        self.bytes += sent.size;
        self.sent.push_back(sent);
    }

    /// Returns the message with this ticket.
    pub(crate) fn find(&mut self, ticket: Ticket) -> Option<&mut Entry<P>> {
        let at = self.sent.partition_point(|sent| sent.next <= ticket);
        self.sent.get_mut(at)?.entry.as_mut().filter(|entry| entry.ticket == ticket)
    }

    /// Removes the oldest message that is known to have left while `unsent` bytes have not.
    ///
    /// A message has left if all unsent bytes are newer. An empty one at the boundary could be on either
    /// side, and waits.
    pub(crate) fn pop_confirmed(&mut self, unsent: u64) -> Option<Option<Entry<P>>> {
        let front = self.sent.front()?;
        let younger = self.bytes - front.size;
        let left = younger >= unsent && (self.bytes > unsent || unsent == 0);
        if left { self.pop() } else { None }
    }

    /// Removes the oldest message.
    pub(crate) fn pop(&mut self) -> Option<Option<Entry<P>>> {
        let sent = self.sent.pop_front()?;
        self.bytes -= sent.size;
        Some(sent.entry)
    }

    /// Returns how many of the newest messages never left. A message of which a part left does not count: the
    /// peer may act on that part.
    pub(crate) fn never_left(&self, unsent: u64) -> usize {
        let (mut bytes, mut count) = (0, 0);
        // By index: a reverse iterator over two slices adds to the download.
        let places = (0..self.sent.len()).rev();
        for (age, sent) in places.map_while(|at| self.sent.get(at)).enumerate() {
            bytes += sent.size;
            if bytes > unsent {
                break;
            }
            // An empty message counts only behind an unsent one, because it cannot overtake.
            if sent.size > 0 {
                count = age + 1;
            }
        }
        count
    }

    #[cfg(test)]
    pub(super) fn entries(&self) -> impl Iterator<Item = (u64, Option<&Entry<P>>)> {
        self.sent.iter().map(|sent| (sent.size, sent.entry.as_ref()))
    }

    /// Removes the newest message.
    pub(crate) fn pop_youngest(&mut self) -> Option<Option<Entry<P>>> {
        let sent = self.sent.pop_back()?;
        self.bytes -= sent.size;
        Some(sent.entry)
    }
}
