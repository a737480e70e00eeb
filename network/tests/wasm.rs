//! The same seed gives the same wire in WebAssembly.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, clippy::indexing_slicing)]

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

#[path = "it/golden.rs"]
mod golden;

#[wasm_bindgen_test::wasm_bindgen_test]
fn the_wire_is_the_recorded_one() {
    golden::check();
}
