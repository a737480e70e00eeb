//! What "steady-websocket/trace" adds: the text of what happened to a socket, and what a machine does when it happens
//! again.

use super::table::{self, machine};
use crate::core::trace;
use alloc::string::String;
use wasm_bindgen::prelude::*;

/// Says a socket's trace.
#[wasm_bindgen(skip_typescript)]
pub fn trace(handle: u32) {
    let text = machine(handle).map_or_else(String::new, |machine| machine.trace().into());
    table::tell(&text);
}

/// Says the trace that was put down, with effects; or the rule that it breaks, and answers with the line.
#[wasm_bindgen(skip_typescript)]
pub fn replay() -> i32 {
    match trace::replay(&table::text()) {
        Ok(text) => {
            table::tell(&text);
            FINE
        }
        Err(error) => {
            table::tell(error.rule);
            error.line as i32
        }
    }
}

const FINE: i32 = -1;
