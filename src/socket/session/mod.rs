//! Sessions: every message exactly once and in order, both ways, over any number of connections.
//!
//! A socket with a session has its own [`machine`]. It combines the steady machine, which connects and reconnects,
//! with the client of the session protocol, which decides what is sent on these connections. To the driver it is
//! another [`Engine`](crate::web::Engine), so everything above it works as without a session.

mod callbacks;
mod held;
mod machine;
mod sent;

pub(super) use callbacks::SessionCallbacks;
pub(super) use machine::{Rules, SessionMachine};
pub(super) use sent::Outcome;
pub use sent::{SessionFate, SessionSent};

use crate::core::{ConfigError, Ticket};
use std::time::Duration;
pub use steady_session::Loss as SessionLoss;

/// The default window in bytes of binary data and UTF-16 code units of text.
const WINDOW: u64 = 256 << 10;

/// A session for [`Builder::session`](crate::Builder::session): every message that `send` accepts at either end is
/// handled by the other end's application exactly once and in order, over any number of connections.
///
/// The server must support sessions, as the crate `steady-websocket-server` does.
///
/// ```no_run
/// # use steady_websocket::{OpenError, Session, WebSocket};
/// # fn example() -> Result<WebSocket, OpenError> {
/// WebSocket::builder("wss://example.com/live").session(Session::require()).open()
/// # }
/// ```
///
/// A received message is handled when it is taken from the stream; [`flush`](crate::Sender::flush) resolves when the
/// server's application has handled everything, and [`send_tracked`](crate::Sender::send_tracked) reports the outcome of
/// one message. A sent message is buffered until it is handled;
/// [`buffered_amount`](crate::Sender::buffered_amount) and the water marks include it.
#[derive(Clone, Debug)]
#[must_use]
pub struct Session {
    pub(super) required: bool,
    pub(super) window: u64,
}

impl Session {
    /// Continues without a session if the server has none. If a handshake with the offer fails and the socket has no
    /// sub-protocols of its own, the next attempt omits the offer, because browsers hide why it failed; attempts
    /// alternate until one opens.
    pub fn prefer() -> Self {
        Self { required: false, window: WINDOW }
    }

    /// Closes the socket if the server has no sessions.
    pub fn require() -> Self {
        Self { required: true, window: WINDOW }
    }

    /// Sets how much the server may send before it is handled, in bytes of binary data and UTF-16 code units of text.
    /// Beyond that, the server's sender waits. The default is 256 KiB.
    pub fn window(mut self, cost: u64) -> Self {
        self.window = cost;
        self
    }

    /// Returns an error for the first invalid option.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let in_range = (1..=steady_session::GREATEST).contains(&self.window);
        if in_range { Ok(()) } else { Err(refused("session.window", "must be between 1 and 2^53 - 1")) }
    }
}

/// Returns the error for an invalid option.
pub(super) const fn refused(field: &'static str, rule: &'static str) -> ConfigError {
    ConfigError { field, rule, number: u8::MAX }
}

/// An event of a session, in [`Event::Session`](crate::Event::Session).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionEvent {
    /// A session began.
    New {
        /// How long the session survives without a connection.
        life: Duration,
    },
    /// The session is being resumed on a new connection.
    Resuming,
    /// The session was resumed.
    Resumed {
        /// How many messages are sent again.
        replayed: u64,
        /// How many messages the server has not acknowledged, including those.
        unacknowledged: u64,
    },
    /// The server has no sessions: the socket continues as an ordinary steady one.
    None,
    /// The session was lost. The next connection begins a new one.
    Lost {
        /// The reason.
        reason: SessionLoss,
        /// How many of the session's messages the server's application is known to have handled.
        handled: u64,
        /// The tickets of the other messages, which [`Event::Discarded`](crate::Event::Discarded) has reported.
        unhandled: Vec<Ticket>,
    },
}
