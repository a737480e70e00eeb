//! A WebSocket connection, independent of the library.

use crate::limits::Limits;
use crate::message::Message;
use bytestring::ByteString;
use futures_core::Stream;
use futures_sink::Sink;
use std::borrow::Cow;
use steady_session::escape;

/// A message or control frame of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Packet {
    Text(ByteString),
    Binary(bytes::Bytes),
    Close(u16, String),
    /// A ping, to send. A session has pings of its own.
    Ping,
    /// A received ping or pong. The library answers pings.
    Other,
}

impl Packet {
    /// Wraps a message without escaping it.
    pub(crate) fn plain(message: Message) -> Self {
        match message {
            Message::Text(text) => Self::Text(text),
            Message::Binary(data) => Self::Binary(data),
        }
    }

    /// Wraps a message of a session. Only a text that looks like a control frame is copied.
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
    /// A network error, or a violation of the WebSocket protocol.
    Connection,
    /// A message was larger than the limit.
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

/// The sizes of a connection's buffers. The libraries' defaults are 128 KiB each for reading and writing, and no
/// limit for unwritten data.
pub(crate) struct Buffers {
    /// The maximum size of a received message.
    pub(crate) message: usize,
    /// The size of the read buffer.
    pub(crate) read: usize,
    /// How much is collected before it is written.
    pub(crate) write: usize,
    /// The maximum of unwritten data.
    pub(crate) most: usize,
}

impl Buffers {
    pub(crate) fn new(limits: &Limits) -> Self {
        let write = 8 << 10;
        Self {
            message: limits.message,
            // Every connection has it for as long as it lasts.
            read: 4 << 10,
            write,
            most: limits.queue_bytes().saturating_add(2 * write),
        }
    }
}

/// The conversions of packets to and from the messages of a library. Each library has these types, of a version of its own.
#[cfg(any(feature = "axum", feature = "tungstenite"))]
macro_rules! conversions {
    ($message:ident, $text:ident, $close:ident) => {
        fn outgoing(packet: Packet) -> Option<$message> {
            Some(match packet {
                Packet::Text(text) => $message::Text($text::try_from(text.into_bytes()).ok()?),
                Packet::Binary(data) => $message::Binary(data),
                Packet::Close(code, reason) => {
                    $message::Close(Some($close { code: code.into(), reason: reason.into() }))
                }
                Packet::Ping => $message::Ping(bytes::Bytes::new()),
                Packet::Other => return None,
            })
        }

        fn incoming(message: $message) -> Result<Packet, Broken> {
            Ok(match message {
                $message::Text(text) => Packet::Text(
                    bytestring::ByteString::try_from(bytes::Bytes::from(text))
                        .map_err(|_| Broken::Connection)?,
                ),
                $message::Binary(data) => Packet::Binary(data),
                $message::Close(Some(frame)) => Packet::Close(frame.code.into(), frame.reason.to_string()),
                $message::Close(None) => Packet::Close(1005, String::new()),
                // A ping or a pong.
                _ => Packet::Other,
            })
        }
    };
}
#[cfg(any(feature = "axum", feature = "tungstenite"))]
pub(crate) use conversions;
