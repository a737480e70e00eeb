//! Compares the outbox with a simple model: a queue in ticket order, with expiries.

use crate::core::Instant;
use crate::core::io::Ticket;
use crate::core::outbox::{Entry, Outbox};
use crate::core::random::Random;
use crate::core::tests::fail_fast;

fn at(millis: u64) -> Instant {
    Instant::from_millis(millis)
}

fn entry(payload: u64, expires: Option<Instant>) -> Entry<u64> {
    Entry { ticket: Ticket(payload), payload, size: 1, expires, session: None, is_replaced: false }
}

/// Long enough for gaps to be squeezed out, and for the expiries of messages that left to be dropped.
#[test]
fn order_and_expiries_survive_everything() {
    fail_fast();
    let mut random = Random::new(7);
    let (mut outbox, mut model): (Outbox<u64>, Vec<(u64, Option<Instant>)>) = (Outbox::new(), Vec::new());
    let mut next = 0;
    for now in 0..20_000 {
        match random.between(0, 12) {
            0..=5 => {
                let expires = (random.between(0, 2) == 0).then(|| at(now + random.between(1, 200)));
                outbox.push(entry(next, expires));
                model.push((next, expires));
                next += 1;
            }
            6..=7 => {
                let expected = if model.is_empty() { None } else { Some(model.remove(0).0) };
                assert_eq!(outbox.pop().map(|entry| entry.payload), expected);
            }
            // The youngest ones often, so that gaps stand at the end.
            8..=10 => {
                let ticket = next.saturating_sub(random.between(0, 60));
                let found = model.iter().position(|(own, _)| *own == ticket);
                assert_eq!(outbox.remove(Ticket(ticket)).is_some(), found.is_some());
                found.map(|place| model.remove(place));
            }
            11 => {
                for _ in 0..outbox.count() {
                    let entry = outbox.pop().expect("it is counted");
                    outbox.push(entry);
                }
            }
            _ => {
                while let Some(entry) = outbox.pop_expired(at(now)) {
                    let place =
                        model.iter().position(|(own, _)| *own == entry.payload).expect("it was there");
                    assert!(model.remove(place).1.is_some_and(|moment| moment <= at(now)));
                }
                assert!(model.iter().all(|(_, expires)| expires.is_none_or(|moment| moment > at(now))));
            }
        }
        if now % 100 == 0 {
            let places = format!("{outbox:?}").matches("Slot {").count();
            assert!(places <= 2 * model.len() + 33, "{places} places for {} messages", model.len());
        }
        let there: Vec<u64> = outbox.entries().map(|entry| entry.payload).collect();
        assert!(there.iter().eq(model.iter().map(|(own, _)| own)), "{there:?}, not {model:?}");
        assert_eq!(outbox.next_expiry(), model.iter().filter_map(|(_, expires)| *expires).min());
    }
}

/// Gaps in the middle, in a queue whose length the limit meets, and in one where it only passes it.
#[test]
fn gaps_do_not_outnumber_the_messages_for_long() {
    for length in [200, 201] {
        let mut outbox: Outbox<u64> = Outbox::new();
        for payload in 0..length {
            outbox.push(entry(payload, None));
        }
        for ticket in 1..length - 1 {
            assert!(outbox.remove(Ticket(ticket)).is_some());
            let places = format!("{outbox:?}").matches("Slot {").count() as u64;
            assert!(places <= 2 * outbox.count() + 33, "{places} places for {}", outbox.count());
        }
        assert_eq!(outbox.pop().map(|entry| entry.payload), Some(0));
    }
}
