//! The browser's clocks and random numbers.

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn now() -> f64;
}

/// Returns the milliseconds of the monotonic clock.
pub(crate) fn monotonic() -> f64 {
    now()
}

/// Returns the milliseconds of the wall clock.
pub(crate) fn wall() -> f64 {
    js_sys::Date::now()
}

/// Returns a random number from 0 to below 1.
pub(crate) fn random() -> f64 {
    js_sys::Math::random()
}
