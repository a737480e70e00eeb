//! The table of machines by handle, and how texts and payloads cross the border: texts one code point at a time, payloads
//! as an index into a list in JavaScript.

#[cfg(not(npm_trace))]
pub(super) use crate::core::Machine as SocketMachine;
#[cfg(npm_trace)]
pub(super) use crate::core::trace::Recorded as SocketMachine;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use atomic_refcell::{AtomicRefCell, AtomicRefMut};
use wasm_bindgen::prelude::*;

#[cfg_attr(npm_alone, wasm_bindgen(raw_module = "border"))]
#[cfg_attr(not(npm_alone), wasm_bindgen(module = "/src/js/border.js"))]
extern "C" {
    /// Releases a payload.
    #[wasm_bindgen(js_name = release)]
    fn release_payload(index: i32);
    /// Returns the next number that JavaScript wrote; -1 after the last.
    #[wasm_bindgen(js_name = number)]
    pub(super) fn read_number() -> f64;
    /// Appends a code point to the text for JavaScript; a negative one begins a new text.
    #[wasm_bindgen(js_name = letter)]
    fn append_letter(letter: i32);
}

/// A payload stored in JavaScript. It is released with the original; a clone only refers to it.
pub(super) struct PayloadRef {
    pub(super) index: u32,
    owned: bool,
}

impl PayloadRef {
    /// A negative index stands for no payload.
    pub(super) const fn at(index: f64) -> Self {
        Self { index: index as u32, owned: index >= 0.0 }
    }
}

impl Clone for PayloadRef {
    fn clone(&self) -> Self {
        Self { index: self.index, owned: false }
    }
}

impl Drop for PayloadRef {
    fn drop(&mut self) {
        if self.owned {
            release_payload(self.index as i32);
        }
    }
}

/// Machines, and which places in the list are free.
struct Table {
    places: Vec<Option<Box<SocketMachine<PayloadRef>>>>,
    free: Vec<u32>,
}

// Not thread-local, which needs std. Instances that shared this memory would share the classes too.
static SOCKETS: AtomicRefCell<Table> = AtomicRefCell::new(Table { places: Vec::new(), free: Vec::new() });

pub(super) fn insert(machine: SocketMachine<PayloadRef>) -> u32 {
    let machine = Box::new(machine);
    let mut table = SOCKETS.borrow_mut();
    let place = table.free.pop().unwrap_or(table.places.len() as u32);
    match table.places.get_mut(place as usize) {
        Some(free) => *free = Some(machine),
        None => table.places.push(Some(machine)),
    }
    place
}

/// Returns a machine, unless it was freed. The whole table is borrowed meanwhile, so the caller must not call JavaScript.
pub(super) fn machine(handle: u32) -> Option<AtomicRefMut<'static, Box<SocketMachine<PayloadRef>>>> {
    AtomicRefMut::filter_map(SOCKETS.borrow_mut(), |table| table.places.get_mut(handle as usize)?.as_mut())
}

/// Frees the machine of an object that was collected.
#[wasm_bindgen(skip_typescript)]
pub fn free(handle: u32) {
    let gone = {
        let mut table = SOCKETS.borrow_mut();
        table.free.push(handle);
        table.places.get_mut(handle as usize).and_then(Option::take)
    };
    // Dropped after the borrow: it calls JavaScript for each payload.
    drop(gone);
}

/// Returns the next number that JavaScript wrote, unless it is negative.
pub(super) fn read_optional() -> Option<f64> {
    Some(read_number()).filter(|number| *number >= 0.0)
}

/// Reads the text that JavaScript wrote. A lone surrogate becomes U+FFFD.
pub(super) fn read_text() -> String {
    let letter = |number: f64| char::from_u32(number as u32).unwrap_or(char::REPLACEMENT_CHARACTER);
    let mut text = String::new();
    while let Some(number) = read_optional() {
        text.push(letter(number));
    }
    text
}

/// Says a text to JavaScript.
pub(super) fn write_text(text: &str) {
    append_letter(-1);
    for letter in text.chars() {
        append_letter(letter as i32);
    }
}
