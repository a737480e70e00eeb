//! A small hash table from keys to queued messages.
//!
//! std's would be a larger download than the whole outbox. The keys come from the application, so collision
//! attacks are no concern.

use super::io::{Text, Ticket};
use alloc::vec::Vec;

/// Open addressing with linear probing, at most half full.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeyTable {
    places: Vec<Option<(Text, Ticket)>>,
    count: usize,
}

impl KeyTable {
    pub(crate) fn get(&self, key: &Text) -> Option<Ticket> {
        self.places.get(self.place(key))?.as_ref().map(|(_, ticket)| *ticket)
    }

    pub(crate) fn insert(&mut self, key: Text, ticket: Ticket) {
        if self.places.len() <= 2 * self.count {
            let room = (0..4 * self.count + 4).map(|_| None).collect();
            let mut crowded = ::core::mem::replace(&mut self.places, room);
            self.count = 0;
            for (key, ticket) in crowded.iter_mut().filter_map(Option::take) {
                self.put(key, ticket);
            }
        }
        self.put(key, ticket);
    }

    fn put(&mut self, key: Text, ticket: Ticket) {
        let at = self.place(&key);
        if let Some(place) = self.places.get_mut(at)
            && place.replace((key, ticket)).is_none()
        {
            self.count += 1;
        }
    }

    pub(crate) fn remove(&mut self, key: &Text) {
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
    fn place(&self, key: &Text) -> usize {
        let mut at = hash(key).checked_rem(self.places.len()).unwrap_or(0);
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
fn hash(key: &Text) -> usize {
    let hash =
        key.bytes().fold(0x811C_9DC5, |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    hash as usize
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use crate::core::random::Random;
    use crate::core::tests::fail_fast;
    use std::collections::HashMap;

    /// Few keys come and go, so that the table is crowded, and some stand where others would.
    #[test]
    fn does_what_std_would_do() {
        fail_fast();
        let mut random = Random::new(1);
        for most in [1, 3, 20, 300] {
            let (mut ours, mut theirs) = (KeyTable::default(), HashMap::new());
            for ticket in 0..5_000 {
                let key: Text = random.between(0, most).to_string();
                if random.between(0, 2) == 0 {
                    ours.remove(&key);
                    theirs.remove(&key);
                } else {
                    ours.insert(key.clone(), Ticket(ticket));
                    theirs.insert(key, Ticket(ticket));
                }
                assert_eq!(ours.count, theirs.len());
                assert!(ours.places.len() >= 2 * ours.count && ours.places.len() <= 4 * (most as usize + 2));
            }
            for key in 0..=most {
                let key: Text = key.to_string();
                assert_eq!(ours.get(&key), theirs.get(&key).copied(), "{key}");
            }
        }
    }
}
