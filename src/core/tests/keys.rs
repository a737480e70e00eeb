//! The table of keys where it is crowded: at its end, and all over.

use super::world::fail_fast;
use crate::core::key_table::KeyTable;
use crate::core::random::Random;
use crate::core::{Text, Ticket};

/// In small tables many keys want the last place, and stand at the beginning instead.
#[test]
fn what_does_not_fit_at_the_end_goes_round() {
    fail_fast();
    let mut random = Random::new(1);
    for _ in 0..2_000 {
        let mut keys = KeyTable::default();
        let names: Vec<Text> = (0..6).map(|_| random.between(0, 9_999).to_string()).collect();
        for (ticket, name) in (0..).zip(&names) {
            keys.insert(name.clone(), Ticket(ticket));
            assert_eq!(keys.get(name), Some(Ticket(ticket)), "{name}, the last of {names:?}");
        }
        for (at, name) in names.iter().enumerate() {
            keys.remove(name);
            let rest = names.iter().skip(at + 1).filter(|rest| *rest != name);
            assert!(rest.clone().all(|rest| keys.get(rest).is_some()), "{name} of {names:?}");
            assert_eq!(keys.get(name), None);
        }
    }
}

/// Numbered keys are spread: where they stood in one row, each would be looked for among all.
#[test]
fn keys_are_spread() {
    fail_fast();
    let mut keys = KeyTable::default();
    for number in 0..1_000 {
        keys.insert(format!("user-{number}"), Ticket(number));
    }
    // Derived `Debug` writes the places as they stand.
    let rows = format!("{keys:?}").matches("None, Some").count();
    assert!(rows > 200, "{rows} rows for 1000 keys");
}
