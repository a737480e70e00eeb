//! The steady socket's machine. `steady.js` and its like are its shell: they own the native sockets, the timer and the
//! page's events, and carry out what the machine asks for.
//!
//! Not [`crate::web`]'s driver, which does the same for Rust: its closures and listeners would cost a page more than
//! the machine itself, and here JavaScript is at hand.

use super::numbers::{effect, event, fate};
use super::table::{self, Kept, machine};
use super::verbs::{input, take_in};
use crate::core::{Attempt, CloseInfo, Diagnosis, Effect, Event, Fate, Input, Instant, Why};
use wasm_bindgen::prelude::*;

#[cfg_attr(npm_alone, wasm_bindgen(raw_module = "border"))]
#[cfg_attr(not(npm_alone), wasm_bindgen(module = "/src/js/border.js"))]
extern "C" {
    /// Has an effect carried out, with what it needs. Only what SAMPLE and ABANDON answer counts. A single function, and of plain numbers, because each import costs a page its name and its wrapper.
    fn carry(effect: i32, a: i32, b: i32, c: f64, d: f64) -> f64;
}

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
    let carry = |effect: u32, a: u32, b, c, d| carry(effect as i32, a as i32, b, c, d);
    let simply = |effect, a| carry(effect, a, 0, 0.0, 0.0);
    match effect {
        Effect::Dial(attempt) => simply(effect::DIAL, attempt),
        Effect::Gate(attempt) => simply(effect::START_GATE, attempt),
        Effect::Ping(attempt) => simply(effect::PING, attempt),
        Effect::Transmit(_, payload) => simply(effect::TRANSMIT, payload.place),
        Effect::Sample(attempt) => {
            let amount = simply(effect::SAMPLE, 0) as u64;
            // Answers are never refused.
            take_in(handle, now, Input::Buffered(attempt, amount)).into()
        }
        Effect::Hangup { code, reason, .. } => {
            table::tell(&reason);
            // With code 0: without one.
            simply(effect::HANG_UP, code.map_or(0, u32::from))
        }
        Effect::Abandon(attempt) => {
            let unsent = simply(effect::ABANDON, 0) as u64;
            take_in(handle, now, Input::Closed { attempt, close_info: CloseInfo::abnormal(), unsent }).into()
        }
        Effect::Ask(attempt) => carry(effect::ASK, attempt, ended(handle), 0.0, 0.0),
        Effect::Fate(ticket, Fate::HandedOver) => {
            carry(effect::FATE, 0, fate::HANDED_OVER as i32, ticket.0 as f64, 0.0)
        }
        Effect::Fate(ticket, Fate::Discarded(why)) => {
            carry(effect::FATE, 0, fate_of(why), ticket.0 as f64, 0.0)
        }
        Effect::Flushed(before) => carry(effect::FLUSHED, 0, 0, before.0 as f64, 0.0),
        Effect::FlushFailed(ticket, why) => {
            carry(effect::FLUSH_FAILED, 0, fate_of(why), ticket.0 as f64, 0.0)
        }
        Effect::Failure(Diagnosis { phase, took, cause }) => {
            // Their numbers are their places.
            carry(effect::FAILURE, phase as u32, ended(handle), took as f64, f64::from(cause as u8))
        }
        Effect::Fire(Event::Open(_)) => simply(effect::FIRE, event::OPEN),
        Effect::Fire(Event::Error) => simply(effect::FIRE, event::ERROR),
        Effect::Fire(Event::Drain) => simply(effect::FIRE, event::DRAIN),
        Effect::Fire(Event::Close) => carry(effect::ENDED, 0, ended(handle), 0.0, 0.0),
        Effect::Fire(Event::Reconnecting { attempt, delay, in_doubt }) => {
            carry(effect::RECONNECTING, attempt, ended(handle), delay as f64, in_doubt as f64)
        }
        Effect::Fire(Event::Discard(ticket, payload, why)) => {
            carry(effect::DISCARD, payload.place, fate_of(why), ticket.0 as f64, 0.0)
        }
    };
}

/// How the connection ended: its code, negative if it was not clean; the reason can be read.
fn ended(handle: u32) -> i32 {
    let Some(machine) = machine(handle) else { return 0 };
    let CloseInfo { code, reason, was_clean } = machine.close_info();
    table::tell(reason);
    let code = i32::from(*code);
    if *was_clean { code } else { -code }
}

/// A reason's number among the fates.
pub(super) const fn fate_of(why: Why) -> i32 {
    let fate = match why {
        Why::Overflow => fate::OVERFLOW,
        Why::Expired => fate::EXPIRED,
        Why::Replaced => fate::REPLACED,
        Why::Cancelled => fate::CANCELLED,
        Why::StaleSession => fate::STALE_SESSION,
        Why::Closed => fate::CLOSED,
        Why::InDoubt => fate::IN_DOUBT,
    };
    fate as i32
}
