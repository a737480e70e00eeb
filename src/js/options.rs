//! Reads the configuration of a socket from the numbers that JavaScript wrote.

use super::numbers::{jitter, option, overflow};
use super::table::read_number;
use crate::core::{Config, HeartbeatConfig, Jitter, Marks, Overflow, Queue, Retry, SteadyConfig};

/// Reads the water marks, the only options of a strict socket.
pub(super) fn marks() -> Marks {
    Marks { high: read_number() as u64, low: read_number() as u64 }
}

/// Reads all options of a steady socket in the order of their table; a negative number means absent.
pub(super) fn read() -> Config {
    let numbers: [f64; option::COUNT] = ::core::array::from_fn(|_| read_number());
    // The compiler sees that the places are in range.
    let number = |place: usize| numbers.get(place).copied().unwrap_or(-1.0);
    let span = |place| number(place) as u64;
    let present = |place| if number(place) >= 0.0 { Some(span(place)) } else { None };
    let retry = Retry {
        jitter: match number(option::JITTER) as u32 {
            jitter::FULL => Jitter::Full,
            jitter::EQUAL => Jitter::Equal,
            jitter::DECORRELATED => Jitter::Decorrelated,
            _ => Jitter::None,
        },
        first: span(option::FIRST),
        // Rounded to a percent: 1.15 * 100 is 114.99999….
        growth: (number(option::GROWTH) * 100.0 + 0.5) as u32,
        floor: span(option::FLOOR),
        ceiling: span(option::CEILING),
        attempts: present(option::MOST_ATTEMPTS).map(|count| count as u32),
        stable_after: span(option::STABLE_AFTER),
        restart_floor: span(option::RESTART_FLOOR),
        busy_floor: span(option::BUSY_FLOOR),
    };
    let queue = Queue {
        max_bytes: span(option::MAX_BYTES),
        max_count: span(option::MAX_COUNT),
        overflow: match number(option::OVERFLOW) as u32 {
            overflow::REFUSE => Overflow::Refuse,
            overflow::DROP_OLDEST => Overflow::DropOldest,
            _ => Overflow::DropNewest,
        },
        lifetime: present(option::TTL),
    };
    let timeout = span(option::TIMEOUT);
    let heartbeat = present(option::INTERVAL).map(|interval| HeartbeatConfig { interval, timeout });
    let steady = SteadyConfig {
        connect_timeout: span(option::CONNECT_TIMEOUT),
        close_timeout: span(option::CLOSE_TIMEOUT),
        retry,
        queue,
        heartbeat,
        gated: number(option::GATED) > 0.0,
        asks: number(option::ASKS) > 0.0,
    };
    let flow = Marks { high: span(option::HIGH_WATER_MARK), low: span(option::LOW_WATER_MARK) };
    Config { flow, steady: Some(steady) }
}
