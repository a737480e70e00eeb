//! A Rust app for the fault matrix: the crate's public API, and a page that receives its events.

use js_sys::Uint8Array;
use std::time::Duration;
use steady_websocket::{Event, Events, Heartbeat, Outgoing, Receiver, Retry, SendError, Sender, WebSocket};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

#[wasm_bindgen]
extern "C" {
    /// The page's callbacks for a socket.
    pub type Ear;
    #[wasm_bindgen(method)]
    fn open(this: &Ear);
    #[wasm_bindgen(method)]
    fn message(this: &Ear, data: JsValue);
    /// Nothing more will be received.
    #[wasm_bindgen(method)]
    fn over(this: &Ear);
    #[wasm_bindgen(method)]
    fn reconnecting(this: &Ear, code: u16, clean: bool);
    #[wasm_bindgen(method)]
    fn discard(this: &Ear, ticket: f64, why: &str);
    #[wasm_bindgen(method)]
    fn close(this: &Ear, code: u16, clean: bool);
    /// The reader of events fell behind, which would make the account incomplete.
    #[wasm_bindgen(method)]
    fn missed(this: &Ear, events: f64);
}

/// A socket of the Rust API.
#[wasm_bindgen]
pub struct Socket(Sender);

#[wasm_bindgen]
impl Socket {
    /// Steady if `first` is given; a heartbeat of 0 ms means none.
    #[wasm_bindgen(constructor)]
    pub fn new(url: &str, ladder: Option<Ladder>, ear: Ear) -> Result<Self, JsError> {
        let mut builder = WebSocket::builder(url);
        if let Some(ladder) = ladder {
            builder = builder
                .reconnect(ladder.retry())
                .connect_timeout(millis(ladder.timeout))
                .close_timeout(millis(ladder.close_timeout));
            if ladder.heartbeat > 0 {
                let span = millis(ladder.heartbeat);
                builder = builder.heartbeat(Heartbeat::new("beat").pong("beat").every(span).timeout(span));
            }
        }
        let (sender, receiver) = builder.open()?.split();
        spawn_local(hear(sender.events(), receiver, ear));
        Ok(Self(sender))
    }

    /// Sends a text; returns its ticket.
    pub fn text(&self, text: &str) -> Result<f64, JsError> {
        ticket(self.0.send_now(text))
    }

    /// Sends bytes that must not change until they leave; returns their ticket.
    pub fn bytes(&self, bytes: Uint8Array) -> Result<f64, JsError> {
        ticket(self.0.send_now(Outgoing::from(bytes)))
    }

    /// Sends a text when there is room.
    pub async fn patiently(&self, text: String) -> Result<f64, JsError> {
        ticket(self.0.send(text).await)
    }

    /// Sends bytes when there is room.
    pub async fn bytes_patiently(&self, bytes: Uint8Array) -> Result<f64, JsError> {
        ticket(self.0.send(bytes).await)
    }

    /// Starts to close.
    pub fn close(&self) {
        drop(self.0.close(1000, ""));
    }

    /// Returns `readyState` as a number.
    #[wasm_bindgen(getter, js_name = readyState)]
    pub fn ready_state(&self) -> u8 {
        self.0.ready_state() as u8
    }

    /// Returns the bytes accepted and not yet on the network.
    #[wasm_bindgen(getter, js_name = bufferedAmount)]
    pub fn buffered_amount(&self) -> f64 {
        self.0.buffered_amount() as f64
    }
}

/// The backoff of a steady socket, in milliseconds.
#[wasm_bindgen]
pub struct Ladder {
    first: u32,
    ceiling: u32,
    timeout: u32,
    close_timeout: u32,
    heartbeat: u32,
}

#[wasm_bindgen]
impl Ladder {
    /// Returns all options.
    #[wasm_bindgen(constructor)]
    pub fn new(first: u32, ceiling: u32, timeout: u32, close_timeout: u32, heartbeat: u32) -> Self {
        Self { first, ceiling, timeout, close_timeout, heartbeat }
    }

    fn retry(&self) -> Retry {
        let (first, ceiling) = (self.first.into(), self.ceiling.into());
        Retry { first, ceiling, floor: 1, restart_floor: first, busy_floor: first, ..Retry::default() }
    }
}

fn millis(span: u32) -> Duration {
    Duration::from_millis(span.into())
}

fn ticket(sent: Result<steady_websocket::Ticket, SendError>) -> Result<f64, JsError> {
    Ok(sent?.0 as f64)
}

async fn hear(mut events: Events, mut receiver: Receiver, ear: Ear) {
    let ear = std::rc::Rc::new(ear);
    let other = ear.clone();
    spawn_local(async move {
        while let Some(payload) = receiver.next_payload().await {
            other.message(payload.into_js());
        }
        other.over();
    });
    while let Some(event) = events.next().await {
        match event {
            Event::Open { .. } => ear.open(),
            Event::Reconnecting { closed, .. } => ear.reconnecting(closed.code, closed.was_clean),
            Event::Discarded { ticket, why, .. } => ear.discard(ticket.0 as f64, why.as_str()),
            Event::Missed { events } => ear.missed(events as f64),
            Event::Closed(closed) => ear.close(closed.code, closed.was_clean),
            _ => {}
        }
    }
}
