//! The verbs and questions of the border, by number: `verbs.js` names them.

use super::steady::reason;
use super::table::{self, Held, Kept};
use super::{options, verdict};
use crate::core::{Closure, Config, Decision, Input, Instant, Message, NotDialed, Page, Ticket};
use wasm_bindgen::prelude::*;

/// What stands for "no close code" among numbers.
const NO_CODE: i32 = -1;

/// What is done, to whom, and with what: three numbers whose meaning the verb gives.
pub(super) fn input(verb: u32, a: f64, b: f64, c: f64) -> Input<Kept> {
    let attempt = a as u32;
    match verb {
        0 => Input::Connect,
        1 => Input::Terminate,
        2 => Input::Reconnect,
        3 => Input::GiveUp,
        4 => Input::NewSession,
        5 => Input::Watch,
        6 => Input::Page(Page::Online),
        7 => Input::Page(Page::Offline),
        // Waking is waking, whichever event told of it.
        8 => Input::Page(Page::Visible),
        9 => Input::Page(Page::Stowed),
        10 => Input::Page(Page::Shown),
        11..=13 => {
            let mut message = Message::new(Kept::at(b), a as u64);
            if verb == 12 {
                message.lifetime = table::number().map(|span| span as u64);
                message.session_bound = table::take() > 0.0;
                let (keyed, key) = (table::take() > 0.0, table::text());
                message.key = keyed.then_some(key);
                message.tracked = true;
            }
            if verb == 13 { Input::Aside(c as u32, message) } else { Input::Send(message) }
        }
        14 => Input::Cancel(Ticket(a as u64)),
        15 => Input::Close { code: (a as i32 != NO_CODE).then_some(a as u16), reason: table::text() },
        16 => Input::Decide(
            attempt,
            match b as i64 {
                -1 => Decision::Stop,
                -2 => Decision::Usual,
                -3 => Decision::Again,
                delay => Decision::After(delay as u64),
            },
        ),
        17 => Input::Gate(attempt, b > 0.0),
        18 => Input::Dialed(attempt),
        19 => Input::Opened(attempt),
        20 => Input::Parting(attempt),
        21 => Input::Failed(attempt),
        22 => Input::Buffered(attempt, b as u64),
        23 | 24 => {
            let closure = Closure { code: c as u16, reason: table::text(), was_clean: verb == 24 };
            Input::Closed { attempt, closure, unsent: b as u64 }
        }
        25 => Input::Page(Page::Frozen),
        27 => Input::Announced(attempt),
        28 => Input::NotDialed(
            attempt,
            match b as u32 {
                0 => NotDialed::Provider,
                1 => NotDialed::Forbidden,
                _ => NotDialed::ForbiddenForGood,
            },
        ),
        _ => Input::Tick,
    }
}

/// Takes one input in: 0, or why not.
pub(super) fn take_in(handle: u32, now: Instant, input: Input<Kept>) -> i32 {
    let Some(mut machine) = table::machine(handle) else { return 0 };
    machine.handle(now, input).map_or_else(verdict, |()| 0)
}

/// A new socket, by the options put down, two of them for a strict one; negative if they make no sense: -1 less the
/// number of the rule they break, as `options.js` counts.
#[wasm_bindgen(skip_typescript)]
pub fn make(steady: bool, seed: f64) -> i32 {
    let config = if steady { options::read() } else { Config { flow: options::marks(), steady: None } };
    match Held::new(config, seed as u64) {
        Ok(machine) => table::insert(machine) as i32,
        Err(error) => -1 - i32::from(error.number),
    }
}

/// A question about a socket. Of one that is gone, the answer is 0.
#[wasm_bindgen(skip_typescript)]
pub fn look(handle: u32, question: u32, a: f64) -> f64 {
    table::machine(handle).map_or(0.0, |mut machine| tell(&mut machine, question, a))
}

fn tell(machine: &mut Held<Kept>, question: u32, a: f64) -> f64 {
    let truth = |holds: bool| if holds { 1.0 } else { 0.0 };
    let stats = machine.stats();
    let counted = match question {
        0 => return f64::from(machine.ready_state() as u8),
        1 => machine.buffered_amount(a as u64),
        2 => return truth(machine.is_pressed()),
        3 => machine.next_ticket().0,
        4 => return truth(machine.awaits(a as u32)),
        6 => machine.flushed().0,
        // A ticket and a reason in one number; -1 if nothing was lost.
        7 => {
            let lost = machine.lost_since(Ticket(a as u64));
            return lost.map_or(-1.0, |(ticket, why)| ticket.0 as f64 * 8.0 + f64::from(reason(why)));
        }
        5 => return machine.deadline().map_or(-1.0, |at| at.as_millis() as f64),
        10 => stats.attempts.into(),
        11 => stats.connections.into(),
        12 => stats.sent_messages,
        13 => stats.sent_bytes,
        14 => stats.discarded,
        15 => stats.in_doubt,
        16 => machine.queued().0,
        17 => machine.queued().1,
        _ => return stats.round_trip.map_or(-1.0, |span| span as f64),
    };
    counted as f64
}
