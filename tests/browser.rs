//! The browsers run our tests, and have the features that the product needs.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used)]

use wasm_bindgen::JsValue;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
fn the_native_class_has_its_constants() {
    let class = js_sys::Reflect::get(&js_sys::global(), &"WebSocket".into()).unwrap();
    for (name, value) in [("CONNECTING", 0.0), ("OPEN", 1.0), ("CLOSING", 2.0), ("CLOSED", 3.0)] {
        assert_eq!(js_sys::Reflect::get(&class, &name.into()).unwrap(), JsValue::from_f64(value));
    }
}
