//! The steady socket's machine. `steady.js` and its like are its shell: they own the native sockets, the timer and the
//! page's events, and carry out what the machine asks for.
//!
//! Not [`crate::web`]'s driver, which does the same for Rust: its closures and listeners would cost a page more than
//! the machine itself, and here JavaScript is at hand.

use super::table::{self, Kept, machine};
use super::verbs::{input, take_in};
use crate::core::{Attempt, Closure, Effect, Event, Failure, Fate, Input, Instant, Why};
use wasm_bindgen::prelude::*;

#[cfg_attr(npm_alone, wasm_bindgen(raw_module = "border"))]
#[cfg_attr(not(npm_alone), wasm_bindgen(module = "/src/js/border.js"))]
extern "C" {
    /// Has an effect carried out: one of those below, with what it needs. Only what `sample` and `abandon` answer
    /// counts. A single function, and of plain numbers, because each import costs a page its name and its wrapper.
    fn carry(handle: i32, effect: i32, a: i32, b: i32, c: f64, d: f64) -> f64;
}

// What `effects.js` does, by the place it has there.
const DIAL: i32 = 0;
const GATE: i32 = 1;
const PING: i32 = 2;
const ASK: i32 = 3;
const TRANSMIT: i32 = 4;
/// What the native socket has not sent yet.
const SAMPLE: i32 = 5;
/// With code 0: without one.
const HANG_UP: i32 = 6;
/// What it had not sent when it was let go of.
const ABANDON: i32 = 7;
const TELL: i32 = 8;
const ENDED: i32 = 9;
const RECONNECTING: i32 = 10;
const DISCARD: i32 = 11;
const FATE: i32 = 12;
const FLUSHED: i32 = 13;
const FLUSH_FAILED: i32 = 14;
const FAILURE: i32 = 15;

/// Takes one input in and has carried out what follows; answers with the ready state, or a refusal. Nothing is borrowed
/// meanwhile: whoever is called may make, use or free sockets, this one too.
#[wasm_bindgen(skip_typescript)]
pub fn steady(handle: u32, now: f64, verb: u32, a: f64, b: f64, c: f64) -> i32 {
    let now = Instant::from_millis(now as u64);
    let refusal = take_in(handle, now, input(verb, a, b, c));
    if refusal < 0 {
        return refusal;
    }
    while let Some(effect) = machine(handle).and_then(|mut machine| machine.poll()) {
        carry_out(handle, now, effect);
    }
    machine(handle).map_or(0, |machine| machine.ready_state() as i32)
}

/// A message arrived; whether it is for the application. The one input that is taken in without a round of effects: it
/// has none, and comes for every message.
#[wasm_bindgen(skip_typescript)]
pub fn received(handle: u32, now: f64, attempt: Attempt, size: f64, pong: bool) -> bool {
    let wanted = !pong && machine(handle).is_some_and(|machine| machine.delivers(attempt));
    take_in(handle, Instant::from_millis(now as u64), Input::Received { attempt, size: size as u64, pong });
    wanted
}

fn carry_out(handle: u32, now: Instant, effect: Effect<Kept>) {
    let carry = |effect, a: u32, b, c, d| carry(handle as i32, effect, a as i32, b, c, d);
    let simply = |effect, a| carry(effect, a, 0, 0.0, 0.0);
    match effect {
        Effect::Dial(attempt) => simply(DIAL, attempt),
        Effect::Gate(attempt) => simply(GATE, attempt),
        Effect::Ping(attempt) => simply(PING, attempt),
        Effect::Transmit(_, payload) => simply(TRANSMIT, payload.place),
        Effect::Sample(attempt) => {
            let amount = simply(SAMPLE, 0) as u64;
            // Answers are never refused.
            take_in(handle, now, Input::Buffered(attempt, amount)).into()
        }
        Effect::Hangup { code, reason, .. } => {
            table::tell(&reason);
            simply(HANG_UP, code.map_or(0, u32::from))
        }
        Effect::Abandon(attempt) => {
            let unsent = simply(ABANDON, 0) as u64;
            take_in(handle, now, Input::Closed { attempt, closure: Closure::abnormal(), unsent }).into()
        }
        Effect::Ask(attempt) => carry(ASK, attempt, ended(handle), 0.0, 0.0),
        Effect::Fate(ticket, Fate::HandedOver) => carry(FATE, 0, 0, ticket.0 as f64, 0.0),
        Effect::Fate(ticket, Fate::Discarded(why)) => carry(FATE, 0, reason(why), ticket.0 as f64, 0.0),
        Effect::Fire(Event::Open(_)) => simply(TELL, 0),
        Effect::Fire(Event::Error) => simply(TELL, 1),
        Effect::Fire(Event::Drain) => simply(TELL, 2),
        Effect::Flushed(before) => carry(FLUSHED, 0, 0, before.0 as f64, 0.0),
        Effect::FlushFailed(ticket, why) => carry(FLUSH_FAILED, 0, reason(why), ticket.0 as f64, 0.0),
        Effect::Failure(failure) => {
            let Failure { phase, took, cause } = failure;
            // By their places in `failure.js`'s lists.
            carry(FAILURE, phase as u32, ended(handle), took as f64, f64::from(cause as u8))
        }
        Effect::Fire(Event::Close) => carry(ENDED, 0, ended(handle), 0.0, 0.0),
        Effect::Fire(Event::Reconnecting { attempt, delay, in_doubt }) => {
            carry(RECONNECTING, attempt, ended(handle), delay as f64, in_doubt as f64)
        }
        Effect::Fire(Event::Discard(ticket, payload, why)) => {
            carry(DISCARD, payload.place, reason(why), ticket.0 as f64, 0.0)
        }
    };
}

/// How the connection ended: its code, negative if it was not clean; the reason can be read.
fn ended(handle: u32) -> i32 {
    let Some(machine) = machine(handle) else { return 0 };
    let Closure { code, reason, was_clean } = machine.closure();
    table::tell(reason);
    let code = i32::from(*code);
    if *was_clean { code } else { -code }
}

/// Its place in `outcomes.js`'s list.
pub(super) const fn reason(why: Why) -> i32 {
    match why {
        Why::Overflow => 1,
        Why::Expired => 2,
        Why::Replaced => 3,
        Why::Cancelled => 4,
        Why::StaleSession => 5,
        Why::Closed => 6,
        Why::InDoubt => 7,
    }
}
