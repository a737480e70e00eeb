//! The callbacks of a component.

use std::fmt::Display;
use std::rc::Rc;
use steady_websocket::codec::Decode;
use steady_websocket::{Builder, CloseInfo, Event, Payload};

/// A received message that did not decode.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BadMessage {
    /// The message as received.
    pub message: Payload,
    /// The codec's error.
    pub error: String,
}

/// The callbacks of a socket.
pub struct Callbacks<T> {
    /// Sets the socket's options.
    pub configure: Option<Rc<dyn Fn(Builder) -> Builder>>,
    /// Called with every message, once, in order.
    pub on_message: Option<Rc<dyn Fn(T)>>,
    /// Called with every message that does not decode.
    pub on_bad_message: Option<Rc<dyn Fn(BadMessage)>>,
    /// Called with every other event.
    pub on_event: Option<Rc<dyn Fn(Event)>>,
    /// Called when the socket is closed, unless the component was unmounted first.
    pub on_close: Option<Rc<dyn Fn(CloseInfo)>>,
}

// Derived implementations would require the same of `T`.
impl<T> Default for Callbacks<T> {
    fn default() -> Self {
        Self { configure: None, on_message: None, on_bad_message: None, on_event: None, on_close: None }
    }
}

impl<T> Clone for Callbacks<T> {
    fn clone(&self) -> Self {
        Self {
            configure: self.configure.clone(),
            on_message: self.on_message.clone(),
            on_bad_message: self.on_bad_message.clone(),
            on_event: self.on_event.clone(),
            on_close: self.on_close.clone(),
        }
    }
}

/// Converts a message into a value.
pub type Decoder<T> = Rc<dyn Fn(Payload) -> Result<T, BadMessage>>;

/// Returns a decoder that uses a codec.
pub fn decoder<T, C>(codec: C) -> Decoder<T>
where
    C: Decode<T, Error: Display> + 'static,
{
    Rc::new(move |message| {
        codec.decode(&message).map_err(|error| BadMessage { error: error.to_string(), message })
    })
}
