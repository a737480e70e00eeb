//! A network for tests of WebSocket code: clients, servers, the link between them and the bytes on it, in memory and in
//! virtual time. The same seed and the same calls give the same bytes on every machine.
//!
//! Nothing here calls out. Methods change the state; what happens is read with [`Network::next_event`], which moves the
//! clock:
//!
//! ```
//! use steady_network::{Accept, Connect, Event, Message, Network, Options};
//! use std::time::Duration;
//!
//! let mut network = Network::new(Options { latency: Duration::from_millis(20), ..Options::default() })?;
//! network.listen("ws://chat.test/")?;
//! let client = network.connect(Connect::to("ws://chat.test/"))?;
//! while let Some(event) = network.next_event(Duration::from_secs(1))? {
//!     match event {
//!         Event::Request { connection, .. } => network.peer(connection)?.accept(Accept::default())?,
//!         Event::Open { .. } => network.send(client, Message::from("hello"))?,
//!         Event::PeerMessage { connection, message } => network.peer(connection)?.send(message)?,
//!         Event::Message { message, .. } => assert_eq!(message, Message::from("hello")),
//!         _ => {}
//!     }
//! }
//! assert_eq!(network.now(), Duration::from_secs(1));
//! # Ok::<(), steady_network::Error>(())
//! ```
//!
//! # What of tungstenite is used
//!
//! Frame headers are parsed and frames are formatted by `tungstenite`, and the accept key is derived by it. Its two roles
//! are not used: a client's masking keys would come from the operating system, so that no two runs had the same wire and
//! the WebAssembly build needed an import for randomness, and they do not send the Close frame with which a browser fails
//! a connection. The rules of a message, 150 lines, are in `assembly.rs`; a test holds them to those roles.

mod assembly;
mod client;
mod codec;
mod connection;
mod endpoint;
mod error;
mod event;
pub mod faults;
mod faulty;
mod handshake;
mod link;
mod listeners;
mod network;
mod options;
mod peer;
mod random;
mod tcp;
mod url;
pub mod wire;

pub use codec::Message;
pub use error::Error;
pub use event::{ConnectionId, Event, ListenerId, ReadyState};
pub use handshake::{Accept, Connect, Refuse, Request, status_phrase};
pub use network::Network;
pub use options::{Limits, Options};
pub use peer::Peer;

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
