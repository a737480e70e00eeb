//! Sessions: every message exactly once and in order, both ways, over any number of connections.
//!
//! A socket with a session has a machine of its own ([`machine`]): the steady one, which connects and reconnects, and the
//! client of the session protocol, which decides what goes over these connections. To the driver it is one more
//! [`Engine`](crate::web::Engine), so everything above the machine works as without a session.

mod callbacks;
mod held;
mod machine;

pub(super) use callbacks::SessionCallbacks;
pub(super) use machine::{Rules, SessionMachine};

use crate::core::{ConfigError, Ticket};
use std::time::Duration;
pub use steady_session::Loss as SessionLoss;

/// The default window, in bytes of binary data and UTF-16 units of text.
const WINDOW: u64 = 256 << 10;

/// A session for [`Builder::session`](crate::Builder::session): the server's application handles every message that `send`
/// accepts exactly once and in order, over any number of connections; and so does this application with the server's.
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
/// A received message is handled when it is taken from the stream; [`flush`](crate::Sender::flush) resolves when the server's
/// application has handled everything. What is sent is kept until then:
/// [`buffered_amount`](crate::Sender::buffered_amount) and the water marks count it.
#[derive(Clone, Debug)]
#[must_use]
pub struct Session {
    pub(super) required: bool,
    pub(super) window: u64,
}

impl Session {
    /// Continues without a session if the server has none. Without sub-protocols of its own, a socket whose handshake
    /// with the offer fails makes the next one without, because browsers hide why it failed; attempts alternate until one
    /// opens.
    pub fn prefer() -> Self {
        Self { required: false, window: WINDOW }
    }

    /// Closes the socket if the server has no sessions.
    pub fn require() -> Self {
        Self { required: true, window: WINDOW }
    }

    /// Sets how much the server may send before it is handled, in bytes of binary data and UTF-16 units of text. The
    /// default is 256 KiB. The server's sender waits beyond that.
    pub fn window(mut self, cost: u64) -> Self {
        self.window = cost;
        self
    }

    /// Returns the first broken rule as an error.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let in_range = (1..=steady_session::GREATEST).contains(&self.window);
        if in_range { Ok(()) } else { Err(refused("session.window", "must be between 1 and 2^53 - 1")) }
    }
}

/// Returns the refusal of an option.
pub(super) const fn refused(field: &'static str, rule: &'static str) -> ConfigError {
    ConfigError { field, rule, number: u8::MAX }
}

/// An event of a session, in [`Event::Session`](crate::Event::Session).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionEvent {
    /// A session has begun.
    New {
        /// How long it outlives its connection.
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
        /// Why.
        reason: SessionLoss,
        /// How many of its messages the server's application is known to have handled.
        handled: u64,
        /// The others, which [`Event::Discarded`](crate::Event::Discarded) has reported.
        unhandled: Vec<Ticket>,
    },
}
