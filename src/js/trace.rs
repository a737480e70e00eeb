//! What `steady-websocket/trace` adds: a socket's trace, and its replay.

use super::table::{self, machine};
use crate::core::trace;
use alloc::string::String;
use wasm_bindgen::prelude::*;

/// Writes a socket's trace.
#[wasm_bindgen(skip_typescript)]
pub fn trace(handle: u32) {
    let text = machine(handle).map_or_else(String::new, |machine| machine.trace().into());
    table::write_text(&text);
}

/// Replays the trace that was written, and writes it with its effects. Returns -1; or, after writing the rule that it breaks, the
/// number of the line.
#[wasm_bindgen(skip_typescript)]
pub fn replay() -> i32 {
    match trace::replay(&table::read_text()) {
        Ok(text) => {
            table::write_text(&text);
            FINE
        }
        Err(error) => {
            table::write_text(error.rule);
            error.line as i32
        }
    }
}

const FINE: i32 = -1;
