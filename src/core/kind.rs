//! Of which kind a machine is, so that an app with strict sockets alone carries nothing for the others.

use super::config::Steady;
use ::core::convert::Infallible;
use ::core::fmt::Debug;

/// There is one machine. In a strict one the steady rules are of a type that has no values, so that
/// the compiler knows that they are absent and leaves out whatever asks for them.
pub trait Kind: Clone + Debug {
    /// What it knows of being steady, if it is.
    type Rules: Clone + Debug + Rules;
}

/// Steady rules, or what stands for their absence.
pub trait Rules {
    /// The rules.
    fn rules(&self) -> &Steady;
}

/// Strict or steady, as its [`Config`](super::Config) says.
#[derive(Clone, Debug)]
pub struct Either;

/// Strict for good.
#[derive(Clone, Debug)]
pub struct Strict;

impl Kind for Either {
    type Rules = Steady;
}

impl Kind for Strict {
    type Rules = Infallible;
}

impl Rules for Steady {
    fn rules(&self) -> &Steady {
        self
    }
}

impl Rules for Infallible {
    fn rules(&self) -> &Steady {
        match *self {}
    }
}
