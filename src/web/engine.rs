//! The machine as a driver sees it: an object, so that an app carries only the machines it asked for.

use crate::core::trace::Recorded;
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
    /// What has happened to it, if it writes that down.
    fn trace(&self) -> Option<&str> {
        None
    }
}

/// Of a [`Recorded`] machine only what happens to it differs.
macro_rules! as_it_is {
    ($driven:ident) => {
        fn handle(&mut self, now: Instant, input: Input<P>) -> Result<(), Error> {
            $driven::handle(self, now, input)
        }

        fn poll(&mut self) -> Option<Effect<P>> {
            $driven::poll(self)
        }

        fn deadline(&mut self) -> Option<Instant> {
            Machine::deadline(self)
        }

        fn ready_state(&self) -> ReadyState {
            Machine::ready_state(self)
        }

        fn attempt(&self) -> Attempt {
            Machine::attempt(self)
        }

        fn awaits(&self, attempt: Attempt) -> bool {
            Machine::awaits(self, attempt)
        }

        fn delivers(&self, attempt: Attempt) -> bool {
            Machine::delivers(self, attempt)
        }

        fn is_pressed(&self) -> bool {
            Machine::is_pressed(self)
        }

        fn buffered_amount(&self, native: u64) -> u64 {
            Machine::buffered_amount(self, native)
        }

        fn next_ticket(&self) -> Ticket {
            Machine::next_ticket(self)
        }

        fn queued(&self) -> (u64, u64) {
            Machine::queued(self)
        }

        fn url(&self) -> &Text {
            Machine::url(self)
        }

        fn protocol(&self) -> &Text {
            Machine::protocol(self)
        }

        fn extensions(&self) -> &Text {
            Machine::extensions(self)
        }

        fn stats(&self) -> &Stats {
            Machine::stats(self)
        }
    };
}

impl<P: Clone, K: Kind> Engine<P> for Machine<P, K> {
    as_it_is!(Machine);
}

impl<P: Clone> Engine<P> for Recorded<P> {
    as_it_is!(Recorded);

    fn trace(&self) -> Option<&str> {
        Some(Recorded::trace(self))
    }
}
