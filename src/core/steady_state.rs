//! The state that only a steady machine has: its options, and what outlives a connection.

use super::backoff::Backoff;
use super::config::SteadyConfig;
use super::diagnosis::AttemptProgress;
use super::in_flight::InFlight;
use super::io::Why;
use super::outbox::{Entry, Outbox};
use super::rate_limiter::RateLimiter;
use super::time::Instant;

/// The steady half of a [`Machine`](super::Machine).
#[derive(Clone, Debug)]
pub struct SteadyState<P> {
    pub(super) rules: SteadyConfig,
    pub(super) outbox: Outbox<P>,
    pub(super) in_flight: InFlight<P>,
    pub(super) backoff: Backoff,
    pub(super) rate_limiter: RateLimiter,
    pub(super) offline: bool,
    pub(super) stowed: bool,
    /// When the page last became active again during this connection.
    pub(super) woken: Option<Instant>,
    /// The number of the current session.
    pub(super) session: u32,
    pub(super) progress: AttemptProgress,
    /// A sample may show that messages in flight have left.
    pub(super) has_sample: bool,
}

impl<P> SteadyState<P> {
    pub(super) fn new(rules: SteadyConfig, seed: u64) -> Self {
        Self {
            rules,
            outbox: Outbox::new(),
            in_flight: InFlight::new(),
            backoff: Backoff::new(seed),
            rate_limiter: RateLimiter::default(),
            offline: false,
            stowed: false,
            woken: None,
            session: 0,
            progress: AttemptProgress::new(),
            has_sample: false,
        }
    }

    /// Returns the bytes queued or in flight.
    pub(super) fn held(&self) -> u64 {
        self.outbox.bytes().saturating_add(self.in_flight.bytes())
    }

    /// Removes the oldest message if one of this size does not fit into the outbox.
    pub(super) fn pop_overflow(&mut self, size: u64) -> Option<Entry<P>> {
        self.outbox.full(&self.rules.queue, size, None).and_then(|_| self.outbox.pop())
    }

    /// Moves the newest message in flight back into the outbox. Returns it with the reason if it must be discarded.
    pub(super) fn put_back(&mut self) -> Option<(Entry<P>, Why)> {
        let entry = self.in_flight.pop_youngest()??;
        if entry.is_stale(self.session) {
            return Some((entry, Why::StaleSession));
        }
        if entry.is_replaced {
            return Some((entry, Why::Replaced));
        }
        self.outbox.put_back(entry);
        None
    }
}
