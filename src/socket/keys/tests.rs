//! The table where it is crowded: at its end, and all over.

use super::KeyTable;
use crate::core::Ticket;
use std::collections::{BTreeSet, HashMap};

/// A small generator of numbers up to `most`.
struct Random(u64);

impl Random {
    fn upto(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % (most + 1)
    }
}

/// Few keys come and go, so that the table is crowded, and some stand where others would.
#[test]
fn does_what_std_would_do() {
    let mut random = Random(1);
    for most in [1, 3, 20, 300] {
        let (mut ours, mut theirs) = (KeyTable::default(), HashMap::new());
        for ticket in 0..5_000 {
            let key: String = random.upto(most).to_string();
            if random.upto(2) == 0 {
                ours.remove(&key);
                theirs.remove(&key);
            } else {
                ours.insert(key.clone(), Ticket(ticket), |_| true);
                theirs.insert(key, Ticket(ticket));
            }
            assert_eq!(ours.count, theirs.len());
            assert!(ours.places.len() >= 2 * ours.count && ours.places.len() <= 4 * (most as usize + 2));
        }
        for key in 0..=most {
            let key = key.to_string();
            assert_eq!(ours.get(&key), theirs.get(key.as_str()).copied(), "{key}");
        }
    }
}

/// In small tables many keys want the last place, and stand at the beginning instead.
#[test]
fn what_does_not_fit_at_the_end_goes_round() {
    let mut random = Random(1);
    for _ in 0..2_000 {
        let mut keys = KeyTable::default();
        let names: BTreeSet<String> = (0..6).map(|_| random.upto(9_999).to_string()).collect();
        for (ticket, name) in (0..).zip(&names) {
            keys.insert(name.clone(), Ticket(ticket), |_| true);
            assert_eq!(keys.get(name), Some(Ticket(ticket)), "{name}, the last of {names:?}");
        }
        for (at, name) in names.iter().enumerate() {
            keys.remove(name);
            let mut rest = names.iter().skip(at + 1);
            assert!(rest.all(|rest| keys.get(rest).is_some()), "{name} of {names:?}");
            assert_eq!(keys.get(name), None);
        }
    }
}

/// Numbered keys are spread: where they stood in one row, each would be looked for among all.
#[test]
fn keys_are_spread() {
    let mut keys = KeyTable::default();
    for number in 0..1_000 {
        keys.insert(format!("user-{number}"), Ticket(number), |_| true);
    }
    // Derived `Debug` writes the places as they stand.
    let rows = format!("{keys:?}").matches("None, Some").count();
    assert!(rows > 200, "{rows} rows for 1000 keys");
}

/// Messages leave, and nobody reports that: what they leave behind is bounded by what is still held.
#[test]
fn messages_that_left_are_forgotten() {
    let mut keys = KeyTable::default();
    for number in 0..10_000 {
        // The last ten messages are held.
        keys.insert(format!("user-{number}"), Ticket(number), |ticket| ticket.0 + 10 > number);
        assert!(keys.places.len() <= 64, "{} places", keys.places.len());
    }
    assert_eq!(keys.get("user-9999"), Some(Ticket(9_999)));
    assert_eq!(keys.get("user-9995"), Some(Ticket(9_995)));
}

#[test]
fn a_refused_message_leaves_the_one_before() {
    let mut keys = KeyTable::default();
    keys.insert("a".into(), Ticket(1), |_| true);
    keys.insert("a".into(), Ticket(2), |_| true);
    keys.undo(Ticket(2), Some(Ticket(1)));
    assert_eq!(keys.get("a"), Some(Ticket(1)));
    keys.insert("b".into(), Ticket(2), |_| true);
    keys.undo(Ticket(2), None);
    assert_eq!((keys.get("a"), keys.get("b"), keys.count), (Some(Ticket(1)), None, 1));
}
