//! The strict socket's machine.
//!
//! The platform dispatches to the socket by itself, and a listener of ours would keep an unused one from being
//! collected. So there is none: each verb brings the native `readyState` along, and what has happened since
//! the last one is caught up with. For the same reason nothing here holds the socket: what is to be done to it
//! is the verb's answer, and `strict.js` does it.

use super::numbers::answer;
use super::table::{Held, Kept, machine};
use super::verbs::{input, take_in};
use crate::core::{CloseInfo, Effect, Event, Input, Instant, ReadyState};
use wasm_bindgen::prelude::*;

/// The one connection of a strict socket.
const ATTEMPT: u32 = 1;

/// Takes one input in; the answer says what is to be done, as bits. A negative one is a refusal.
#[wasm_bindgen(skip_typescript)]
pub fn strict(handle: u32, now: f64, verb: u32, a: f64, b: f64) -> i32 {
    match take_in(handle, Instant::from_millis(now as u64), input(verb, a, b, 0.0)) {
        0 => machine(handle).map_or(0, |mut machine| carry_out(&mut machine)),
        refusal => refusal,
    }
}

fn carry_out(machine: &mut Held<Kept>) -> i32 {
    let mut done = 0;
    while let Some(effect) = machine.poll() {
        done |= 1
            << match effect {
                Effect::Transmit(..) => answer::TRANSMIT,
                Effect::Hangup { .. } => answer::HANG_UP,
                Effect::Sample(_) => answer::SAMPLE,
                Effect::Fire(Event::Drain) => answer::DRAIN,
                Effect::Flushed(_) => answer::FLUSHED,
                Effect::FlushFailed(..) => answer::FLUSH_FAILED,
                // The platform has told the application, or is about to.
                _ => continue,
            };
    }
    done
}

/// Catches up with the native socket's `readyState` and `bufferedAmount`; the answer says what is to be done.
#[wasm_bindgen(skip_typescript)]
pub fn follow(handle: u32, native: u32, amount: f64) -> i32 {
    match machine(handle) {
        Some(mut machine) if native != machine.ready_state() as u32 => {
            pursue(&mut machine, native, amount as u64)
        }
        _ => 0,
    }
}

fn pursue(machine: &mut Held<Kept>, native: u32, unsent: u64) -> i32 {
    let mut done = 0;
    let mut tell = |input| {
        // What comes from below is never refused.
        let _ = machine.handle(Instant::default(), input);
        done |= carry_out(machine);
    };
    let state = |state: ReadyState| state as u32;
    if native >= state(ReadyState::Open) {
        tell(Input::Opened(ATTEMPT));
    }
    if native >= state(ReadyState::Closing) {
        tell(Input::PeerClosing(ATTEMPT));
    }
    if native >= state(ReadyState::Closed) {
        // How it ended the platform tells by itself.
        tell(Input::Closed { attempt: ATTEMPT, close_info: CloseInfo::abnormal(), unsent });
    }
    done
}
