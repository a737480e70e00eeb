//! What JavaScript gets: the classes of `socket.js`, and the core's functions, handed to them.
//!
//! Compiled only into this checkout's own builds (`cfg(npm)`, see `build.rs`), so that a Rust app pays nothing
//! for classes it can not reach.
//!
//! `socket.js` can not import the wasm's main file, which imports it. So [`start`] passes it the wasm instance's
//! exports, and it calls them with no glue in between. To keep it so, an export takes and returns only `i32`,
//! `u32`, `f64`, `bool` and `&JsValue`: raw, a `u32` may arrive in JavaScript negative (`>>> 0`) and a `bool` is
//! 0 or 1.

use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/js/socket.js")]
extern "C" {
    /// The strict class. The Rust name leaves `WebSocket` to the platform's own.
    #[wasm_bindgen(js_name = WebSocket, reexport)]
    type Strict;

    /// The class that stays connected.
    #[wasm_bindgen(js_name = SteadyWebSocket, reexport)]
    type Steady;

    fn install(core: &JsValue);
}

#[wasm_bindgen(start, private)]
fn start() {
    install(&wasm_bindgen::exports());
}

/// Shows that the classes reach the core. To be replaced by the machine's verbs.
#[wasm_bindgen(skip_typescript)]
pub fn steady_utf8_len(code_point: u32) -> u32 {
    char::from_u32(code_point).map_or(3, |c| c.len_utf8() as u32)
}
