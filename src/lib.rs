//! The browser's WebSocket as a Rust state machine.
pub mod core;
