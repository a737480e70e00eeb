//! A connection: a native socket, and the ears we have on it.

use super::listener::{Ear, listen, unlisten};
use crate::core::{Closure, Text};
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CloseEvent, Event, EventTarget, MessageEvent};

/// What a driver asks of a native socket. The seam for other transports.
pub(crate) trait Wire {
    /// What it can send.
    type Payload: Clone;

    /// Where its events are fired.
    fn target(&self) -> &EventTarget;
    /// The sub-protocol the server chose.
    fn protocol(&self) -> Text;
    /// The extensions in use.
    fn extensions(&self) -> Text;
    /// Sends; fails only if the socket is of no use.
    fn send(&self, payload: &Self::Payload) -> bool;
    /// Starts the closing handshake. The arguments were checked.
    fn close(&self, code: Option<u16>, reason: &str);
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
pub(super) struct Line<W: Wire> {
    wire: W,
    messages: Ear,
    turns: Ear,
}

/// The events that come seldom share an ear, and are told apart by their names.
const TURNS: [&str; 3] = ["open", "error", "close"];

impl<W: Wire> Line<W> {
    pub(super) fn new<F>(wire: W, hear: F) -> Self
    where
        F: Fn(Heard) + 'static,
    {
        let hear = Rc::new(hear);
        let hears = hear.clone();
        let messages = Ear::new(move |event: JsValue| hears(Heard::Message(event.unchecked_into())));
        let turns = Ear::new(move |event: JsValue| {
            let event: Event = event.unchecked_into();
            hear(match event.type_().as_bytes() {
                [b'o', ..] => Heard::Open,
                [b'c', ..] => {
                    let event: CloseEvent = event.unchecked_into();
                    let (code, reason, was_clean) = (event.code(), event.reason(), event.was_clean());
                    Heard::Close(Closure { code, reason, was_clean })
                }
                _ => Heard::Error,
            });
        });
        listen(wire.target(), &["message"], &messages);
        listen(wire.target(), &TURNS, &turns);
        Self { wire, messages, turns }
    }

    pub(super) fn wire(&self) -> &W {
        &self.wire
    }

    /// Nobody listens any more, and the peer is told.
    pub(super) fn let_go(self) {
        self.wire.close(None, "");
    }
}

impl<W: Wire> Drop for Line<W> {
    fn drop(&mut self) {
        unlisten(self.wire.target(), &["message"], &self.messages);
        unlisten(self.wire.target(), &TURNS, &self.turns);
    }
}
