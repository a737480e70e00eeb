//! What can go wrong, and what it means.

use crate::core;
use std::error::Error;
use std::fmt;

/// Why a socket could not be made.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenError {
    /// There is no `WebSocket` here: this is not a browser. What server-side rendering gets.
    NoBrowser,
    /// The address is not one a WebSocket can have; it is given back.
    Url(String),
    /// The page may not connect there (a secure page to an insecure address); the address.
    Forbidden(String),
    /// The sub-protocol at this place is not a token.
    ProtocolToken(usize),
    /// The sub-protocol at this place stands there twice.
    ProtocolRepeated(usize),
    /// An option makes no sense: which one, and the rule it breaks.
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

/// As it is displayed: `unwrap` says it well, and in an app with no other socket derived words weigh half a kilobyte.
impl fmt::Debug for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for OpenError {}

/// Why a message was not accepted. It was not sent, and will not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendError {
    /// The socket is not open yet, and a strict socket has no queue.
    Connecting,
    /// The socket is closing or closed.
    Closed,
    /// The queue holds [`max_bytes`](core::Queue::max_bytes), and its rule is to refuse.
    QueueBytes,
    /// The queue holds [`max_count`](core::Queue::max_count) messages, and its rule is to refuse.
    QueueCount,
    /// The message alone is larger than the queue may ever hold.
    TooLarge,
    /// A lifetime of no time at all.
    NoLifetime,
    /// Of a flush: this message was not handed over, and why.
    Lost(core::Ticket, core::Why),
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

/// Why `close` was refused. Nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloseError {
    /// A page may only use 1000 and 3000 to 4999.
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

/// Why a socket would not do what only some sockets do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StateError {
    /// Only a steady socket does this.
    NotSteady,
    /// The socket is closing or closed, and will not connect again.
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
