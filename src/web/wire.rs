//! A connection: a native socket, and the ears we have on it.

use super::listener::Listener;
use crate::core::{Closure, Text};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CloseEvent, Event, EventTarget, MessageEvent};

/// What a driver asks of a native socket. The seam for other transports.
pub(crate) trait Wire {
    /// What it can send.
    type Payload: Clone;

    /// Where its events are fired.
    fn target(&self) -> &EventTarget;
    /// Whether its messages come by way of the driver, or reach the application by themselves.
    fn delivers(&self) -> bool;
    /// The sub-protocol the server chose.
    fn protocol(&self) -> Text;
    /// The extensions in use.
    fn extensions(&self) -> Text;
    /// Sends; fails only if the socket is of no use.
    fn send(&self, payload: &Self::Payload) -> Result<(), JsValue>;
    /// Starts the closing handshake. The arguments were checked.
    fn close(&self, code: Option<u16>, reason: &Text);
    /// The native `bufferedAmount`.
    fn buffered_amount(&self) -> u64;
    /// Whether the native socket says that it is closing, which it does without an event.
    fn is_parting(&self) -> bool;
}

/// What a native socket told us.
pub(super) enum Heard {
    Open,
    Message(MessageEvent),
    Error,
    Close(Closure),
}

/// A wire we listen to; dropped, we do not.
pub(super) struct Line<W> {
    pub(super) wire: W,
    _ears: Vec<Listener>,
}

impl<W: Wire> Line<W> {
    pub(super) fn new<F>(wire: W, hear: F) -> Result<Self, JsValue>
    where
        F: Fn(Heard) + Clone + 'static,
    {
        let on = |kind, read: fn(Event) -> Heard| {
            let hear = hear.clone();
            Listener::new(wire.target(), kind, move |event| hear(read(event)))
        };
        let mut ears =
            vec![on("open", |_| Heard::Open)?, on("error", |_| Heard::Error)?, on("close", closed)?];
        if wire.delivers() {
            ears.push(on("message", |event| Heard::Message(event.unchecked_into()))?);
        }
        Ok(Self { wire, _ears: ears })
    }
}

fn closed(event: Event) -> Heard {
    let event: CloseEvent = event.unchecked_into();
    Heard::Close(Closure { code: event.code(), reason: event.reason().into(), was_clean: event.was_clean() })
}
