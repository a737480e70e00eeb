//! What only a steady machine holds: its rules, and whatever outlives a connection.

use super::backoff::Backoff;
use super::config::Steady;
use super::diagnosis::Diagnosis;
use super::flight::Flight;
use super::io::Why;
use super::outbox::{Entry, Outbox};
use super::storm::StormCap;
use super::time::Instant;

/// The steady half of a [`Machine`](super::Machine).
#[derive(Clone, Debug)]
pub struct Upkeep<P> {
    pub(super) rules: Steady,
    pub(super) outbox: Outbox<P>,
    pub(super) flight: Flight<P>,
    pub(super) backoff: Backoff,
    pub(super) storm: StormCap,
    pub(super) offline: bool,
    pub(super) stowed: bool,
    /// When the page last came back from wherever it was, during this connection.
    pub(super) woken: Option<Instant>,
    /// The number of the present session.
    pub(super) epoch: u32,
    pub(super) diagnosis: Diagnosis,
}

impl<P> Upkeep<P> {
    pub(super) fn new(rules: Steady, seed: u64) -> Self {
        Self {
            rules,
            outbox: Outbox::new(),
            flight: Flight::new(),
            backoff: Backoff::new(seed),
            storm: StormCap::default(),
            offline: false,
            stowed: false,
            woken: None,
            epoch: 0,
            diagnosis: Diagnosis::new(),
        }
    }

    /// The bytes of all that is queued or in flight.
    pub(super) fn held(&self) -> u64 {
        self.outbox.bytes().saturating_add(self.flight.bytes())
    }

    /// The oldest message, if one of this size does not fit beside what is queued.
    pub(super) fn crowded_out(&mut self, size: u64) -> Option<Entry<P>> {
        self.outbox.full(&self.rules.queue, size, None).and_then(|_| self.outbox.pop())
    }

    /// Puts the youngest message in flight back into the outbox. Returns it, and why, if it is of no use any more.
    pub(super) fn put_back(&mut self) -> Option<(Entry<P>, Why)> {
        let entry = self.flight.pop_youngest()??;
        if entry.is_stale(self.epoch) {
            return Some((entry, Why::StaleSession));
        }
        self.outbox.put_back(entry).map(|entry| (entry, Why::Replaced))
    }
}
