//! The sockets by number, and what goes over the border besides numbers: texts, letter by letter, and payloads, by
//! their place in JavaScript's own list.

#[cfg(not(npm_trace))]
pub(super) use crate::core::Machine as Held;
#[cfg(npm_trace)]
pub(super) use crate::core::trace::Recorded as Held;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use atomic_refcell::{AtomicRefCell, AtomicRefMut};
use wasm_bindgen::prelude::*;

#[cfg_attr(npm_alone, wasm_bindgen(raw_module = "border"))]
#[cfg_attr(not(npm_alone), wasm_bindgen(module = "/src/js/border.js"))]
extern "C" {
    /// Nobody needs this payload any more.
    fn release(place: i32);
    /// The next number that was put down for us; -1 behind the last.
    pub(super) fn take() -> f64;
    /// The next letter of a text; a negative one begins a text.
    fn say(letter: i32);
}

/// A payload that JavaScript keeps for us. The clone that is handed on to be sent is not the one it is kept by.
pub(super) struct Kept {
    pub(super) place: u32,
    held: bool,
}

impl Kept {
    /// A negative place is no payload at all.
    pub(super) const fn at(place: f64) -> Self {
        Self { place: place as u32, held: place >= 0.0 }
    }
}

impl Clone for Kept {
    fn clone(&self) -> Self {
        Self { place: self.place, held: false }
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if self.held {
            release(self.place as i32);
        }
    }
}

/// Machines, and which places are free.
struct Table {
    places: Vec<Option<Box<Held<Kept>>>>,
    free: Vec<u32>,
}

// Not thread-local, which only std knows, and not less safe for it: what shares this memory shares the classes.
static SOCKETS: AtomicRefCell<Table> = AtomicRefCell::new(Table { places: Vec::new(), free: Vec::new() });

pub(super) fn insert(machine: Held<Kept>) -> u32 {
    let machine = Box::new(machine);
    let mut table = SOCKETS.borrow_mut();
    let place = table.free.pop().unwrap_or(table.places.len() as u32);
    match table.places.get_mut(place as usize) {
        Some(free) => *free = Some(machine),
        None => table.places.push(Some(machine)),
    }
    place
}

/// A machine, unless it is gone. Nobody else has any meanwhile: whoever has it must not call out.
pub(super) fn machine(handle: u32) -> Option<AtomicRefMut<'static, Box<Held<Kept>>>> {
    AtomicRefMut::filter_map(SOCKETS.borrow_mut(), |table| table.places.get_mut(handle as usize)?.as_mut())
}

/// The object is no more.
#[wasm_bindgen(skip_typescript)]
pub fn free(handle: u32) {
    let gone = {
        let mut table = SOCKETS.borrow_mut();
        table.free.push(handle);
        table.places.get_mut(handle as usize).and_then(Option::take)
    };
    // With nothing borrowed: payloads are released one by one.
    drop(gone);
}

/// The next number that JavaScript has put down, if it is one of use: 0 or more.
pub(super) fn number() -> Option<f64> {
    Some(take()).filter(|number| *number >= 0.0)
}

/// The text that it has put down. A letter that is none stands for what is no text.
pub(super) fn text() -> String {
    let letter = |number: f64| char::from_u32(number as u32).unwrap_or(char::REPLACEMENT_CHARACTER);
    let mut text = String::new();
    while let Some(number) = number() {
        text.push(letter(number));
    }
    text
}

/// Says a text to JavaScript.
pub(super) fn tell(text: &str) {
    say(-1);
    for letter in text.chars() {
        say(letter as i32);
    }
}
