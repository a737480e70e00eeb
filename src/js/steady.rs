//! The machine of a steady socket. Its shell is JavaScript (`steady.js`), which owns the native sockets, the timer and
//! the page's listeners, and performs the effects.
//!
//! The driver in [`crate::web`] does the same for Rust, but its closures and listeners would cost a page more bytes than
//! the machine itself.

use super::inputs::{decode_input, handle_input};
use super::numbers::{effect, event, fate};
use super::table::{PayloadIndex, machine};
use super::text::StoredText;
use crate::core::{Attempt, CloseInfo, Diagnosis, Effect, Event, Fate, Input, Instant, LostMessage, Why};
use wasm_bindgen::prelude::*;

#[cfg_attr(npm_alone, wasm_bindgen(raw_module = "border"))]
#[cfg_attr(not(npm_alone), wasm_bindgen(module = "/src/js/border.js"))]
extern "C" {
    /// Performs an effect with its arguments. Only SAMPLE and ABANDON return something: a number of bytes. One function
    /// with plain numbers, because each import costs a page its name and a wrapper.
    #[wasm_bindgen(js_name = effect)]
    fn perform_effect(effect: i32, a: i32, b: i32, c: f64, d: f64) -> f64;
}

/// Handles one input and performs its effects. Returns the ready state, or a refusal. Nothing is borrowed during an
/// effect, because JavaScript may then create, use or free any socket.
#[wasm_bindgen(js_name = handleSteady, skip_typescript)]
pub fn handle_steady(handle: u32, now: f64, kind: u32, a: f64, b: f64, c: f64) -> i32 {
    let now = Instant::from_millis(now as u64);
    let refusal = handle_input(handle, now, decode_input(kind, a, b, c));
    if refusal < 0 {
        return refusal;
    }
    while let Some(effect) = machine(handle).and_then(|mut machine| machine.poll()) {
        perform(handle, now, effect);
    }
    machine(handle).map_or(0, |machine| machine.ready_state() as i32)
}

/// Handles a received message, and returns whether it is for the application. Has no effects, so that none are polled
/// for each message.
#[wasm_bindgen(js_name = handleMessage, skip_typescript)]
pub fn handle_message(handle: u32, now: f64, attempt: Attempt, size: f64, pong: bool) -> bool {
    let wanted = !pong && machine(handle).is_some_and(|machine| machine.delivers(attempt));
    handle_input(
        handle,
        Instant::from_millis(now as u64),
        Input::Received { attempt, size: size as u64, pong },
    );
    wanted
}

fn perform(handle: u32, now: Instant, effect: Effect<PayloadIndex, StoredText>) {
    let send = |effect: u32, a: u32, b, c, d| perform_effect(effect as i32, a as i32, b, c, d);
    let send_simple = |effect, a| send(effect, a, 0, 0.0, 0.0);
    match effect {
        Effect::Dial(attempt) => send_simple(effect::DIAL, attempt),
        Effect::Gate(attempt) => send_simple(effect::START_GATE, attempt),
        Effect::Ping(attempt) => send_simple(effect::PING, attempt),
        Effect::Transmit(_, payload) => send_simple(effect::TRANSMIT, payload),
        Effect::Sample(attempt) => {
            let amount = send_simple(effect::SAMPLE, 0) as u64;
            // Samples are never refused.
            handle_input(handle, now, Input::Buffered(attempt, amount)).into()
        }
        // Code 0 stands for no code. The reason is the application's.
        Effect::Hangup { code, .. } => send_simple(effect::HANG_UP, code.map_or(0, u32::from)),
        Effect::Abandon(attempt) => {
            let unsent = send_simple(effect::ABANDON, 0) as u64;
            handle_input(handle, now, Input::Closed { attempt, close_info: CloseInfo::abnormal(), unsent })
                .into()
        }
        Effect::Ask(attempt) => send(effect::ASK, attempt, close_info(handle), 0.0, 0.0),
        Effect::Fate(ticket, payload, fate) => {
            let fate = match fate {
                Fate::HandedOver => fate::HANDED_OVER as i32,
                Fate::Discarded(why) => fate_of(why),
            };
            send(effect::FATE, payload, fate, ticket.0 as f64, 0.0)
        }
        Effect::Flushed(before) => send(effect::FLUSHED, 0, 0, before.0 as f64, 0.0),
        Effect::FlushFailed(LostMessage { number, ticket, why }) => {
            send(effect::FLUSH_FAILED, number as u32, fate_of(why), ticket.0 as f64, 0.0)
        }
        Effect::Failure(Diagnosis { phase, took, cause }) => {
            // Their numbers are their discriminants.
            send(effect::FAILURE, phase as u32, close_info(handle), took as f64, f64::from(cause as u8))
        }
        Effect::Fire(Event::Open(_)) => send_simple(effect::FIRE, event::OPEN),
        Effect::Fire(Event::Error) => send_simple(effect::FIRE, event::ERROR),
        Effect::Fire(Event::Drain) => send_simple(effect::FIRE, event::DRAIN),
        Effect::Fire(Event::Close) => send(effect::ENDED, 0, close_info(handle), 0.0, 0.0),
        Effect::Fire(Event::Reconnecting { attempt, delay, in_doubt }) => {
            send(effect::RECONNECTING, attempt, close_info(handle), delay as f64, in_doubt as f64)
        }
        Effect::Fire(Event::Discard(ticket, payload, why)) => {
            send(effect::DISCARD, payload, fate_of(why), ticket.0 as f64, 0.0)
        }
    };
}

/// Returns how the last connection ended: the close code times 4 and the number of the reason, negative if the closing was
/// not clean.
fn close_info(handle: u32) -> i32 {
    let Some(machine) = machine(handle) else { return 0 };
    let CloseInfo { code, reason, was_clean } = machine.close_info();
    let number = i32::from(*code) << 2 | reason.number as i32;
    if *was_clean { number } else { -number }
}

/// Returns the number of a reason among the fates.
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
