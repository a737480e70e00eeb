//! What time it is, by both of the browser's clocks.

use crate::core::Instant;
use std::cell::Cell;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn monotonic() -> f64;
}

/// The moment, on the clock that never goes back.
pub(crate) fn now() -> Instant {
    Instant::from_millis(monotonic() as u64)
}

/// All 53 bits a browser's random number has, spread over the seed by the generator itself.
pub(crate) fn seed() -> u64 {
    (js_sys::Math::random() * 9_007_199_254_740_992.0) as u64
}

/// The monotonic clock stands still while some machines sleep, the wall clock does not: when they
/// drift apart by this much, we were asleep (or the user set the clock, which does no harm).
const JUMP: f64 = 2_000.0;

/// Notices that the wall clock jumped against the monotonic one.
pub(super) struct JumpWatch(Cell<f64>);

impl JumpWatch {
    pub(super) fn new() -> Self {
        Self(Cell::new(offset()))
    }

    pub(super) fn jumped(&self) -> bool {
        let offset = offset();
        let drift = offset - self.0.replace(offset);
        drift.abs() > JUMP
    }
}

fn offset() -> f64 {
    js_sys::Date::now() - monotonic()
}
