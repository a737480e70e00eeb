//! The session protocol of steady-websocket: every message exactly once and in order, both ways, over any
//! number of connections. `PROTOCOL.md` beside this crate describes it for other implementations.

#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod escape;
mod frame;
mod keys;
mod limits;
mod loss;
mod negotiation;
mod parse;

#[cfg(test)]
mod tests;

pub use escape::{Incoming, cost_of_binary, cost_of_text, escape, incoming};
pub use frame::Frame;
pub use keys::{Bits, Digest, Fresh, HashFunction, Keys};
pub use limits::{ACK_AFTER, ACK_EVERY, Config, GREATEST, HELLO_WITHIN, LONGEST_FRAME, Millis, STORE_WITHIN};
pub use loss::{Count, Loss, Refusal, close_codes};
pub use negotiation::{Agreed, Fallback, SUBPROTOCOL, agree, choose, offer};
pub use parse::{Malformed, parse};
