//! What `steady-websocket/trace` adds: a socket's trace, and its replay. Texts cross one code point at a time.

use super::table::{machine, read_optional};
use crate::core::trace;
use alloc::string::String;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(raw_module = "border")]
extern "C" {
    /// Appends a code point to the text for JavaScript; a negative one begins a new text.
    #[wasm_bindgen(js_name = letter)]
    fn append_letter(letter: i32);
    /// Writes the close reason of the input that is being handled.
    #[wasm_bindgen(js_name = spell)]
    fn spell();
}

/// Writes a socket's trace.
#[wasm_bindgen(skip_typescript)]
pub fn trace(handle: u32) {
    let text = machine(handle).map_or_else(String::new, |machine| machine.trace().into());
    write_text(&text);
}

/// Replays the trace that was written, and writes it with its effects. Returns -1; or, after writing the rule that it breaks, the
/// number of the line.
#[wasm_bindgen(skip_typescript)]
pub fn replay() -> i32 {
    let mut text = String::new();
    read_text(&mut text);
    match trace::replay(&text) {
        Ok(text) => {
            write_text(&text);
            FINE
        }
        Err(error) => {
            write_text(error.rule);
            error.line as i32
        }
    }
}

const FINE: i32 = -1;

/// Appends the close reason of the input that is being handled.
pub(super) fn read_stored(number: u32, out: &mut String) {
    if number > 0 {
        spell();
        read_text(out);
    }
}

/// Reads the text that JavaScript wrote. A lone surrogate becomes U+FFFD.
fn read_text(out: &mut String) {
    while let Some(number) = read_optional() {
        out.push(char::from_u32(number as u32).unwrap_or(char::REPLACEMENT_CHARACTER));
    }
}

/// Says a text to JavaScript.
fn write_text(text: &str) {
    append_letter(-1);
    for letter in text.chars() {
        append_letter(letter as i32);
    }
}
