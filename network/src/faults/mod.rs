//! Faults by name: what a server does to a connection, as a URL asks for it.
//!
//! They are state machines without I/O: [`Fault::parse`] reads a URL, [`Fault::opening`] says how the handshake is
//! answered, [`Fault::start`] begins a [`Run`], which hears of messages, room to send and the time, and gives back what
//! is to be done. The fault server runs them over TCP, [`Peer::fault`](crate::Peer::fault) in memory. The README of
//! `tests/server` lists them.

mod frames;
mod opening;
mod run;
mod script;
mod target;
pub(crate) mod violate;

pub use opening::{Flaw, Offer, Opening};
pub use run::{Input, Output, Payload, Reading, Run};
pub use target::Target;
pub(crate) use target::decode;

use script::Script;
use std::time::Duration;

/// How TCP ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Orderly, after what was written.
    Fin,
    /// By a reset: what the peer has not received is lost.
    Rst,
}

/// A fault and its parameters.
#[derive(Clone, Debug)]
pub struct Fault {
    opening: Opening,
    delay: Duration,
    protocol: Option<String>,
    script: Script,
}

impl Fault {
    /// Parses a URL's path and query. An error names the invalid parameter.
    pub fn parse(target: &Target) -> Result<Self, String> {
        let opening = match target.path.as_str() {
            "/refuse" => opening::refuse(target)?,
            "/blackhole" => Opening::BlackHole,
            _ => Opening::Accept(Flaw::None),
        };
        Ok(Self {
            opening,
            delay: Duration::from_millis(target.number_or("delay_ms", 0)?),
            protocol: target.get("protocol").map(str::to_owned),
            script: Script::parse(target)?,
        })
    }

    /// Returns how the handshake is answered.
    pub fn opening(&self) -> &Opening {
        &self.opening
    }

    /// Returns how long the answer is delayed.
    pub fn delay(&self) -> Duration {
        self.delay
    }

    /// Returns the chosen sub-protocol.
    pub fn choose_protocol(&self, offered: &[&str]) -> Option<String> {
        let mut offered = offered.iter();
        let chosen = match &self.protocol {
            Some(name) => offered.find(|&&one| one == name),
            None => offered.next(),
        };
        chosen.map(|&one| one.to_owned())
    }

    /// Returns whether it sends endlessly, as fast as the link allows.
    pub(crate) fn is_endless(&self) -> bool {
        self.script.is_endless()
    }

    /// Starts on a connection that has just opened.
    pub fn start<M: Payload>(self, now: Duration, offer: &Offer<'_>) -> Run<M> {
        Run::start(self.script, now, offer)
    }
}
