//! A steady socket's configuration, from the numbers that `options.js` made of its options.

use crate::core::{Config, Heartbeat, Jitter, Marks, Overflow, Queue, Retry, Steady};

use super::table::take as next;

/// The marks alone: a strict socket has no other options.
pub(super) fn marks() -> Marks {
    Marks { high: next() as u64, low: next() as u64 }
}

/// Reads them in the order in which `options.js` puts them down; a negative number is an absent one.
pub(super) fn read() -> Config {
    let flow = marks();
    let connect_timeout = next() as u64;
    let close_timeout = next() as u64;
    let retry = Retry {
        jitter: match next() as u32 {
            0 => Jitter::Full,
            1 => Jitter::Equal,
            2 => Jitter::Decorrelated,
            _ => Jitter::None,
        },
        first: next() as u64,
        growth: (next() * 100.0) as u32,
        floor: next() as u64,
        ceiling: next() as u64,
        attempts: present(next()).map(|count| count as u32),
        stable_after: next() as u64,
        restart_floor: next() as u64,
        busy_floor: next() as u64,
    };
    let queue = Queue {
        max_bytes: next() as u64,
        max_count: next() as u64,
        overflow: match next() as u32 {
            0 => Overflow::Refuse,
            1 => Overflow::DropOldest,
            _ => Overflow::DropNewest,
        },
        lifetime: present(next()),
    };
    let (interval, timeout) = (next(), next());
    let heartbeat = present(interval).map(|interval| Heartbeat { interval, timeout: timeout as u64 });
    let (gated, asks) = (next() > 0.0, next() > 0.0);
    let steady = Steady { connect_timeout, close_timeout, retry, queue, heartbeat, gated, asks };
    Config { flow, steady: Some(steady) }
}

fn present(number: f64) -> Option<u64> {
    (number >= 0.0).then_some(number as u64)
}
