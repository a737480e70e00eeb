//! A machine that records its inputs.

use super::write::Recorder;
use crate::core::{Config, ConfigError, Effect, Error, Input, Instant, Machine};
use ::core::ops::{Deref, DerefMut};

/// A [`Machine`] with a [`Recorder`]. It is driven in the same way, and dereferences to the machine.
#[derive(Clone, Debug)]
pub struct Recorded<P> {
    machine: Machine<P>,
    recorder: Recorder,
}

impl<P: Clone> Recorded<P> {
    /// [`Machine::new`].
    pub fn new(config: Config, seed: u64) -> Result<Self, ConfigError> {
        let recorder = Recorder::new(&config, seed);
        Ok(Self { machine: Machine::new(config, seed)?, recorder })
    }

    /// [`Machine::handle`], recorded.
    pub fn handle(&mut self, now: Instant, input: Input<P>) -> Result<(), Error> {
        self.recorder.input(now, &input);
        self.machine.handle(now, input)
    }

    /// [`Machine::poll`], recorded.
    pub fn poll(&mut self) -> Option<Effect<P>> {
        let effect = self.machine.poll();
        self.recorder.polled(effect.is_some());
        effect
    }

    /// Returns the trace so far.
    pub fn trace(&self) -> &str {
        self.recorder.text()
    }
}

impl<P> Deref for Recorded<P> {
    type Target = Machine<P>;

    fn deref(&self) -> &Self::Target {
        &self.machine
    }
}

impl<P> DerefMut for Recorded<P> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.machine
    }
}
