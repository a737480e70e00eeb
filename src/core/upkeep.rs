//! What only a steady machine holds: its rules, and whatever outlives a connection.

use super::backoff::Backoff;
use super::config::Steady;
use super::flight::Flight;
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
        }
    }

    /// The bytes of all that is queued or in flight.
    pub(super) fn held(&self) -> u64 {
        self.outbox.bytes().saturating_add(self.flight.bytes())
    }

    /// The oldest message, if one of this size does not fit beside what is queued.
    pub(super) fn crowded_out(&mut self, size: u64) -> Option<Entry<P>> {
        if self.outbox.fits(&self.rules.queue, size, None) { None } else { self.outbox.pop() }
    }

    /// The youngest message in flight goes back into the outbox; it is the answer if a newer one with its key
    /// has taken its place.
    pub(super) fn put_back(&mut self) -> Option<Entry<P>> {
        self.outbox.put_back(self.flight.pop_youngest()??)
    }
}
