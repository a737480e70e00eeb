//! Sessions for WebSocket servers: every message exactly once and in order, both ways, over any number of connections.
//!
//! The application's task holds one [`Session`], a `Stream` and a `Sink`, while its client comes and goes:
//!
//! ```
//! # #[cfg(feature = "axum")] fn example() {
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
//! let sessions = Sessions::new(Memory::new(), Limits::default());
//! let app: Router = Router::new().route("/", any(echo)).with_state(sessions);
//! # }
//! ```
//!
//! # The promise, with its boundary
//!
//! While a session lives, every message that `send` accepted on either side is handled by the other side's application
//! exactly once and in order, over any number of connections. If a session ends otherwise than by being closed, both
//! sides are told, and a tombstone says how many were handled. For *effects* that must survive a crash of the handling
//! process, or that another node takes the session over from it, exactly once holds with a store whose transaction also
//! commits the position; without, the last unacknowledged messages may be handled again, with their numbers. The example
//! `ledger` commits it, with PostgreSQL.
//!
//! # Stores
//!
//! | store | a session survives | feature |
//! | --- | --- | --- |
//! | [`store::Memory`] | connections | |
//! | `store::Postgres` | nodes, and the database's process | `postgres` |
//! | `store::Redis` | nodes, and what Redis is set up to survive | `redis` |
//!
//! Any node that shares the store may take a resume; no stickiness is needed. A store that is away makes senders wait.
//! Those of other kinds implement [`store::Store`]; the feature `kit` has what every store must pass.
//!
//! # Security
//!
//! [`Sessions::authorize`] says whom a connection belongs to, at each resume as at the open. A session is resumed only with
//! its secret, and only by the identity that opened it. [`Limits`] bound sessions, their memory, and connections that have
//! not said whom they belong to.
//!
//! # Without sessions
//!
//! A client that does not offer the sub-protocol is served, too: as a [`Session`] of one connection, about which
//! [`Session::is_plain`] is true and nothing is promised.

// Without either library there are no connections; stores can be written and checked all the same.
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
mod plain;
mod plain_connection;
mod session;
mod sessions;
mod shared;
mod state;
pub mod store;
mod transport;
#[cfg(feature = "tungstenite")]
mod tungstenite;

#[cfg(feature = "axum")]
pub use crate::axum::SessionUpgrade;
pub use authorize::{Arrival, Asks, Denied, Identity};
pub use counters::Counters;
pub use limits::Limits;
pub use message::Message;
pub use session::{End, EndReason, Position, Received, Session, SessionError, Status};
pub use sessions::Sessions;
pub use steady_session::{Bits, Fate, Loss, Refusal, Stats};

/// Compiles the example of the crate's page.
#[cfg(all(doctest, feature = "axum"))]
#[doc = include_str!("../README.md")]
struct Readme;
