//! The strict socket's machine.
//!
//! The platform dispatches to the socket by itself, and a listener of ours would keep an unused one from being
//! collected. So there is none: each verb brings the native `readyState` along, and what has happened since
//! the last one is caught up with. For the same reason nothing here holds the socket: what is to be done to it
//! is the verb's answer, and `strict.js` does it.

use super::slab::{self, Slab};
use super::{NO_CODE, verdict};
use crate::core::{Closure, Config, Effect, Event, Input, Instant, Machine, Message, ReadyState};
use std::cell::RefCell;
use wasm_bindgen::prelude::*;

/// What is to be done, in this order, as bits of a verb's answer; a negative answer is a refusal.
const TRANSMIT: i32 = 1;
const HANG_UP: i32 = 2;
const DRAIN: i32 = 4;
const FLUSHED: i32 = 8;
const SAMPLE: i32 = 16;

/// The one connection of a strict socket.
const ATTEMPT: u32 = 1;

thread_local! {
    static SOCKETS: RefCell<Slab<Machine<JsValue>>> = const { RefCell::new(Slab::new()) };
}

#[wasm_bindgen(skip_typescript)]
pub fn strict_new(high: f64, low: f64) -> u32 {
    let mut config = Config::default();
    (config.flow.high, config.flow.low) = (high as u64, low as u64);
    // Chance plays no part in a socket that never tries again.
    let Ok(mut machine) = Machine::new(config, 0) else { return u32::MAX };
    let _ = machine.handle(Instant::default(), Input::Connect);
    let _ = machine.handle(Instant::default(), Input::Dialed(ATTEMPT, "".into()));
    carry_out(&mut machine);
    SOCKETS.with(|sockets| sockets.borrow_mut().insert(machine))
}

#[wasm_bindgen(skip_typescript)]
pub fn strict_free(handle: u32) {
    let _gone = SOCKETS.with(|sockets| sockets.borrow_mut().remove(handle));
}

/// `readyState`.
#[wasm_bindgen(skip_typescript)]
pub fn strict_state(handle: u32, native: u32, amount: f64) -> u32 {
    follow(handle, native, amount, |machine| machine.ready_state() as u32)
}

/// `bufferedAmount`.
#[wasm_bindgen(skip_typescript)]
pub fn strict_buffered(handle: u32, native: u32, amount: f64) -> f64 {
    follow(handle, native, amount, |machine| machine.buffered_amount(amount as u64) as f64)
}

#[wasm_bindgen(skip_typescript)]
pub fn strict_send(handle: u32, native: u32, amount: f64, now: f64, size: f64) -> i32 {
    let message = Message::new(JsValue::UNDEFINED, size as u64);
    act(handle, native, amount, now, Input::Send(message))
}

/// `close(code, reason)`; the code is negative if there is none.
#[wasm_bindgen(skip_typescript)]
pub fn strict_close(handle: u32, native: u32, amount: f64, now: f64, code: i32, reason: &JsValue) -> i32 {
    let reason = reason.as_string().unwrap_or_default().into();
    let code = (code != NO_CODE).then_some(code as u16);
    act(handle, native, amount, now, Input::Close { code, reason })
}

/// Somebody waits for everything to be handed over.
#[wasm_bindgen(skip_typescript)]
pub fn strict_watch(handle: u32, native: u32, amount: f64, now: f64) -> i32 {
    act(handle, native, amount, now, Input::Watch)
}

/// The answer to [`SAMPLE`]; and time has passed.
#[wasm_bindgen(skip_typescript)]
pub fn strict_sampled(handle: u32, native: u32, amount: f64, now: f64) -> i32 {
    act(handle, native, amount, now, Input::Buffered(ATTEMPT, amount as u64))
}

#[wasm_bindgen(skip_typescript)]
pub fn strict_tick(handle: u32, native: u32, amount: f64, now: f64) -> i32 {
    act(handle, native, amount, now, Input::Tick)
}

/// Whether the application should pause.
#[wasm_bindgen(skip_typescript)]
pub fn strict_pressed(handle: u32) -> bool {
    SOCKETS.with(|sockets| slab::with(sockets, handle, |machine| machine.is_pressed())).unwrap_or(false)
}

/// When to come back with [`strict_tick`], in milliseconds from now; negative for never.
#[wasm_bindgen(skip_typescript)]
pub fn strict_deadline(handle: u32, now: f64) -> f64 {
    let due = |machine: &mut Machine<JsValue>| {
        machine.deadline().map_or(-1.0, |at| at.since(Instant::from_millis(now as u64)) as f64)
    };
    SOCKETS.with(|sockets| slab::with(sockets, handle, due)).unwrap_or(-1.0)
}

fn act(handle: u32, native: u32, amount: f64, now: f64, input: Input<JsValue>) -> i32 {
    follow(handle, native, amount, |machine| {
        machine.handle(Instant::from_millis(now as u64), input).map_or_else(verdict, |()| carry_out(machine))
    })
}

fn carry_out(machine: &mut Machine<JsValue>) -> i32 {
    let mut done = 0;
    while let Some(effect) = machine.poll() {
        done |= match effect {
            Effect::Transmit(..) => TRANSMIT,
            Effect::Hangup { .. } => HANG_UP,
            Effect::Sample(_) => SAMPLE,
            Effect::Fire(Event::Drain) => DRAIN,
            Effect::Fire(Event::Flushed) => FLUSHED,
            // The platform has told the application, or is about to.
            _ => 0,
        };
    }
    done
}

/// Catches up with the native socket, then looks at the machine.
fn follow<R: Default>(
    handle: u32,
    native: u32,
    amount: f64,
    look: impl FnOnce(&mut Machine<JsValue>) -> R,
) -> R {
    let catch_up = |machine: &mut Machine<JsValue>| {
        if native != machine.ready_state() as u32 {
            pursue(machine, native, amount as u64);
        }
        look(machine)
    };
    SOCKETS.with(|sockets| slab::with(sockets, handle, catch_up)).unwrap_or_default()
}

fn pursue(machine: &mut Machine<JsValue>, native: u32, unsent: u64) {
    let mut tell = |input| {
        let _ = machine.handle(Instant::default(), input);
        carry_out(machine);
    };
    let state = |state: ReadyState| state as u32;
    if native >= state(ReadyState::Open) {
        let nothing: crate::core::Text = "".into();
        tell(Input::Opened { attempt: ATTEMPT, protocol: nothing.clone(), extensions: nothing });
    }
    if native >= state(ReadyState::Closing) {
        tell(Input::Parting(ATTEMPT));
    }
    if native >= state(ReadyState::Closed) {
        // How it ended the platform tells by itself.
        let closure = Closure { code: 1006, reason: "".into(), was_clean: false };
        tell(Input::Closed { attempt: ATTEMPT, closure, unsent });
    }
}
