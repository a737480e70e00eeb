//! The platform's clocks.

use super::platform::{monotonic, random, wall};
use crate::core::Instant;
use std::cell::Cell;

thread_local! {
    /// The last reading of both clocks.
    static READ: Cell<(f64, Instant)> = const { Cell::new((0.0, Instant::from_millis(0))) };
}

/// Returns the time of the monotonic clock. That is read once per millisecond of the wall clock, which takes a
/// seventh of the time to read; a burst asks at every message.
pub(crate) fn now() -> Instant {
    let wall = wall();
    let (read, moment) = READ.get();
    if wall == read { moment } else { look(wall) }
}

/// Returns the exact time, for timer callbacks.
pub(super) fn now_exact() -> Instant {
    look(wall())
}

fn look(wall: f64) -> Instant {
    let moment = Instant::from_millis(monotonic() as u64);
    READ.set((wall, moment));
    moment
}

/// Returns a seed of 53 random bits, all that a browser's random number has.
pub(crate) fn seed() -> u64 {
    (random() * 9_007_199_254_740_992.0) as u64
}

/// The monotonic clock stops while some devices sleep, the wall clock does not: a drift of this much shows a sleep (or
/// that the user set the clock, which does no harm).
const JUMP: f64 = 2_000.0;

/// Detects that the wall clock jumped against the monotonic one.
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
