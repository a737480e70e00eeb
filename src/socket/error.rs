//! Errors.

use crate::core;
use std::error::Error;
use std::fmt;

/// Why a socket could not be opened.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenError {
    /// There is no `WebSocket`, because this is not a browser: for example in server-side rendering.
    NoBrowser,
    /// The address, which is not a valid WebSocket URL.
    Url(String),
    /// The address, which the page may not connect to: a secure page may not use an insecure address.
    Forbidden(String),
    /// The sub-protocol at this index is not a token.
    ProtocolToken(usize),
    /// The sub-protocol at this index is repeated.
    ProtocolRepeated(usize),
    /// An option is invalid: the option, and the rule it breaks.
    Option(core::ConfigError),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoBrowser => f.write_str("this environment has no WebSocket"),
            Self::Url(url) => write!(f, "not a valid ws: or wss: URL: {url}"),
            Self::Forbidden(url) => write!(f, "this page may not connect to {url}: use wss:"),
            Self::ProtocolToken(at) => write!(f, "protocols[{at}] is not a token"),
            Self::ProtocolRepeated(at) => write!(f, "protocols[{at}] is repeated"),
            Self::Option(wrong) => write!(f, "{} {}", wrong.field, wrong.rule),
        }
    }
}

/// The same as `Display`, which suits `unwrap`; a derived one would add half a kilobyte to a plain app.
impl fmt::Debug for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for OpenError {}

/// Why a message was not accepted. It is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendError {
    /// The socket is not open yet, and a strict socket has no queue.
    Connecting,
    /// The socket is closing or closed.
    Closed,
    /// The queue holds [`max_bytes`](core::Queue::max_bytes), and its overflow rule is to refuse.
    QueueBytes,
    /// The queue holds [`max_count`](core::Queue::max_count) messages, and its overflow rule is to refuse.
    QueueCount,
    /// The message alone is larger than the queue's `max_bytes`.
    TooLarge,
    /// The message's lifetime is shorter than a millisecond.
    NoLifetime,
    /// A flush failed: this message was not handed over, for this reason.
    Lost(core::Ticket, core::Why),
    /// A tracked message needs a session.
    #[cfg(feature = "session")]
    NoSession,
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lost(ticket, why) => {
                return write!(f, "message {} was not handed over: {}", ticket.0, why.as_str());
            }
            Self::Connecting => {
                "the socket is not open yet: wait for `opened`, or use a steady socket, which queues"
            }
            Self::Closed => "the socket is closing or closed: open another",
            Self::QueueBytes => {
                "the queue holds `max_bytes`: send less, raise it, or let `overflow` drop messages"
            }
            Self::QueueCount => {
                "the queue holds `max_count` messages: send less, raise it, or let `overflow` drop messages"
            }
            Self::TooLarge => {
                "the message is larger than the queue's `max_bytes`: split it, or raise the limit"
            }
            Self::NoLifetime => "the message's `lifetime` must be at least 1 ms",
            #[cfg(feature = "session")]
            Self::NoSession => "the socket has no session: open it with `Builder::session`, or use `send`",
        })
    }
}

impl Error for SendError {}

impl From<core::Error> for SendError {
    fn from(error: core::Error) -> Self {
        match error {
            core::Error::StillConnecting => Self::Connecting,
            core::Error::QueueBytes => Self::QueueBytes,
            core::Error::QueueCount => Self::QueueCount,
            core::Error::TooLarge => Self::TooLarge,
            core::Error::NoLifetime => Self::NoLifetime,
            _ => Self::Closed,
        }
    }
}

/// Why `close` was rejected. The socket has not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloseError {
    /// The code is neither 1000 nor from 3000 to 4999.
    Code(u16),
    /// The reason is longer than 123 bytes; how long it is.
    ReasonTooLong(usize),
}

impl fmt::Display for CloseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "close code {code} is not allowed: use 1000, or 3000 to 4999"),
            Self::ReasonTooLong(bytes) => {
                write!(f, "the close reason has {bytes} bytes of UTF-8: at most 123 are allowed")
            }
        }
    }
}

impl Error for CloseError {}

/// Why an operation is not possible in the socket's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StateError {
    /// The operation needs a steady socket.
    NotSteady,
    /// The socket is closing or closed.
    Ended,
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSteady => "the socket is strict: make it steady with `WebSocket::builder(url).steady()`",
            Self::Ended => "the socket is closing or closed: open another",
        })
    }
}

impl Error for StateError {}

impl From<core::Error> for StateError {
    fn from(error: core::Error) -> Self {
        if error == core::Error::NotSteady { Self::NotSteady } else { Self::Ended }
    }
}
