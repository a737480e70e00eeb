//! What JavaScript does and asks, by number.

use super::numbers::{decision, not_dialed, question, verb};
use super::steady::fate_of;
use super::table::{self, Held, Kept};
use super::{options, verdict};
use crate::core::{CloseInfo, Config, Decision, Input, Instant, NotDialed, OutgoingMessage, Page, Ticket};
use wasm_bindgen::prelude::*;

/// What stands for "no close code" among numbers.
const NO_CODE: i32 = -1;

/// What is done, to whom, and with what: three numbers whose meaning the verb gives.
pub(super) fn input(verb: u32, a: f64, b: f64, c: f64) -> Input<Kept> {
    let attempt = a as u32;
    match verb {
        verb::CONNECT => Input::Connect,
        verb::TERMINATE => Input::Terminate,
        verb::RECONNECT => Input::Reconnect,
        verb::GIVE_UP => Input::GiveUp,
        verb::NEW_SESSION => Input::NewSession,
        verb::WATCH => Input::Flush,
        verb::ONLINE => Input::Page(Page::Online),
        verb::OFFLINE => Input::Page(Page::Offline),
        // Waking is waking, whichever event told of it.
        verb::AWAKE => Input::Page(Page::Visible),
        verb::FROZEN => Input::Page(Page::Frozen),
        verb::STOWED => Input::Page(Page::Stowed),
        verb::SHOWN => Input::Page(Page::Shown),
        verb::SEND | verb::TRACK | verb::ASIDE => {
            let mut message = OutgoingMessage::new(Kept::at(b), a as u64);
            if verb == verb::TRACK {
                message.lifetime = table::number().map(|span| span as u64);
                message.session_bound = table::take() > 0.0;
                let (keyed, key) = (table::take() > 0.0, table::text());
                message.key = keyed.then_some(key);
                message.tracked = true;
            }
            if verb == verb::ASIDE { Input::SendDirect(c as u32, message) } else { Input::Send(message) }
        }
        verb::CANCEL => Input::Cancel(Ticket(a as u64)),
        verb::CLOSE => {
            Input::Close { code: (a as i32 != NO_CODE).then_some(a as u16), reason: table::text() }
        }
        verb::DECIDE => Input::Decide(
            attempt,
            if b >= 0.0 {
                Decision::After(b as u64)
            } else {
                match !(b as i32) as u32 {
                    decision::STOP => Decision::Stop,
                    decision::AGAIN => Decision::Again,
                    _ => Decision::Usual,
                }
            },
        ),
        verb::GATE => Input::Gate(attempt, b > 0.0),
        verb::DIALED => Input::Dialed(attempt),
        verb::NOT_DIALED => Input::NotDialed(
            attempt,
            match b as u32 {
                not_dialed::PROVIDER => NotDialed::Provider,
                not_dialed::FORBIDDEN => NotDialed::Forbidden,
                _ => NotDialed::ForbiddenForGood,
            },
        ),
        verb::OPENED => Input::Opened(attempt),
        verb::ANNOUNCED => Input::Announced(attempt),
        verb::PARTING => Input::PeerClosing(attempt),
        verb::FAILED => Input::Failed(attempt),
        verb::BUFFERED => Input::Buffered(attempt, b as u64),
        verb::OVER | verb::OVER_CLEANLY => {
            let was_clean = verb == verb::OVER_CLEANLY;
            let close_info = CloseInfo { code: c as u16, reason: table::text(), was_clean };
            Input::Closed { attempt, close_info, unsent: b as u64 }
        }
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
        question::READY_STATE => return f64::from(machine.ready_state() as u8),
        question::BUFFERED_AMOUNT => machine.buffered_amount(a as u64),
        question::PRESSED => return truth(machine.is_pressed()),
        question::NEXT_TICKET => machine.next_ticket().0,
        question::DEADLINE => return machine.deadline().map_or(-1.0, |at| at.as_millis() as f64),
        question::FLUSHED_BELOW => machine.flushed().0,
        // A ticket and a fate in one number; -1 if nothing was lost.
        question::LOST_SINCE => {
            let lost = machine.lost_since(Ticket(a as u64));
            return lost.map_or(-1.0, |(ticket, why)| ticket.0 as f64 * 8.0 + f64::from(fate_of(why)));
        }
        question::ATTEMPTS => stats.attempts.into(),
        question::CONNECTIONS => stats.connections.into(),
        question::SENT_MESSAGES => stats.sent_messages,
        question::SENT_BYTES => stats.sent_bytes,
        question::DISCARDED => stats.discarded,
        question::IN_DOUBT => stats.in_doubt,
        question::QUEUED_MESSAGES => machine.queued().0,
        question::QUEUED_BYTES => machine.queued().1,
        _ => return stats.round_trip.map_or(-1.0, |span| span as f64),
    };
    counted as f64
}
