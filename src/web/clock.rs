//! The platform's clocks.

use super::platform::{monotonic, random, wall};
use crate::core::Instant;
use std::cell::Cell;

/// Returns the time of the monotonic clock.
pub(crate) fn now() -> Instant {
    Instant::from_millis(monotonic() as u64)
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
