//! The network through its public API.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod bounds;
mod capture;
mod closing;
mod faults;
mod fuzz;
mod golden;
mod handshake;
mod link;
mod misuse;
mod support;
mod violations;
mod wire;
