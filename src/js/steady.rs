//! The steady socket's machine. `steady.js` is its shell: it owns the native sockets, the timer and the page's
//! events, and carries out what the machine asks for.
//!
//! Not [`crate::web`]'s driver, which does the same for Rust: its closures and listeners would cost a page more than
//! the machine itself, and here JavaScript is at hand.

use super::NO_CODE;
use super::table::{self, Kept, with};
use super::verbs::{input, look, take_in};
use crate::core::{Attempt, Closure, Effect, Event, Fate, Input, Instant, Why};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/js/steady.js")]
extern "C" {
    fn dial(handle: u32, attempt: Attempt);
    fn gate(handle: u32, attempt: Attempt);
    fn ping(handle: u32, attempt: Attempt);
    fn ask(handle: u32, attempt: Attempt, code: u32, was_clean: bool);
    fn transmit(handle: u32, payload: u32);
    /// What the native socket has not sent yet.
    fn sample(handle: u32) -> f64;
    fn hangup(handle: u32, code: i32);
    /// What it had not sent when it was let go of.
    fn abandon(handle: u32) -> f64;
    fn tell(handle: u32, kind: u32);
    fn ended(handle: u32, code: u32, was_clean: bool);
    fn reconnecting(handle: u32, attempt: Attempt, delay: f64, in_doubt: f64, code: u32, was_clean: bool);
    fn discard(handle: u32, ticket: f64, payload: u32, why: u32);
    fn fate(handle: u32, ticket: f64, fate: u32);
    /// Come back at this moment, or before; negative for never.
    fn arm(handle: u32, deadline: f64);
}

/// Takes one input in and has carried out what follows. Nothing is borrowed meanwhile: whoever is called may make,
/// use or free sockets, this one too.
#[wasm_bindgen(skip_typescript)]
pub fn steady(handle: u32, now: f64, verb: u32, a: f64, b: f64, c: f64) -> i32 {
    let now = Instant::from_millis(now as u64);
    let taken = take_in(handle, now, input(verb, a, b, c));
    if taken == 0 {
        let mut effect = None;
        loop {
            with(handle, &mut |machine| effect = machine.poll());
            match effect.take() {
                Some(effect) => carry_out(handle, now, effect),
                None => break,
            }
        }
        arm(handle, look(handle, DEADLINE, 0.0));
    }
    taken
}

fn carry_out(handle: u32, now: Instant, effect: Effect<Kept>) {
    match effect {
        Effect::Dial(attempt) => dial(handle, attempt),
        Effect::Gate(attempt) => gate(handle, attempt),
        Effect::Ping(attempt) => ping(handle, attempt),
        Effect::Transmit(_, payload) => transmit(handle, payload.place),
        Effect::Sample(attempt) => {
            // Answers are never refused.
            take_in(handle, now, Input::Buffered(attempt, sample(handle) as u64));
        }
        Effect::Hangup { code, reason, .. } => {
            table::say(reason);
            hangup(handle, code.map_or(NO_CODE, i32::from));
        }
        Effect::Abandon(attempt) => {
            let unsent = abandon(handle) as u64;
            take_in(handle, now, Input::Closed { attempt, closure: abnormal(), unsent });
        }
        Effect::Ask(attempt, Closure { code, reason, was_clean }) => {
            table::say(reason);
            ask(handle, attempt, code.into(), was_clean);
        }
        Effect::Fate(ticket, Fate::HandedOver) => fate(handle, ticket.0 as f64, 0),
        Effect::Fate(ticket, Fate::Discarded(why)) => fate(handle, ticket.0 as f64, reason(why)),
        Effect::Fire(event) => fire(handle, event),
    }
}

fn fire(handle: u32, event: Event<Kept>) {
    match event {
        Event::Open(_) => tell(handle, 0),
        Event::Error => tell(handle, 1),
        Event::Drain => tell(handle, 2),
        Event::Flushed => tell(handle, 3),
        Event::Close(Closure { code, reason, was_clean }) => {
            table::say(reason);
            ended(handle, code.into(), was_clean);
        }
        Event::Reconnecting { attempt, delay, closure, in_doubt } => {
            let Closure { code, reason, was_clean } = closure;
            table::say(reason);
            reconnecting(handle, attempt, delay as f64, in_doubt as f64, code.into(), was_clean);
        }
        Event::Discard(ticket, payload, why) => discard(handle, ticket.0 as f64, payload.place, reason(why)),
    }
}

/// How a connection ends that we let go of, or never had.
fn abnormal() -> Closure {
    Closure { code: 1006, reason: "".into(), was_clean: false }
}

/// The question of `verbs.rs`.
const DEADLINE: u32 = 6;

/// Its place in `steady.js`'s list.
const fn reason(why: Why) -> u32 {
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
