//! Messages handed to a connection and not yet known to have left.
//!
//! The native `bufferedAmount` counts bytes from the tail: what it still holds are the youngest
//! messages. That is enough to say of each message whether it left, never left, or may have.

use super::outbox::Entry;
use alloc::collections::VecDeque;

#[derive(Clone, Debug)]
struct Sent<P> {
    size: u64,
    /// `None` for what is nobody's message: a heartbeat, a preface.
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

    pub(crate) fn push(&mut self, size: u64, entry: Option<Entry<P>>) {
        self.bytes += size;
        self.sent.push_back(Sent { size, entry });
    }

    /// Takes the oldest message that is known to have left, when `unsent` bytes have not.
    ///
    /// A message has left if all unsent bytes are younger than it. An empty one at the very edge
    /// could be on either side, and waits.
    pub(crate) fn pop_confirmed(&mut self, unsent: u64) -> Option<Option<Entry<P>>> {
        let front = self.sent.front()?;
        let younger = self.bytes - front.size;
        let left = younger >= unsent && (self.bytes > unsent || unsent == 0);
        if left { self.pop() } else { None }
    }

    /// Takes the oldest message, whatever is known of it.
    pub(crate) fn pop(&mut self) -> Option<Option<Entry<P>>> {
        let sent = self.sent.pop_front()?;
        self.bytes -= sent.size;
        Some(sent.entry)
    }

    /// How many of the youngest messages never left. Only a message of which not one byte left
    /// counts: a part may be all the peer needs to act on.
    pub(crate) fn never_left(&self, unsent: u64) -> usize {
        let (mut bytes, mut count) = (0, 0);
        // By place: an iterator of two slices, backwards, is much for a page to download.
        let places = (0..self.sent.len()).rev();
        for (age, sent) in places.map_while(|at| self.sent.get(at)).enumerate() {
            bytes += sent.size;
            if bytes > unsent {
                break;
            }
            // An empty message counts only with an unsent one before it: it can not overtake.
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

    /// Takes the youngest message.
    pub(crate) fn pop_youngest(&mut self) -> Option<Option<Entry<P>>> {
        let sent = self.sent.pop_back()?;
        self.bytes -= sent.size;
        Some(sent.entry)
    }
}
