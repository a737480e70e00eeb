//! Sample records and writes.

use crate::message::Message;
use crate::store::{Bits, Entry, Record, Swap, Write};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use steady_session::Keys;

/// Returns unique bits, because a store may be checked more than once.
pub(super) fn bits() -> Bits {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let random = crate::hub::random_bits().unwrap_or(Bits([0; 16]));
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    Bits((u128::from_be_bytes(random.0) ^ u128::from(count)).to_be_bytes())
}

pub(super) fn keys() -> Keys {
    Keys { secret: crate::hub::hash(&bits().0), nonce: bits() }
}

/// Returns a new session with extreme values.
pub(super) fn record() -> Record {
    Record {
        id: bits(),
        current: keys(),
        previous: None,
        attempt: 0,
        identity: crate::hub::hash(b"alice"),
        life: steady_session::GREATEST,
        window: 1,
        peer_window: steady_session::GREATEST,
        handled: 0,
        handled_cost: 0,
        acked: 0,
        acked_cost: 0,
        held: VecDeque::new(),
        seq: 1,
        end: None,
    }
}

pub(super) fn swap(record: &Record) -> Swap {
    Swap { current: keys(), previous: record.current, attempt: record.attempt + 1 }
}

/// Returns the next write of the record's owner.
pub(super) fn entry(record: &Record, write: Write<Message>) -> Entry {
    Entry { seq: record.seq + 1, owner: record.current.nonce, write }
}

/// Returns payloads that stores are prone to confuse.
pub(super) fn payloads() -> Vec<Message> {
    let all_bytes: Vec<u8> = (0..=u8::MAX).collect();
    vec![
        Message::from(""),
        Message::from("text"),
        Message::from("\u{0}"),
        Message::from("\u{10}A1 2 3"),
        Message::from("'; \\ \" {} é 漢 🦀\r\n"),
        Message::from(Vec::new()),
        Message::from(all_bytes),
        Message::from("x".repeat(300_000)),
    ]
}

pub(super) fn append(message: Message) -> Write<Message> {
    let cost = message.cost();
    Write::Append { payload: message, cost }
}
