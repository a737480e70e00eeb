//! What time it is, by both of the platform's clocks.

use super::platform::{monotonic, random, wall};
use crate::core::Instant;
use std::cell::Cell;

thread_local! {
    /// What the wall clock said when the other was read, and what that said.
    static READ: Cell<(f64, Instant)> = const { Cell::new((0.0, Instant::from_millis(0))) };
}

/// The moment, on the clock that never goes back. That one is read once in a millisecond: the wall clock, which tells
/// that it is still the same, takes a seventh of its time, and a burst asks at every message.
pub(crate) fn now() -> Instant {
    let wall = wall();
    let (read, moment) = READ.get();
    if wall == read { moment } else { look(wall) }
}

/// The moment to the millisecond, for whoever was called because of it.
pub(super) fn now_exact() -> Instant {
    look(wall())
}

fn look(wall: f64) -> Instant {
    let moment = Instant::from_millis(monotonic() as u64);
    READ.set((wall, moment));
    moment
}

/// All 53 bits a browser's random number has, spread over the seed by the generator itself.
pub(crate) fn seed() -> u64 {
    (random() * 9_007_199_254_740_992.0) as u64
}

/// The monotonic clock stands still while some machines sleep, the wall clock does not: when they
/// drift apart by this much, we were asleep (or the user set the clock, which does no harm).
const JUMP: f64 = 2_000.0;

/// Notices that the wall clock jumped against the monotonic one.
#[derive(Default)]
pub(super) struct ClockJumpDetector(Cell<f64>);

impl ClockJumpDetector {
    pub(super) fn start(&self) {
        self.0.set(offset());
    }

    pub(super) fn jumped(&self) -> bool {
        let offset = offset();
        let drift = offset - self.0.replace(offset);
        drift.abs() > JUMP
    }
}

fn offset() -> f64 {
    wall() - monotonic()
}
