//! The limit on connections per second, which no option can lift.

use super::time::{Instant, Millis};

/// Connections that may be opened at once after a quiet period.
pub(crate) const BURST: u64 = 5;
/// The interval between connections after the burst.
pub(crate) const SPACING: Millis = 1_000;

/// A leaky bucket, stored as the moment at which it is empty again.
#[derive(Clone, Debug, Default)]
pub(crate) struct RateLimiter {
    empty_at: Instant,
}

impl RateLimiter {
    /// Returns the earliest moment, not before `now`, at which a connection is allowed.
    pub(crate) fn earliest(&self, now: Instant) -> Instant {
        let full = self.empty_at.as_millis().saturating_sub((BURST - 1) * SPACING);
        now.max(Instant::from_millis(full))
    }

    /// Records a connection.
    pub(crate) fn record(&mut self, now: Instant) {
        self.empty_at = self.empty_at.max(now).after(SPACING);
    }
}

#[cfg(test)]
impl RateLimiter {
    /// Returns a copy in which all empty buckets are equal and the level is rounded up to `grain`.
    pub(super) fn normal(mut self, now: Instant, grain: Millis) -> Self {
        let level = self.empty_at.since(now).div_ceil(grain) * grain;
        self.empty_at = now.after(level);
        self
    }
}
