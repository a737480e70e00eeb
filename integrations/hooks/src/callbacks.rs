//! What a component wants to be called for.

use std::fmt::Display;
use std::rc::Rc;
use steady_websocket::codec::Decode;
use steady_websocket::{Builder, CloseInfo, Event, Payload};

/// A received message that did not decode.
#[derive(Clone, Debug)]
pub struct BadMessage {
    /// The message, as it came.
    pub message: Payload,
    /// What the codec said.
    pub error: String,
}

/// What is called while a socket lives.
pub struct Callbacks<T> {
    /// Sets the socket's options.
    pub configure: Option<Rc<dyn Fn(Builder) -> Builder>>,
    /// Gets every message, once, in order.
    pub on_message: Option<Rc<dyn Fn(T)>>,
    /// Gets every message that does not decode.
    pub on_bad_message: Option<Rc<dyn Fn(BadMessage)>>,
    /// Gets everything else that happens.
    pub on_event: Option<Rc<dyn Fn(Event)>>,
    /// Is told of the end, unless the component went first.
    pub on_close: Option<Rc<dyn Fn(CloseInfo)>>,
}

// Derived, these would want the same of `T`.
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

/// How a message becomes a value.
pub type Decoder<T> = Rc<dyn Fn(Payload) -> Result<T, BadMessage>>;

/// Reads with a codec.
pub fn decoder<T, C>(codec: C) -> Decoder<T>
where
    C: Decode<T, Error: Display> + 'static,
{
    Rc::new(move |message| {
        codec.decode(&message).map_err(|error| BadMessage { error: error.to_string(), message })
    })
}
