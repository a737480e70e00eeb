//! The browser's WebSocket as a Rust state machine.
pub mod core;
mod web;

#[cfg(all(npm, target_arch = "wasm32"))]
mod js;
