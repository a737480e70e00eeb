//! The Rust API in a browser, against the fault server.
#![cfg(target_arch = "wasm32")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "clippy does not know these tests for tests"
)]

mod basics;
mod inbound;
mod pressure;
mod soundness;
mod steady;
mod support;
#[cfg(feature = "json")]
mod typed;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
