//! Sessions for WebSocket servers: every message exactly once and in order, both ways, over any number of connections.
//! The application's task holds one [`Session`], a `Stream` and a `Sink`, while its client comes and goes.

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
