//! Control frames: texts that begin with U+0010.

use crate::escape::DLE;
use crate::keys::Bits;
use crate::limits::Millis;
use crate::loss::Refusal;
use core::fmt;

/// A control frame. `Display` formats it for the wire, [`parse`](crate::parse) parses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Frame {
    /// The server's first message on a connection.
    Hello {
        /// The server's window.
        window: u64,
        /// How long a session outlives its connection.
        life: Millis,
    },
    /// The client asks for a session.
    Open {
        /// The client's window.
        window: u64,
    },
    /// The server has created a session. Every later message of either end is counted.
    Welcome {
        /// The session's id.
        id: Bits,
        /// The client's secret.
        secret: Bits,
        /// The owner's nonce.
        nonce: Bits,
        /// How long the session outlives its connection.
        life: Millis,
        /// The server's window.
        window: u64,
    },
    /// The client asks to resume its session.
    Resume {
        /// The session's id.
        id: Bits,
        /// The last secret that the client received.
        secret: Bits,
        /// The nonce that came with it.
        nonce: Bits,
        /// How many times the client has asked to resume this session, including this one.
        attempt: u64,
        /// How many messages the client has received.
        received: u64,
        /// The client's window.
        window: u64,
    },
    /// The server has resumed the session. Every later message of either end is counted.
    Resumed {
        /// The next secret.
        secret: Bits,
        /// The next nonce.
        nonce: Bits,
        /// How many messages the server has received.
        received: u64,
        /// The server's window.
        window: u64,
    },
    /// The server refuses, or the session has ended.
    Refused {
        /// The reason.
        why: Refusal,
        /// How many of the client's messages were handled, if the server knows.
        handled: Option<u64>,
    },
    /// An acknowledgement.
    Ack {
        /// How many messages it has handled.
        handled: u64,
        /// The total cost up to which the other end may send.
        credit: u64,
        /// How many messages it has sent in this session.
        sent: u64,
    },
    /// Requests an acknowledgement.
    Ask,
    /// This many messages were dropped by a rule of the queue. They keep their numbers.
    Skip(u64),
    /// A ping.
    Ping,
    /// A pong.
    Pong,
    /// The client has closed the session after so many messages, and handles nothing more.
    Close(u64),
    /// The session was closed: the server's last frame.
    Bye,
}

impl fmt::Display for Frame {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{DLE}")?;
        match self {
            Self::Hello { window, life } => write!(out, "H1 {window} {life}"),
            Self::Open { window } => write!(out, "O{window}"),
            Self::Welcome { id, secret, nonce, life, window } => {
                write!(out, "W{id} {secret} {nonce} {life} {window}")
            }
            Self::Resume { id, secret, nonce, attempt, received, window } => {
                write!(out, "R{id} {secret} {nonce} {attempt} {received} {window}")
            }
            Self::Resumed { secret, nonce, received, window } => {
                write!(out, "K{secret} {nonce} {received} {window}")
            }
            Self::Refused { why, handled: None } => write!(out, "N{}", why.as_str()),
            Self::Refused { why, handled: Some(handled) } => write!(out, "N{} {handled}", why.as_str()),
            Self::Ack { handled, credit, sent } => write!(out, "A{handled} {credit} {sent}"),
            Self::Ask => out.write_str("?"),
            Self::Skip(count) => write!(out, "S{count}"),
            Self::Ping => out.write_str("P"),
            Self::Pong => out.write_str("Q"),
            Self::Close(accepted) => write!(out, "B{accepted}"),
            Self::Bye => out.write_str("B"),
        }
    }
}
