//! Of which kind a machine is, so that an app with strict sockets alone carries nothing for the others.

use super::steady_state::SteadyState;
use ::core::convert::Infallible;
use ::core::fmt::Debug;
use ::core::marker::PhantomData;
use ::core::ops::{Deref, DerefMut};
use alloc::boxed::Box;

/// There is one machine. What a strict one has for its steady half is of a type that has no values, so that
/// the compiler knows that it is absent and leaves out whatever asks for it.
pub trait MachineKind: Clone + Debug {
    /// What only a steady machine has.
    type SteadyHalf<P>: DerefMut<Target = SteadyState<P>>;
}

/// Strict or steady, as its [`Config`](super::Config) says.
#[derive(Clone, Debug)]
pub struct AnyKind;

/// Strict for good.
#[derive(Clone, Debug)]
pub struct StrictOnly;

/// The steady half of what is never steady.
#[derive(Clone, Debug)]
pub struct NoSteadyState<P>(Infallible, PhantomData<P>);

impl MachineKind for AnyKind {
    type SteadyHalf<P> = Box<SteadyState<P>>;
}

impl MachineKind for StrictOnly {
    type SteadyHalf<P> = NoSteadyState<P>;
}

impl<P> Deref for NoSteadyState<P> {
    type Target = SteadyState<P>;

    fn deref(&self) -> &Self::Target {
        match self.0 {}
    }
}

impl<P> DerefMut for NoSteadyState<P> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        match self.0 {}
    }
}
