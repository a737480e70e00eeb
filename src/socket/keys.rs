//! The newest message of each key.
//!
//! A small hash table: std's would be a larger download than the core's whole queue. The keys come from the application, so
//! collision attacks are no concern.

use super::message::OutgoingData;
use super::shell::Shell;
use crate::core::{Error, OutgoingMessage, Ticket};
use crate::web::Driver;
use std::cell::RefCell;
use std::rc::Rc;

/// The type of [`send`].
pub(super) type Send = fn(
    &RefCell<KeyTable>,
    &Rc<Driver<Shell>>,
    OutgoingMessage<OutgoingData>,
    String,
) -> Result<Ticket, Error>;

/// Sends a message that replaces the one before with this key.
pub(super) fn send(
    keys: &RefCell<KeyTable>,
    driver: &Rc<Driver<Shell>>,
    mut message: OutgoingMessage<OutgoingData>,
    key: String,
) -> Result<Ticket, Error> {
    let engine = driver.engine();
    let (ticket, older) = (engine.next_ticket(), keys.borrow().get(&key));
    message.replaces = older;
    // Recorded first, because the application's code may run before `send` returns.
    keys.borrow_mut().insert(key, ticket, |ticket| engine.holds(ticket));
    driver.send(message).inspect_err(|_| keys.borrow_mut().undo(ticket, older))
}

/// Open addressing with linear probing, at most half full.
#[derive(Debug, Default)]
pub(super) struct KeyTable {
    places: Vec<Option<(String, Ticket)>>,
    count: usize,
}

impl KeyTable {
    pub(super) fn get(&self, key: &str) -> Option<Ticket> {
        self.places.get(self.place(key))?.as_ref().map(|(_, ticket)| *ticket)
    }

    /// Sets the newest message of a key. When the table is full, it forgets the messages that are not `held` any more.
    pub(super) fn insert(&mut self, key: String, ticket: Ticket, held: impl Fn(Ticket) -> bool) {
        if self.places.len() <= 2 * self.count {
            let mut crowded = std::mem::take(&mut self.places);
            let kept: Vec<_> =
                crowded.iter_mut().filter_map(Option::take).filter(|(_, ticket)| held(*ticket)).collect();
            self.places = (0..4 * kept.len() + 4).map(|_| None).collect();
            self.count = 0;
            for (key, ticket) in kept {
                self.put(key, ticket);
            }
        }
        self.put(key, ticket);
    }

    /// Takes back the message with this ticket: the newest one of its key is the one before, if there was one.
    pub(super) fn undo(&mut self, ticket: Ticket, older: Option<Ticket>) {
        let mut entries = self.places.iter_mut().flatten();
        let Some((key, newest)) = entries.find(|(_, newest)| *newest == ticket) else { return };
        match older {
            Some(older) => *newest = older,
            None => {
                let key = key.clone();
                self.remove(&key);
            }
        }
    }

    fn put(&mut self, key: String, ticket: Ticket) {
        let at = self.place(&key);
        if let Some(place) = self.places.get_mut(at)
            && place.replace((key, ticket)).is_none()
        {
            self.count += 1;
        }
    }

    fn remove(&mut self, key: &str) {
        let mut at = self.place(key);
        // Later entries of the same probe sequence must be inserted again.
        while let Some((moved, ticket)) = self.places.get_mut(at).and_then(Option::take) {
            self.count -= 1;
            if moved != *key {
                self.put(moved, ticket);
            }
            at = self.after(at);
        }
    }

    /// Returns the index of this key, or where it would be inserted.
    fn place(&self, key: &str) -> usize {
        let mut at = (hash(key) as usize).checked_rem(self.places.len()).unwrap_or(0);
        while let Some(Some((other, _))) = self.places.get(at)
            && other != key
        {
            at = self.after(at);
        }
        at
    }

    const fn after(&self, at: usize) -> usize {
        if at + 1 < self.places.len() { at + 1 } else { 0 }
    }
}

/// FNV-1a.
fn hash(key: &str) -> u32 {
    key.bytes().fold(0x811C_9DC5, |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests;
