//! The browser's clocks, and its chance.

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn now() -> f64;
}

/// Milliseconds on the clock that never goes back.
pub(crate) fn monotonic() -> f64 {
    now()
}

/// Milliseconds on the wall clock.
pub(crate) fn wall() -> f64 {
    js_sys::Date::now()
}

/// A number below 1, by chance.
pub(crate) fn random() -> f64 {
    js_sys::Math::random()
}
