//! The Rust API in a dedicated worker, without a window or a document.
#![cfg(target_arch = "wasm32")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "clippy does not know these tests for tests"
)]

#[path = "rust_api/basics.rs"]
mod basics;
#[path = "rust_api/steady.rs"]
mod steady;
#[path = "rust_api/support.rs"]
mod support;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_dedicated_worker);
