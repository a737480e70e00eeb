//! The Rust API: a socket as a stream and a sink.

mod abort_on_drop;
mod builder;
mod callbacks;
mod closing;
mod error;
mod events;
mod failure;
mod flush;
mod gate;
mod inbox;
mod keys;
mod message;
mod receiver;
mod sender;
#[cfg(feature = "session")]
mod session;
mod shell;
mod source;
mod stats;
#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
mod wakers;
mod websocket;

use crate::web::platform;
use std::future::Future;

pub use builder::{Builder, Heartbeat};
pub use closing::Closing;
pub use error::{CloseError, OpenError, SendError, StateError};
pub use events::{Event, Events};
pub use failure::Failure;
pub use gate::Gate;
pub use inbox::Inbound;
pub use message::{Message, Outgoing, Payload};
pub use receiver::Receiver;
pub use sender::Sender;
#[cfg(feature = "session")]
pub use session::{Session, SessionEvent, SessionFate, SessionLoss, SessionSent};
pub use source::{Address, Provided};
pub use stats::Stats;
pub use websocket::WebSocket;

/// Runs a future in the background where sockets run: in the page or worker, or in a network for tests. For
/// hooks; elsewhere it does nothing.
pub fn spawn_local(future: impl Future<Output = ()> + 'static) {
    platform::spawn_local(future);
}
