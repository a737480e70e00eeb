//! The sockets by number, and what goes over the border besides numbers: texts, letter by letter, and payloads, by
//! their place in JavaScript's own list.

use crate::core::{Machine, Text};
use std::cell::RefCell;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/js/border.js")]
extern "C" {
    /// Nobody needs this payload any more.
    fn release(place: i32);
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
    places: Vec<Option<Machine<Kept>>>,
    free: Vec<u32>,
}

thread_local! {
    static SOCKETS: RefCell<Table> = const { RefCell::new(Table { places: Vec::new(), free: Vec::new() }) };
    /// What JavaScript has put down for the next call.
    static PUT: RefCell<Vec<f64>> = const { RefCell::new(Vec::new()) };
    /// The text it may read, and a further line.
    static SAID: RefCell<(Option<Text>, &'static str)> = const { RefCell::new((None, "")) };
}

pub(super) fn insert(machine: Machine<Kept>) -> u32 {
    SOCKETS.with_borrow_mut(|table| {
        let place = table.free.pop().unwrap_or(table.places.len() as u32);
        match table.places.get_mut(place as usize) {
            Some(free) => *free = Some(machine),
            None => table.places.push(Some(machine)),
        }
        place
    })
}

/// Looks at a machine; the closure must not call out. Of one that is gone there is nothing to see.
// `dyn`: one copy for all who look, in what a page downloads.
pub(super) fn with(handle: u32, look: &mut dyn FnMut(&mut Machine<Kept>)) {
    SOCKETS.with_borrow_mut(|table| {
        if let Some(Some(machine)) = table.places.get_mut(handle as usize) {
            look(machine);
        }
    });
}

/// The object is no more.
#[wasm_bindgen(skip_typescript)]
pub fn free(handle: u32) {
    // Dropped after the borrow: payloads are released one by one.
    let _gone = SOCKETS.with_borrow_mut(|table| {
        let gone = table.places.get_mut(handle as usize)?.take();
        table.free.push(handle);
        gone
    });
}

/// Puts a number, or a letter of a text, down for the next call that wants them.
#[wasm_bindgen(skip_typescript)]
pub fn put(number: f64) {
    PUT.with_borrow_mut(|numbers| numbers.push(number));
}

pub(super) fn numbers() -> Vec<f64> {
    PUT.take()
}

/// A code point that is none stands for what is no text.
pub(super) fn text() -> String {
    let letter = |number: f64| char::from_u32(number as u32).unwrap_or(char::REPLACEMENT_CHARACTER);
    numbers().into_iter().map(letter).collect()
}

pub(super) fn say(text: Text) {
    SAID.set((Some(text), ""));
}

pub(super) fn say_more(text: &'static str) {
    SAID.with_borrow_mut(|(_, more)| *more = text);
}

/// The letter at this place of what was said last; negative behind its end.
#[wasm_bindgen(skip_typescript)]
pub fn letter(at: u32) -> i32 {
    SAID.with_borrow(|said| {
        let more = if said.1.is_empty() { "" } else { "\n" };
        let letters = said.0.iter().flat_map(|text| text.chars()).chain(more.chars()).chain(said.1.chars());
        letters.map(|letter| letter as i32).nth(at as usize).unwrap_or(-1)
    })
}
