//! A WebSocket connection, whatever library has accepted it.

use crate::limits::Limits;
use crate::message::Message;
use bytestring::ByteString;
use futures_core::Stream;
use futures_sink::Sink;
use std::borrow::Cow;
use steady_session::escape;

/// What goes over a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Packet {
    Text(ByteString),
    Binary(bytes::Bytes),
    Close(u16, String),
    /// A ping or a pong, which the library answers.
    Other,
}

impl Packet {
    /// A message as it is.
    pub(crate) fn plain(message: Message) -> Self {
        match message {
            Message::Text(text) => Self::Text(text),
            Message::Binary(data) => Self::Binary(data),
        }
    }

    /// A message of a session's: only a text that looks like a control frame is copied.
    pub(crate) fn counted(message: Message) -> Self {
        match message {
            Message::Text(text) => match escape(&text) {
                Cow::Borrowed(_) => Self::Text(text),
                Cow::Owned(escaped) => Self::Text(escaped.into()),
            },
            Message::Binary(data) => Self::Binary(data),
        }
    }
}

/// Why a connection failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// The network, or the other end broke WebSocket's protocol.
    Connection,
    /// A message is larger than the limit.
    TooLarge,
}

/// A WebSocket connection after its handshake.
pub(crate) trait Transport:
    Stream<Item = Result<Packet, Broken>> + Sink<Packet, Error = Broken> + Send + Unpin
{
}

impl<T> Transport for T where
    T: Stream<Item = Result<Packet, Broken>> + Sink<Packet, Error = Broken> + Send + Unpin
{
}

/// How much of a connection's data the libraries may buffer: their defaults are 128 KiB to read and to write, and no
/// limit for what waits to be written.
pub(crate) struct Buffers {
    /// The bytes of one received message.
    pub(crate) message: usize,
    /// What is read at once.
    pub(crate) read: usize,
    /// What is collected before it is written.
    pub(crate) write: usize,
    /// What may wait to be written, at most.
    pub(crate) most: usize,
}

impl Buffers {
    pub(crate) fn new(limits: &Limits) -> Self {
        let write = 8 << 10;
        // One message of the largest cost: a UTF-16 code unit takes up to three bytes.
        let queue = usize::try_from(limits.queue).unwrap_or(usize::MAX);
        Self {
            message: limits.message,
            // Every connection has it for as long as it lasts.
            read: 4 << 10,
            write,
            most: queue.saturating_mul(3).saturating_add(2 * write),
        }
    }
}
