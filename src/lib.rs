//! The browser's WebSocket as a Rust state machine: strict by default, steady on request.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use steady_websocket::WebSocket;
//!
//! let socket = WebSocket::builder("wss://example.com/chat").steady().open()?;
//! let (tx, mut rx) = socket.split();
//! tx.send("hello").await?;
//! while let Some(message) = rx.next().await {
//!     println!("{message:?}");
//! }
//! # Ok(()) }
//! ```
//!
//! | to | use |
//! | --- | --- |
//! | connect once | [`WebSocket::open`] |
//! | stay connected, or set any option | [`WebSocket::builder`] |
//! | receive | [`WebSocket::next`], or any `Stream` adapter; [`WebSocket::next_payload`] leaves bytes in JavaScript |
//! | send, with back-pressure | [`WebSocket::send`], or any `Sink` adapter |
//! | wait until messages have left | [`WebSocket::flush`] |
//! | set options of a message | [`Outgoing`] |
//! | send and receive typed values | [`WebSocket::typed`], with a [codec] |
//! | observe reconnections and losses | [`Sender::events`] |
//! | find out what went wrong | [`Sender::last_failure`] |
//! | close, and see how it ended | [`WebSocket::close`], [`Sender::closed`] |
//! | let several tasks send | [`WebSocket::split`]: a [`Sender`] can be cloned |
//! | bound the queue of received messages | [`Inbound`] |
//!
//! With the feature `session` a [`Builder`] has sessions: every message exactly once and in order, both ways.
//!
//! With the feature `network` the module `network` takes a browser's place in tests on the host.
//!
//! Everything compiles on other targets, for server-side rendering; opening a socket there fails with
//! [`OpenError::NoBrowser`].

// The core is explored natively; in a browser the helpers for that are unused.
#![cfg_attr(all(test, target_arch = "wasm32"), allow(dead_code))]
// Outside of browsers only tests and the network have a platform for the shell.
#![cfg_attr(all(not(test), not(feature = "network"), not(target_arch = "wasm32")), allow(dead_code))]
// Without std the npm package's panics abort immediately, and their texts are not downloaded.
#![cfg_attr(npm_alone, no_std)]

extern crate alloc;

#[cfg(not(npm_alone))]
pub mod codec;
pub mod core;
#[cfg(all(feature = "network", not(target_arch = "wasm32")))]
pub mod network;
#[cfg(not(npm_alone))]
mod socket;
#[cfg(not(npm_alone))]
mod web;

#[cfg(all(npm, target_arch = "wasm32"))]
mod js;

pub use crate::core::{
    Cause, CloseCode, CloseInfo, ConfigError, Decision, FailurePhase, Jitter, Marks, Overflow, Queue,
    ReadyState, Retry, Ticket, Why,
};
#[cfg(not(npm_alone))]
pub use crate::socket::*;

/// The right-hand sides of the migration pages compile.
#[cfg(doctest)]
mod migration {
    #[doc = include_str!("../docs/migration/gloo-net.md")]
    struct GlooNet;
    #[doc = include_str!("../docs/migration/ws_stream_wasm.md")]
    struct WsStreamWasm;
}
