//! The session protocol of steady-websocket: every message exactly once and in order, both ways, over any
//! number of connections. `PROTOCOL.md` beside this crate describes it for other implementations.
//!
//! **The contract: mutate, drain, repeat.** After each `handle` of a [`Client`] or a [`Server`], call `poll` until it
//! returns `None` and carry every [`Effect`] out in order; then set one timer for `deadline` and come back with
//! `Input::Tick`. No call of the application's happens inside the machines: they have no callbacks.
//!
//! The machines have no clock, no randomness and do no I/O: moments, random bits and the hash function are arguments.
//! Payloads are opaque handles `P` on their way out, and never enter on their way in: an arriving message is a cost.

#![no_std]

extern crate alloc;
#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
extern crate std;

mod client;
mod counts;
mod effect;
mod escape;
mod frame;
mod keys;
mod limits;
mod loss;
mod negotiation;
mod parse;
mod receiver;
mod sender;
mod server;
mod store;

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;

pub use client::{Client, Input as ClientInput, Mode};
pub use counts::Stats;
pub use effect::{Connection, Effect, Error, Event, Fate};
pub use escape::{Incoming, cost_of_binary, cost_of_text, escape, incoming};
pub use frame::Frame;
pub use keys::{Bits, Digest, Fresh, HashFunction, Keys};
pub use limits::{Config, GREATEST, Millis, STORE_WITHIN};
pub use loss::{Count, Loss, Refusal, close_codes};
pub use negotiation::{Agreed, Fallback, SUBPROTOCOL, agree, choose, offer};
pub use parse::{Malformed, parse};
pub use server::{Input as ServerInput, Resume, Server};
pub use store::{Record, StoreError, Swap, Tombstone, Write};

/// Compiles the examples of the crate's page.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
