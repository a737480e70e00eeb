//! A machine that records its inputs.

use super::write::Recorder;
use crate::core::{AnyKind, Config, ConfigError, Effect, Error, Input, Instant, Machine, Text};
use ::core::ops::{Deref, DerefMut};
use alloc::string::String;

/// A [`Machine`] with a [`Recorder`]. It is driven in the same way, and dereferences to the machine.
#[derive(Clone, Debug)]
pub struct Recorded<P, T: Text = String> {
    machine: Machine<P, AnyKind<T>>,
    recorder: Recorder,
}

impl<P: Clone, T: Text> Recorded<P, T> {
    /// [`Machine::new`].
    pub fn new(config: Config, seed: u64) -> Result<Self, ConfigError> {
        let recorder = Recorder::new(&config, seed);
        Ok(Self { machine: Machine::new(config, seed)?, recorder })
    }

    /// [`Machine::handle`], recorded.
    pub fn handle(&mut self, now: Instant, input: Input<P, T>) -> Result<(), Error> {
        self.recorder.input(now, &input);
        self.machine.handle(now, input)
    }

    /// [`Machine::poll`], recorded.
    pub fn poll(&mut self) -> Option<Effect<P, T>> {
        let effect = self.machine.poll();
        self.recorder.polled(effect.is_some());
        effect
    }

    /// No credit, so that every message is recorded.
    pub const fn credit(&self) -> u64 {
        0
    }

    /// Returns the trace so far.
    pub fn trace(&self) -> &str {
        self.recorder.text()
    }
}

impl<P, T: Text> Deref for Recorded<P, T> {
    type Target = Machine<P, AnyKind<T>>;

    fn deref(&self) -> &Self::Target {
        &self.machine
    }
}

impl<P, T: Text> DerefMut for Recorded<P, T> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.machine
    }
}
