//! The kind of a machine as a type, so that an app with only strict sockets carries no code for steady ones.

use super::io::Text;
use super::steady_state::SteadyState;
use ::core::convert::Infallible;
use ::core::fmt::Debug;
use ::core::marker::PhantomData;
use ::core::ops::{Deref, DerefMut};
use alloc::boxed::Box;
use alloc::string::String;

/// Selects the type of the steady half. A strict machine's has no values, so the compiler removes the code
/// that uses it.
pub trait MachineKind: Clone + Debug {
    /// The type of its texts.
    type Text: Text;
    /// The state that only a steady machine has.
    type SteadyHalf<P>: DerefMut<Target = SteadyState<P>>;
}

/// Strict or steady, as its [`Config`](super::Config) specifies.
#[derive(Clone, Debug)]
pub struct AnyKind<T = String>(PhantomData<T>);

/// Always strict.
#[derive(Clone, Debug)]
pub struct StrictOnly;

/// The steady half of a strict machine: it has no values.
#[derive(Clone, Debug)]
pub struct NoSteadyState<P>(Infallible, PhantomData<P>);

impl<T: Text> MachineKind for AnyKind<T> {
    type Text = T;
    type SteadyHalf<P> = Box<SteadyState<P>>;
}

impl MachineKind for StrictOnly {
    type Text = String;
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
