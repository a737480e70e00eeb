//! Of which kind a machine is, so that an app with strict sockets alone carries nothing for the others.

use super::upkeep::Upkeep;
use ::core::convert::Infallible;
use ::core::fmt::Debug;
use ::core::marker::PhantomData;
use ::core::ops::{Deref, DerefMut};
use alloc::boxed::Box;

/// There is one machine. What a strict one has for its steady half is of a type that has no values, so that
/// the compiler knows that it is absent and leaves out whatever asks for it.
pub trait Kind: Clone + Debug {
    /// What only a steady machine has.
    type Half<P>: DerefMut<Target = Upkeep<P>>;
}

/// Strict or steady, as its [`Config`](super::Config) says.
#[derive(Clone, Debug)]
pub struct Either;

/// Strict for good.
#[derive(Clone, Debug)]
pub struct Strict;

/// The steady half of what is never steady.
#[derive(Clone, Debug)]
pub struct Never<P>(Infallible, PhantomData<P>);

impl Kind for Either {
    type Half<P> = Box<Upkeep<P>>;
}

impl Kind for Strict {
    type Half<P> = Never<P>;
}

impl<P> Deref for Never<P> {
    type Target = Upkeep<P>;

    fn deref(&self) -> &Self::Target {
        match self.0 {}
    }
}

impl<P> DerefMut for Never<P> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        match self.0 {}
    }
}
