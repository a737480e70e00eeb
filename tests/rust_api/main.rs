//! The Rust API in a browser, against the fault server.
#![cfg(target_arch = "wasm32")]

mod basics;
mod inbound;
mod pressure;
mod soundness;
mod steady;
mod support;
#[cfg(feature = "json")]
mod typed;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
