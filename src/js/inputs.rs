//! The inputs and queries that JavaScript sends, as numbers.

use super::numbers::{decision, input_kind as kind, not_dialed, query};
use super::steady::fate_of;
use super::table::{self, PayloadIndex, SocketMachine};
use super::text::StoredText;
use super::{options, refusal_number};
use crate::core::{CloseInfo, Config, Decision, Input, Instant, NotDialed, OutgoingMessage, Page, Ticket};
use wasm_bindgen::prelude::*;

/// Stands for "no close code".
const NO_CODE: i32 = -1;

/// Decodes an input from its kind and three numbers. One that JavaScript has left out is NaN here, and counts as 0.
pub(super) fn decode_input(kind: u32, a: f64, b: f64, c: f64) -> Input<PayloadIndex, StoredText> {
    let attempt = a as u32;
    match kind {
        kind::CONNECT => Input::Connect,
        kind::TERMINATE => Input::Terminate,
        kind::RECONNECT => Input::Reconnect,
        kind::GIVE_UP => Input::GiveUp,
        kind::NEW_SESSION => Input::NewSession,
        kind::FLUSH => Input::Flush,
        kind::ONLINE => Input::Page(Page::Online),
        kind::OFFLINE => Input::Page(Page::Offline),
        // All events of waking mean the same.
        kind::AWAKE => Input::Page(Page::Visible),
        kind::FROZEN => Input::Page(Page::Frozen),
        kind::STOWED => Input::Page(Page::Stowed),
        kind::SHOWN => Input::Page(Page::Shown),
        kind::SEND | kind::SEND_TRACKED | kind::SEND_DIRECT => {
            let mut message = OutgoingMessage::new(b as PayloadIndex, a as u64);
            if kind == kind::SEND_TRACKED {
                message.lifetime = table::read_optional().map(|span| span as u64);
                message.session_bound = table::read_number() > 0.0;
                message.replaces = table::read_optional().map(|number| Ticket(number as u64));
            }
            if kind == kind::SEND_DIRECT {
                Input::SendDirect(c as u32, message)
            } else {
                Input::Send(message)
            }
        }
        kind::CANCEL => Input::Cancel(Ticket(a as u64)),
        kind::CLOSE => Input::Close {
            code: (a as i32 != NO_CODE).then_some(a as u16),
            reason: StoredText::of_application(b as u32),
        },
        kind::DECIDE => Input::Decide(
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
        kind::GATE => Input::Gate(attempt, b > 0.0),
        kind::DIALED => Input::Dialed(attempt),
        kind::NOT_DIALED => Input::NotDialed(
            attempt,
            match b as u32 {
                not_dialed::PROVIDER => NotDialed::Provider,
                not_dialed::FORBIDDEN => NotDialed::Forbidden,
                _ => NotDialed::ForbiddenForGood,
            },
        ),
        kind::OPENED => Input::Opened(attempt),
        kind::ANNOUNCED => Input::Announced(attempt),
        kind::PEER_CLOSING => Input::PeerClosing(attempt),
        kind::FAILED => Input::Failed(attempt),
        kind::BUFFERED => Input::Buffered(attempt, b as u64),
        kind::CLOSED | kind::CLOSED_CLEANLY => {
            let was_clean = kind == kind::CLOSED_CLEANLY;
            let close_info = CloseInfo { code: c as u16, reason: StoredText::OF_CONNECTION, was_clean };
            Input::Closed { attempt, close_info, unsent: b as u64 }
        }
        _ => Input::Tick,
    }
}

/// Handles one input. Returns 0, or a refusal.
pub(super) fn handle_input(handle: u32, now: Instant, input: Input<PayloadIndex, StoredText>) -> i32 {
    let Some(mut machine) = table::machine(handle) else { return 0 };
    machine.handle(now, input).map_or_else(refusal_number, |()| 0)
}

/// Counts the messages that were sent on credit. Those of a steady socket have left.
#[wasm_bindgen(skip_typescript)]
pub fn spend(handle: u32, messages: f64, bytes: f64) {
    if let Some(mut machine) = table::machine(handle) {
        machine.spend(messages as u64, bytes as u64);
    }
}

/// Creates a machine from the options that were written (only the two water marks for a strict one), and returns its
/// handle. If the options break a rule of `RULES`, returns the complement of the rule's number.
#[wasm_bindgen(skip_typescript)]
pub fn create(steady: bool, seed: f64) -> i32 {
    let config = if steady { options::read() } else { Config { flow: options::marks(), steady: None } };
    match SocketMachine::new(config, seed as u64) {
        Ok(machine) => table::insert(machine) as i32,
        Err(error) => -1 - i32::from(error.number),
    }
}

/// Answers a query about a socket; 0 if it was freed.
#[wasm_bindgen(js_name = answer, skip_typescript)]
pub fn answer_query(handle: u32, query: u32, a: f64) -> f64 {
    table::machine(handle).map_or(0.0, |mut machine| look_up(&mut machine, query, a))
}

fn look_up(machine: &mut SocketMachine, query: u32, a: f64) -> f64 {
    let truth = |holds: bool| if holds { 1.0 } else { 0.0 };
    let stats = machine.stats();
    let counted = match query {
        query::READY_STATE => return f64::from(machine.ready_state() as u8),
        query::BUFFERED_AMOUNT => machine.buffered_amount(a as u64),
        query::PRESSED => return truth(machine.is_pressed()),
        query::NEXT_TICKET => machine.next_ticket().0,
        query::CREDIT => machine.credit(),
        query::DEADLINE => return machine.deadline().map_or(-1.0, |at| at.as_millis() as f64),
        query::FLUSHED_BELOW => machine.flushed().0,
        query::LOSSES => machine.last_lost().map_or(0, |lost| lost.number),
        // A ticket times 8 plus a fate.
        query::LAST_LOST => {
            machine.last_lost().map_or(0, |lost| lost.ticket.0 * 8 + fate_of(lost.why) as u64)
        }
        query::ATTEMPTS => stats.attempts.into(),
        query::CONNECTIONS => stats.connections.into(),
        query::SENT_MESSAGES => stats.sent_messages,
        query::SENT_BYTES => stats.sent_bytes,
        query::DISCARDED => stats.discarded,
        query::IN_DOUBT => stats.in_doubt,
        query::QUEUED_MESSAGES => machine.queued().0,
        query::QUEUED_BYTES => machine.queued().1,
        _ => return stats.round_trip.map_or(-1.0, |span| span as f64),
    };
    counted as f64
}
