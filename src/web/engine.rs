//! The machine as a driver sees it: an object, so that an app carries only the machines it asked for.

use crate::core::{Attempt, Effect, Error, Input, Instant, Kind, Machine, ReadyState, Stats, Text, Ticket};

/// What [`Machine`] does, method by method.
pub(crate) trait Engine<P> {
    fn handle(&mut self, now: Instant, input: Input<P>) -> Result<(), Error>;
    fn poll(&mut self) -> Option<Effect<P>>;
    fn deadline(&mut self) -> Option<Instant>;
    fn ready_state(&self) -> ReadyState;
    fn attempt(&self) -> Attempt;
    fn awaits(&self, attempt: Attempt) -> bool;
    fn delivers(&self, attempt: Attempt) -> bool;
    fn is_pressed(&self) -> bool;
    fn buffered_amount(&self, native: u64) -> u64;
    fn next_ticket(&self) -> Ticket;
    fn queued(&self) -> (u64, u64);
    fn url(&self) -> &Text;
    fn protocol(&self) -> &Text;
    fn extensions(&self) -> &Text;
    fn stats(&self) -> &Stats;
}

impl<P: Clone, K: Kind> Engine<P> for Machine<P, K> {
    fn handle(&mut self, now: Instant, input: Input<P>) -> Result<(), Error> {
        self.handle(now, input)
    }

    fn poll(&mut self) -> Option<Effect<P>> {
        self.poll()
    }

    fn deadline(&mut self) -> Option<Instant> {
        self.deadline()
    }

    fn ready_state(&self) -> ReadyState {
        self.ready_state()
    }

    fn attempt(&self) -> Attempt {
        self.attempt()
    }

    fn awaits(&self, attempt: Attempt) -> bool {
        self.awaits(attempt)
    }

    fn delivers(&self, attempt: Attempt) -> bool {
        self.delivers(attempt)
    }

    fn is_pressed(&self) -> bool {
        self.is_pressed()
    }

    fn buffered_amount(&self, native: u64) -> u64 {
        self.buffered_amount(native)
    }

    fn next_ticket(&self) -> Ticket {
        self.next_ticket()
    }

    fn queued(&self) -> (u64, u64) {
        self.queued()
    }

    fn url(&self) -> &Text {
        self.url()
    }

    fn protocol(&self) -> &Text {
        self.protocol()
    }

    fn extensions(&self) -> &Text {
        self.extensions()
    }

    fn stats(&self) -> &Stats {
        self.stats()
    }
}
