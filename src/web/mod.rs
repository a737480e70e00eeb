//! Drives a machine with a platform's sockets, timers and page events. The owner of a socket is its `Host`.
//!
//! `platform` is the folder `browser` in a browser and `host.rs` elsewhere, with the same names.

mod clock;
mod connection;
mod driver;
mod engine;
mod page;
#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
#[path = "browser/mod.rs"]
pub(crate) mod platform;
#[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
#[path = "host.rs"]
pub(crate) mod platform;
mod timer;

#[cfg(feature = "session")]
pub(crate) use clock::now;
pub(crate) use clock::seed;
pub(crate) use connection::Data;
#[cfg(all(any(test, feature = "network"), not(target_arch = "wasm32")))]
pub(crate) use connection::SocketEvent;
pub(crate) use driver::{Driver, Host, ReceivedMessage};
#[cfg(feature = "session")]
pub(crate) use engine::Engine;
pub(crate) use platform::{Socket, is_offline, is_there};
