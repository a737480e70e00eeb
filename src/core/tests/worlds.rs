//! The small worlds that are explored, each with one or two options of a socket.

use super::alphabet::Alphabet;
use super::explore::explore;
use crate::core::*;

fn steady(change: impl FnOnce(&mut SteadyConfig)) -> Config {
    let retry = Retry {
        jitter: Jitter::None,
        first: 1_000,
        growth: 100,
        floor: 0,
        ceiling: 2_000,
        attempts: None,
        stable_after: 1,
        restart_floor: 0,
        busy_floor: 0,
    };
    let queue = Queue { max_bytes: 4, max_count: 2, ..Queue::default() };
    let mut steady =
        SteadyConfig { connect_timeout: 120, close_timeout: 100, retry, queue, ..SteadyConfig::default() };
    change(&mut steady);
    Config { flow: Marks { high: 2, low: 1 }, steady: Some(steady) }
}

fn alphabet(name: &'static str, config: Config) -> Alphabet {
    Alphabet {
        name,
        config,
        sizes: &[1],
        in_play: 2,
        replaces: false,
        lifetime: None,
        session: false,
        aside: false,
        pages: false,
        watch: false,
        partial: false,
        codes: &[1000, 1006],
        grain: 5_000,
    }
}

fn strict_marks() -> Config {
    Config { flow: Marks { high: 2, low: 1 }, steady: None }
}

#[test]
fn strict() {
    let all = Alphabet { partial: true, watch: true, ..alphabet("strict", strict_marks()) };
    explore(&Alphabet { sizes: &[0, 3], ..all }, 60_000);
}

#[test]
fn steady_without_messages() {
    let all = alphabet("steady, storm to the ms", steady(|steady| steady.connect_timeout = 3_000));
    explore(&Alphabet { sizes: &[], grain: 1, pages: true, codes: &[1000, 1006, 1013], ..all }, 60_000);
    let few = steady(|steady| {
        (steady.retry.attempts, steady.asks, steady.connect_timeout) = (Some(2), true, 3_000);
    });
    let all = alphabet("steady, asks, two attempts", few);
    explore(&Alphabet { sizes: &[], grain: 1, pages: true, ..all }, 60_000);
}

#[test]
fn steady_with_each_overflow() {
    for (name, overflow) in [
        ("steady, refuses", Overflow::Refuse),
        ("steady, drops the oldest", Overflow::DropOldest),
        ("steady, drops the newest", Overflow::DropNewest),
    ] {
        let all = alphabet(name, steady(|steady| steady.queue.overflow = overflow));
        explore(&Alphabet { in_play: 3, codes: &[1006], ..all }, 60_000);
    }
}

#[test]
fn steady_with_sizes_and_flow() {
    let all = alphabet("steady, sizes 0 and 3", steady(|_| {}));
    explore(&Alphabet { sizes: &[0, 3], partial: true, codes: &[1006], ..all }, 60_000);
    let all = alphabet("steady, watched", steady(|_| {}));
    explore(&Alphabet { sizes: &[3], watch: true, partial: true, codes: &[1006], ..all }, 60_000);
}

#[test]
fn steady_with_pages() {
    let all = alphabet("steady, pages", steady(|_| {}));
    explore(&Alphabet { pages: true, in_play: 1, codes: &[1006], ..all }, 120_000);
}

#[test]
fn steady_with_a_gate() {
    let all = alphabet("steady, gated", steady(|steady| steady.gated = true));
    explore(&Alphabet { aside: true, codes: &[1006], ..all }, 60_000);
}

#[test]
fn steady_with_a_heartbeat() {
    let beats = |gated: bool| {
        steady(|steady| {
            steady.gated = gated;
            steady.heartbeat = Some(HeartbeatConfig { interval: 4_000, timeout: 1_000 });
        })
    };
    let all = alphabet("steady, heartbeat", beats(false));
    explore(&Alphabet { sizes: &[], pages: true, codes: &[1006], ..all }, 60_000);
    let all = alphabet("steady, heartbeat, gated", beats(true));
    explore(&Alphabet { sizes: &[], codes: &[1006], ..all }, 60_000);
}

#[test]
fn steady_with_lifetimes_keys_and_sessions() {
    let all = alphabet("steady, lifetimes", steady(|_| {}));
    explore(&Alphabet { lifetime: Some(60), codes: &[1006], ..all }, 60_000);
    let all = alphabet("steady, keys", steady(|steady| steady.queue.overflow = Overflow::DropOldest));
    explore(&Alphabet { replaces: true, codes: &[1006], ..all }, 60_000);
    let all = alphabet("steady, sessions", steady(|_| {}));
    explore(&Alphabet { session: true, codes: &[1006], ..all }, 60_000);
}
