//! Sessions for WebSocket servers: every message exactly once and in order, both ways, over any number of connections.
//!
//! The application's task holds one [`Session`], a `Stream` and a `Sink`, while its client comes and goes:
//!
//! ```
//! # #[cfg(feature = "axum")] fn example() -> Result<(), steady_websocket_server::LimitError> {
//! use axum::{Router, extract::State, response::Response, routing::any};
//! use futures_util::{SinkExt, StreamExt};
//! use steady_websocket_server::{Limits, Session, SessionUpgrade, Sessions, store::Memory};
//!
//! async fn echo(upgrade: SessionUpgrade, State(sessions): State<Sessions>) -> Response {
//!     upgrade.accept(&sessions, |mut session: Session| async move {
//!         while let Some(message) = session.next().await {
//!             if session.send(message).await.is_err() {
//!                 return;
//!             }
//!         }
//!     })
//! }
//!
//! let sessions = Sessions::new(Memory::new(), Limits::default())?;
//! let app: Router = Router::new().route("/", any(echo)).with_state(sessions);
//! # Ok(()) }
//! ```
//!
//! # Guarantees
//!
//! During a session, every message that `send` accepts at either end is handled by the other end's application exactly
//! once and in order, over any number of connections. If a session is lost instead of closed, both ends are informed of
//! it, and of how many of their messages were handled. If *effects* must survive a crash of the process that handles the
//! messages, or a takeover by another node, commit the position in the transaction that has the effects, as the example
//! `ledger` does with PostgreSQL.
//! Otherwise the last unacknowledged messages may be handled again, with the same numbers.
//!
//! # Stores
//!
//! | store | sessions survive the loss of | feature |
//! | --- | --- | --- |
//! | [`store::Memory`] | connections | |
//! | `store::Postgres` | nodes, and the database's process | `postgres` |
//! | `store::Redis` | nodes, and as much as Redis is configured to survive | `redis` |
//!
//! Any node that shares the store can resume a session; sticky routing is not needed. Senders wait while the store is
//! unavailable. Other stores implement [`store::Store`]; the feature `kit` has a conformance check for them.
//!
//! # Security
//!
//! [`Sessions::authorize`] sets a hook that identifies the user at each open and resume. A session can only be resumed
//! with its secret, and by the identity that opened it. [`Limits`] bound sessions, their memory, and connections that are
//! not authorized yet.
//!
//! # Without sessions
//!
//! A client that does not offer the sub-protocol gets a [`Session`] of a single connection, without guarantees, for which
//! [`Session::is_plain`] returns true.

// Without either library there are no connections, but stores can still be implemented and checked.
#![cfg_attr(not(any(feature = "axum", feature = "tungstenite")), allow(dead_code))]

mod arrive;
mod authorize;
#[cfg(feature = "axum")]
mod axum;
mod connection;
mod counters;
mod driver;
mod hub;
mod limits;
mod message;
mod outlet;
mod plain;
mod plain_connection;
mod session;
mod sessions;
mod shared;
mod silence;
mod state;
pub mod store;
mod transport;
#[cfg(feature = "tungstenite")]
mod tungstenite;

#[cfg(feature = "axum")]
pub use crate::axum::SessionUpgrade;
pub use authorize::{Denied, Identity, Opening, OpeningKind};
pub use counters::Counters;
pub use limits::{LimitError, Limits};
pub use message::Message;
pub use session::{End, EndReason, Position, Received, Session, SessionError, Status};
pub use sessions::Sessions;
pub use steady_session::{Bits, Fate, Loss, Refusal, Stats};

/// Compiles the example of the crate's page.
#[cfg(all(doctest, feature = "axum"))]
#[doc = include_str!("../README.md")]
struct Readme;
