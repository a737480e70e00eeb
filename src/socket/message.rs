//! Messages in and out.

use super::keys;
use crate::core;
use crate::web::{Data, platform};
use js_sys::{ArrayBuffer, SharedArrayBuffer, Uint8Array};
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};

/// A message in Rust's memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Text.
    Text(String),
    /// Bytes.
    Binary(Vec<u8>),
}

impl Message {
    /// Returns the text of a text message.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Binary(_) => None,
        }
    }

    /// Returns the bytes; of a text message, its UTF-8.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Message {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Vec<u8>> for Message {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Binary(bytes)
    }
}

impl From<&[u8]> for Message {
    fn from(bytes: &[u8]) -> Self {
        Self::Binary(bytes.to_vec())
    }
}

/// A received message whose bytes are still in JavaScript. They are copied on request, or never: a page can pass the
/// [`ArrayBuffer`] on.
///
/// Text is copied when it arrives, because its length in bytes is not known before.
#[derive(Clone, Debug)]
pub struct Payload {
    data: Data,
    size: u64,
    /// Its number in the session; 0 for none.
    #[cfg(feature = "session")]
    number: u64,
}

impl Payload {
    pub(super) fn new(data: Data) -> Self {
        let size = match &data {
            Data::Text(text) => text.len() as u64,
            Data::Buffer(buffer) => platform::byte_length(buffer),
        };
        Self {
            data,
            size,
            #[cfg(feature = "session")]
            number: 0,
        }
    }

    #[cfg(feature = "session")]
    pub(super) fn text(text: String) -> Self {
        Self::new(Data::Text(text))
    }

    /// Gives it a number in the session.
    #[cfg(feature = "session")]
    pub(super) fn numbered(self, number: u64) -> Self {
        Self { number, ..self }
    }

    #[cfg(feature = "session")]
    pub(super) fn number(&self) -> Option<u64> {
        (self.number > 0).then_some(self.number)
    }

    /// Returns the length in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Returns the text of a text message.
    pub fn as_text(&self) -> Option<&str> {
        match &self.data {
            Data::Text(text) => Some(text),
            Data::Buffer(_) => None,
        }
    }

    /// Returns the JavaScript buffer of a binary message.
    pub fn as_buffer(&self) -> Option<&ArrayBuffer> {
        match &self.data {
            Data::Text(_) => None,
            Data::Buffer(buffer) => platform::as_js(buffer),
        }
    }

    /// Copies as many bytes as fit into `target`, and returns how many. Does not allocate.
    pub fn copy_to(&self, target: &mut [u8]) -> usize {
        let from = usize::try_from(self.size()).unwrap_or(usize::MAX);
        let count = from.min(target.len());
        let Some(target) = target.get_mut(..count) else { return 0 };
        match &self.data {
            Data::Text(text) => target.copy_from_slice(text.as_bytes().get(..count).unwrap_or_default()),
            Data::Buffer(buffer) => platform::copy_to(buffer, target),
        }
        count
    }

    /// Returns a copy of the bytes; of a text message, its UTF-8.
    pub fn to_vec(&self) -> Vec<u8> {
        match &self.data {
            Data::Text(text) => text.as_bytes().to_vec(),
            Data::Buffer(buffer) => platform::to_vec(buffer),
        }
    }

    /// Copies it into Rust's memory.
    pub fn into_message(self) -> Message {
        match self.data {
            Data::Text(text) => Message::Text(text),
            Data::Buffer(buffer) => Message::Binary(platform::to_vec(&buffer)),
        }
    }

    /// Returns the JavaScript value: a string or an `ArrayBuffer`.
    pub fn into_js(self) -> JsValue {
        match self.data {
            Data::Text(text) => text.into(),
            Data::Buffer(buffer) => platform::into_js(buffer),
        }
    }
}

impl From<Payload> for Message {
    fn from(payload: Payload) -> Self {
        payload.into_message()
    }
}

/// The data of a message to send. Cheap to clone, because a steady socket keeps it until it has left.
#[derive(Clone, Debug)]
pub(crate) enum OutgoingData {
    Text(Rc<String>),
    Bytes(Rc<Vec<u8>>),
    /// A string, an `ArrayBuffer` or a view of one, and its length in bytes.
    Js(JsValue, u64),
    /// Data of a message that has a key.
    Keyed(Rc<Keyed>),
}

/// The key of a message, beside its data, which has none.
#[derive(Clone, Debug)]
pub(crate) struct Keyed {
    pub(super) key: String,
    pub(super) data: OutgoingData,
    /// [`keys::send`]. A pointer, so that an app without keys does not carry it.
    pub(super) send: keys::Send,
}

impl OutgoingData {
    /// Returns the length in bytes.
    pub(super) fn size(&self) -> u64 {
        match self {
            Self::Text(text) => text.len() as u64,
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Js(_, size) => *size,
            Self::Keyed(keyed) => keyed.data.size(),
        }
    }

    /// Copies it into Rust's memory, to report a discarded message.
    fn into_message(self) -> Message {
        match self {
            Self::Text(text) => Message::Text(Rc::unwrap_or_clone(text)),
            Self::Bytes(bytes) => Message::Binary(Rc::unwrap_or_clone(bytes)),
            Self::Js(value, _) => match value.as_string() {
                Some(text) => Message::Text(text),
                None => Message::Binary(platform::read_js(&value)),
            },
            Self::Keyed(keyed) => keyed.data.clone().into_message(),
        }
    }
}

/// A message to send, with options.
///
/// [`send`](crate::WebSocket::send) converts its argument; convert it yourself to set options:
///
/// ```no_run
/// # use steady_websocket::{Outgoing, SendError, WebSocket};
/// # use std::time::Duration;
/// # async fn example(socket: WebSocket) -> Result<(), SendError> {
/// // While there is no connection, only the newest position is kept, and not for long.
/// let position = Outgoing::from("12,7").key("position").lifetime(Duration::from_secs(5));
/// socket.send(position).await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before it is given to `send`"]
pub struct Outgoing(pub(crate) core::OutgoingMessage<OutgoingData>);

impl Outgoing {
    fn new(data: OutgoingData) -> Self {
        let size = data.size();
        Self(core::OutgoingMessage::new(data, size))
    }

    /// Replaces a queued message with the same key.
    pub fn key(mut self, key: &str) -> Self {
        let data = self.0.payload;
        let data = if let OutgoingData::Keyed(keyed) = data { keyed.data.clone() } else { data };
        self.0.payload = OutgoingData::Keyed(Rc::new(Keyed { key: key.into(), data, send: keys::send }));
        self
    }

    /// Limits how long it may wait for a connection.
    pub fn lifetime(mut self, span: Duration) -> Self {
        self.0.lifetime = Some(millis(span));
        self
    }

    /// Binds it to the current session: it is discarded by
    /// [`new_session`](crate::Sender::new_session).
    pub fn session_bound(mut self) -> Self {
        self.0.session_bound = true;
        self
    }

    /// Returns the length in bytes.
    pub fn size(&self) -> u64 {
        self.0.size
    }

    /// Returns the message without its options.
    pub fn into_message(self) -> Message {
        self.0.payload.into_message()
    }
}

impl From<OutgoingData> for Message {
    fn from(data: OutgoingData) -> Self {
        data.into_message()
    }
}

pub(crate) fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

impl From<String> for Outgoing {
    fn from(text: String) -> Self {
        Self::new(OutgoingData::Text(Rc::new(text)))
    }
}

impl From<&str> for Outgoing {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<Vec<u8>> for Outgoing {
    fn from(bytes: Vec<u8>) -> Self {
        Self::new(OutgoingData::Bytes(Rc::new(bytes)))
    }
}

impl From<&[u8]> for Outgoing {
    fn from(bytes: &[u8]) -> Self {
        bytes.to_vec().into()
    }
}

impl From<Message> for Outgoing {
    fn from(message: Message) -> Self {
        match message {
            Message::Text(text) => text.into(),
            Message::Binary(bytes) => bytes.into(),
        }
    }
}

/// Does not copy: leave the bytes unchanged until they are handed over.
impl From<ArrayBuffer> for Outgoing {
    fn from(buffer: ArrayBuffer) -> Self {
        let size = buffer.byte_length().into();
        Self::new(OutgoingData::Js(buffer.into(), size))
    }
}

/// Does not copy: leave the bytes unchanged until they are handed over. Only a view of a `SharedArrayBuffer` is copied,
/// because the native `send` rejects it.
impl From<Uint8Array> for Outgoing {
    fn from(view: Uint8Array) -> Self {
        let shared = view.buffer().is_instance_of::<SharedArrayBuffer>();
        let view = if shared { Uint8Array::new(&view) } else { view };
        let size = view.byte_length().into();
        Self::new(OutgoingData::Js(view.into(), size))
    }
}

impl From<Payload> for Outgoing {
    fn from(payload: Payload) -> Self {
        match payload.data {
            Data::Text(text) => text.into(),
            Data::Buffer(buffer) => buffer.into(),
        }
    }
}
