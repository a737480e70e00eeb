//! The machine of a strict socket.
//!
//! The platform dispatches events to the socket itself, and a listener of ours would keep an unused socket from being
//! collected. So there is none: each call first passes the native `readyState`, and the machine is told what changed.
//! For the same reason nothing here holds the socket: a call returns what `strict.js` must do to it.

use super::inputs::{decode_input, handle_input};
use super::numbers::answer;
use super::table::{SocketMachine, machine};
use crate::core::{CloseInfo, Effect, Event, Input, Instant, ReadyState};
use wasm_bindgen::prelude::*;

/// The one connection of a strict socket.
const ATTEMPT: u32 = 1;

/// Handles one input. Returns what must be done, as bits; a negative number is a refusal.
#[wasm_bindgen(js_name = handleStrict, skip_typescript)]
pub fn handle_strict(handle: u32, now: f64, kind: u32, a: f64, b: f64) -> i32 {
    match handle_input(handle, Instant::from_millis(now as u64), decode_input(kind, a, b, 0.0)) {
        0 => machine(handle).map_or(0, |mut machine| perform(&mut machine)),
        refusal => refusal,
    }
}

fn perform(machine: &mut SocketMachine) -> i32 {
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
                // The platform dispatches these events.
                _ => continue,
            };
    }
    done
}

/// Tells the machine the native `readyState` and `bufferedAmount`. Returns what must be done, as bits.
#[wasm_bindgen(js_name = syncState, skip_typescript)]
pub fn sync_state(handle: u32, native: u32, amount: f64) -> i32 {
    match machine(handle) {
        Some(mut machine) if native != machine.ready_state() as u32 => {
            catch_up(&mut machine, native, amount as u64)
        }
        _ => 0,
    }
}

fn catch_up(machine: &mut SocketMachine, native: u32, unsent: u64) -> i32 {
    let mut done = 0;
    let mut feed = |input| {
        // Inputs from a connection are never refused.
        let _ = machine.handle(Instant::default(), input);
        done |= perform(machine);
    };
    let state = |state: ReadyState| state as u32;
    if native >= state(ReadyState::Open) {
        feed(Input::Opened(ATTEMPT));
    }
    if native >= state(ReadyState::Closing) {
        feed(Input::PeerClosing(ATTEMPT));
    }
    if native >= state(ReadyState::Closed) {
        // The platform's own `close` event says how it ended.
        feed(Input::Closed { attempt: ATTEMPT, close_info: CloseInfo::abnormal(), unsent });
    }
    done
}
