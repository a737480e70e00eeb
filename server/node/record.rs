//! A session's record in the form that JavaScript stores: flat, with binary values in hexadecimal, and without the
//! messages.

use std::fmt::Write as _;
use steady_session::{Bits, Digest, Keys, Record, Refusal, Swap, Tombstone};
use wasm_bindgen::prelude::*;

/// A record without its messages.
#[wasm_bindgen(getter_with_clone, skip_typescript)]
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// The session's ID.
    pub id: String,
    /// The hash of the client's secret.
    pub secret: String,
    /// The nonce of the same keys, which identifies the owner.
    pub nonce: String,
    /// The hash of the previous secret; empty if it is no longer valid.
    #[wasm_bindgen(js_name = previousSecret)]
    pub previous_secret: String,
    /// The nonce of the previous keys.
    #[wasm_bindgen(js_name = previousNonce)]
    pub previous_nonce: String,
    /// The client's count of resumes.
    pub attempt: f64,
    /// The hash of the identity.
    pub identity: String,
    /// How long the session survives without a connection, in milliseconds.
    pub life: f64,
    /// The server's window.
    pub window: f64,
    /// The client's window.
    #[wasm_bindgen(js_name = peerWindow)]
    pub peer_window: f64,
    /// How many of the client's messages were handled.
    pub handled: f64,
    /// The total cost of the handled messages.
    #[wasm_bindgen(js_name = handledCost)]
    pub handled_cost: f64,
    /// How many of the server's messages the client has handled.
    pub acked: f64,
    /// The total cost of the acknowledged messages.
    #[wasm_bindgen(js_name = ackedCost)]
    pub acked_cost: f64,
    /// The number of the last write.
    pub seq: f64,
    /// Why the session is over; empty if it is not.
    pub end: String,
    /// How many of the client's messages were handled when it ended.
    #[wasm_bindgen(js_name = endHandled)]
    pub end_handled: f64,
}

#[wasm_bindgen]
impl Head {
    /// Returns an empty head for JavaScript to fill.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Head {
    pub fn of_swap(swap: &Swap) -> Self {
        Self {
            secret: hex(&swap.current.secret),
            nonce: swap.current.nonce.to_string(),
            previous_secret: hex(&swap.previous.secret),
            previous_nonce: swap.previous.nonce.to_string(),
            attempt: swap.attempt as f64,
            ..Self::default()
        }
    }

    pub fn of_record<P>(record: &Record<P>) -> Self {
        let previous = record.previous;
        Self {
            id: record.id.to_string(),
            secret: hex(&record.current.secret),
            nonce: record.current.nonce.to_string(),
            previous_secret: previous.map(|keys| hex(&keys.secret)).unwrap_or_default(),
            previous_nonce: previous.map(|keys| keys.nonce.to_string()).unwrap_or_default(),
            attempt: record.attempt as f64,
            identity: hex(&record.identity),
            life: record.life as f64,
            window: record.window as f64,
            peer_window: record.peer_window as f64,
            handled: record.handled as f64,
            handled_cost: record.handled_cost as f64,
            acked: record.acked as f64,
            acked_cost: record.acked_cost as f64,
            seq: record.seq as f64,
            end: record.end.map(|end| end.why.as_str().to_owned()).unwrap_or_default(),
            end_handled: record.end.map(|end| end.handled as f64).unwrap_or_default(),
        }
    }

    /// Returns the record that a store returned, given the costs of its messages; a negative cost marks a dropped
    /// message. Returns `None` if the record is invalid.
    pub fn record(&self, costs: &[f64]) -> Option<Record<u64>> {
        let keys =
            |secret: &str, nonce: &str| Some(Keys { secret: digest(secret)?, nonce: Bits::parse(nonce)? });
        let previous = match self.previous_secret.as_str() {
            "" => None,
            secret => Some(keys(secret, &self.previous_nonce)?),
        };
        let end = match self.end.as_str() {
            "" => None,
            why => Some(Tombstone { why: Refusal::parse(why)?, handled: count(self.end_handled)? }),
        };
        let acked = count(self.acked)?;
        let message = |(cost, number): (&f64, u64)| match *cost {
            -1.0 => Some(None),
            cost => count(cost).map(|cost| Some((number, cost))),
        };
        Some(Record {
            id: Bits::parse(&self.id)?,
            current: keys(&self.secret, &self.nonce)?,
            previous,
            attempt: count(self.attempt)?,
            identity: digest(&self.identity)?,
            life: count(self.life)?,
            window: count(self.window)?,
            peer_window: count(self.peer_window)?,
            handled: count(self.handled)?,
            handled_cost: count(self.handled_cost)?,
            acked,
            acked_cost: count(self.acked_cost)?,
            held: costs.iter().zip(acked + 1..).map(message).collect::<Option<_>>()?,
            seq: count(self.seq)?,
            end,
        })
    }
}

/// Returns a number that JavaScript represents exactly.
fn count(number: f64) -> Option<u64> {
    let exact = number >= 0.0 && number <= steady_session::GREATEST as f64 && number.fract() == 0.0;
    exact.then_some(number as u64)
}

fn hex(digest: &Digest) -> String {
    digest.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn digest(text: &str) -> Option<Digest> {
    let (first, second) = text.split_at_checked(32)?;
    let (first, second) = (Bits::parse(first)?, Bits::parse(second)?);
    let mut digest = Digest::default();
    let (low, high) = digest.split_at_mut(16);
    low.copy_from_slice(&first.0);
    high.copy_from_slice(&second.0);
    Some(digest)
}
