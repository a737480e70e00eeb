//! The core's cases as wasm, for a page; natively they are in `bench/src/core/main.rs`.

#[cfg(target_arch = "wasm32")]
#[path = "../../src/core/cases.rs"]
mod cases;

#[cfg(target_arch = "wasm32")]
mod page {
    use crate::cases::CASES;
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(js_namespace = performance)]
        fn now() -> f64;
    }

    /// Returns the name of a case; `None` after the last.
    #[wasm_bindgen]
    pub fn name(at: usize) -> Option<String> {
        CASES.get(at).map(|case| case.name.to_owned())
    }

    /// Returns nanoseconds per message.
    #[wasm_bindgen]
    pub fn quickest(at: usize) -> f64 {
        CASES.get(at).map_or(f64::NAN, |case| case.quickest(|| now() * 1e6))
    }
}

fn main() {}
