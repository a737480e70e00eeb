//! The steady socket: a driver, and `steady.js` as the one who speaks for the application.

use super::slab::Slab;
use super::wire::Native;
use super::{NO_CODE, options, verdict};
use crate::core::{Attempt, Closure, Decision, Event, Fate, Input, Message, Stats, Ticket, Why};
use crate::web::{Driver, Host, Receipt};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::MessageEvent;

#[wasm_bindgen(module = "/src/js/steady.js")]
extern "C" {
    fn misconfigured(field: &str, rule: &str);
    fn dial(handle: u32, attempt: Attempt);
    fn gate(handle: u32, attempt: Attempt);
    fn ping(handle: u32, attempt: Attempt);
    fn ask(handle: u32, attempt: Attempt, code: u16, reason: &str, was_clean: bool);
    /// The length of a message; for a heartbeat's answer, that less than -1.
    fn receive(handle: u32, event: &MessageEvent) -> f64;
    fn deliver(handle: u32, event: &MessageEvent);
    fn tell(handle: u32, kind: u32);
    fn ended(handle: u32, code: u16, reason: &str, was_clean: bool);
    fn reconnecting(
        handle: u32,
        attempt: Attempt,
        delay: f64,
        in_doubt: f64,
        code: u16,
        reason: &str,
        was_clean: bool,
    );
    fn discard(handle: u32, ticket: f64, payload: &JsValue, why: u32);
    fn fate(handle: u32, ticket: f64, fate: u32);
}

type Socket = Rc<Driver<Shell>>;

thread_local! {
    static SOCKETS: RefCell<Slab<Socket>> = const { RefCell::new(Slab::new()) };
}

/// Hands everything on to JavaScript.
struct Shell {
    handle: Cell<u32>,
}

impl Host for Shell {
    type Wire = Native;

    fn dial(&self, _: &Socket, attempt: Attempt) {
        dial(self.handle.get(), attempt);
    }

    fn gate(&self, _: &Socket, attempt: Attempt) {
        gate(self.handle.get(), attempt);
    }

    fn ping(&self, _: &Socket, attempt: Attempt) {
        ping(self.handle.get(), attempt);
    }

    fn ask(&self, _: &Socket, attempt: Attempt, closure: Closure) {
        ask(self.handle.get(), attempt, closure.code, &closure.reason, closure.was_clean);
    }

    fn receive(&self, event: &MessageEvent) -> Receipt {
        let size = receive(self.handle.get(), event);
        let pong = size < 0.0;
        Receipt { size: if pong { -1.0 - size } else { size } as u64, pong }
    }

    fn message(&self, _: &Socket, event: MessageEvent) {
        deliver(self.handle.get(), &event);
    }

    fn fire(&self, _: &Socket, event: Event<JsValue>) {
        let handle = self.handle.get();
        match event {
            Event::Open(_) => tell(handle, 0),
            Event::Error => tell(handle, 1),
            Event::Drain => tell(handle, 2),
            Event::Flushed => tell(handle, 3),
            Event::Close(Closure { code, reason, was_clean }) => ended(handle, code, &reason, was_clean),
            Event::Reconnecting { attempt, delay, closure, in_doubt } => {
                let Closure { code, reason, was_clean } = closure;
                reconnecting(handle, attempt, delay as f64, in_doubt as f64, code, &reason, was_clean);
            }
            Event::Discard(ticket, payload, why) => discard(handle, ticket.0 as f64, &payload, reason(why)),
        }
    }

    fn fate(&self, ticket: Ticket, what: Fate) {
        let what = match what {
            Fate::HandedOver => 0,
            Fate::Discarded(why) => reason(why),
        };
        fate(self.handle.get(), ticket.0 as f64, what);
    }
}

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

/// Copied out: whoever is called may make or free sockets.
fn find(handle: u32) -> Option<Socket> {
    SOCKETS.with(|sockets| sockets.borrow_mut().get(handle).cloned())
}

fn act(handle: u32, input: Input<JsValue>) -> i32 {
    find(handle).map_or(0, |socket| socket.handle(input).map_or_else(verdict, |()| 0))
}

/// A new socket; negative if the options make no sense, which was said then.
#[wasm_bindgen(skip_typescript)]
pub fn steady_new(numbers: &JsValue) -> i32 {
    match Driver::new(options::read(numbers), Shell { handle: Cell::new(0) }) {
        Ok(socket) => {
            let handle = SOCKETS.with(|sockets| sockets.borrow_mut().insert(Rc::clone(&socket)));
            socket.host().handle.set(handle);
            handle as i32
        }
        Err(error) => {
            misconfigured(error.field, error.rule);
            -1
        }
    }
}

#[wasm_bindgen(skip_typescript)]
pub fn steady_free(handle: u32) {
    let _gone = SOCKETS.with(|sockets| sockets.borrow_mut().remove(handle));
}

#[wasm_bindgen(skip_typescript)]
pub fn steady_state(handle: u32) -> u32 {
    find(handle).map_or(3, |socket| socket.look(|machine| machine.ready_state() as u32))
}

#[wasm_bindgen(skip_typescript)]
pub fn steady_buffered(handle: u32) -> f64 {
    find(handle).map_or(0.0, |socket| socket.buffered_amount() as f64)
}

#[wasm_bindgen(skip_typescript)]
pub fn steady_pressed(handle: u32) -> bool {
    find(handle).is_some_and(|socket| socket.look(|machine| machine.is_pressed()))
}

/// The number the next accepted message will bear.
#[wasm_bindgen(skip_typescript)]
pub fn steady_ticket(handle: u32) -> f64 {
    find(handle).map_or(0.0, |socket| socket.look(|machine| machine.next_ticket().0 as f64))
}

/// Sends without a wish.
#[wasm_bindgen(skip_typescript)]
pub fn steady_send(handle: u32, size: f64, payload: &JsValue) -> i32 {
    act(handle, Input::Send(Message::new(payload.clone(), size as u64)))
}

/// Sends, tracked. A negative `lifetime` is none.
#[wasm_bindgen(skip_typescript)]
pub fn steady_track(
    handle: u32,
    size: f64,
    payload: &JsValue,
    key: &JsValue,
    lifetime: f64,
    session: bool,
    tracked: bool,
) -> i32 {
    let mut message = Message::new(payload.clone(), size as u64);
    message.key = key.as_string().map(Into::into);
    message.lifetime = (lifetime >= 0.0).then_some(lifetime as u64);
    message.session_bound = session;
    message.tracked = tracked;
    act(handle, Input::Send(message))
}

/// Sends past the outbox.
#[wasm_bindgen(skip_typescript)]
pub fn steady_aside(handle: u32, attempt: Attempt, size: f64, payload: &JsValue) -> i32 {
    act(handle, Input::Aside(attempt, Message::new(payload.clone(), size as u64)))
}

#[wasm_bindgen(skip_typescript)]
pub fn steady_cancel(handle: u32, ticket: f64) -> i32 {
    act(handle, Input::Cancel(Ticket(ticket as u64)))
}

#[wasm_bindgen(skip_typescript)]
pub fn steady_close(handle: u32, code: i32, reason: &JsValue) -> i32 {
    let reason = reason.as_string().unwrap_or_default().into();
    act(handle, Input::Close { code: (code != NO_CODE).then_some(code as u16), reason })
}

/// The verbs without arguments.
#[wasm_bindgen(skip_typescript)]
pub fn steady_do(handle: u32, verb: u32) -> i32 {
    act(
        handle,
        match verb {
            0 => Input::Connect,
            1 => Input::Terminate,
            2 => Input::Reconnect,
            3 => Input::GiveUp,
            4 => Input::NewSession,
            _ => Input::Watch,
        },
    )
}

/// The answer to `ask`: a delay, or -1 for no more, -2 for as usual, -3 for again.
#[wasm_bindgen(skip_typescript)]
pub fn steady_decide(handle: u32, attempt: Attempt, answer: f64) {
    let decision = match answer as i64 {
        -1 => Decision::Stop,
        -2 => Decision::Usual,
        -3 => Decision::Again,
        delay => Decision::After(delay as u64),
    };
    act(handle, Input::Decide(attempt, decision));
}

#[wasm_bindgen(skip_typescript)]
pub fn steady_gate(handle: u32, attempt: Attempt, open: bool) {
    act(handle, Input::Gate(attempt, open));
}

/// Whether a connection for this attempt is still wanted.
#[wasm_bindgen(skip_typescript)]
pub fn steady_awaits(handle: u32, attempt: Attempt) -> bool {
    find(handle).is_some_and(|socket| socket.look(|machine| machine.awaits(attempt)))
}

#[wasm_bindgen(skip_typescript)]
pub fn steady_dialed(handle: u32, attempt: Attempt, native: &JsValue, url: &JsValue) {
    if let Some(socket) = find(handle) {
        let url = url.as_string().unwrap_or_default().into();
        socket.dialed(attempt, native.clone().unchecked_into(), url);
    }
}

#[wasm_bindgen(skip_typescript)]
pub fn steady_refused(handle: u32, attempt: Attempt) {
    if let Some(socket) = find(handle) {
        socket.refused(attempt);
    }
}

/// One of the numbers of `stats()`, by its place in `steady.js`'s list.
#[wasm_bindgen(skip_typescript)]
pub fn steady_stat(handle: u32, which: u32) -> f64 {
    let Some(socket) = find(handle) else { return 0.0 };
    socket.look(|machine| {
        let Stats { attempts, connections, sent_messages, sent_bytes, .. } = *machine.stats();
        let Stats { received_messages, received_bytes, discarded, in_doubt, round_trip, .. } = *machine.stats();
        let (queued_messages, queued_bytes) = machine.queued();
        let counted = match which {
            0 => u64::from(attempts),
            1 => u64::from(connections),
            2 => sent_messages,
            3 => sent_bytes,
            4 => received_messages,
            5 => received_bytes,
            6 => discarded,
            7 => in_doubt,
            8 => queued_messages,
            9 => queued_bytes,
            _ => return round_trip.map_or(-1.0, |span| span as f64),
        };
        counted as f64
    })
}
