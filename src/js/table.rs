//! The table of machines by handle, and how JavaScript passes further numbers.

use super::text::StoredText;
use alloc::boxed::Box;
use alloc::vec::Vec;
use atomic_refcell::{AtomicRefCell, AtomicRefMut};
use wasm_bindgen::prelude::*;

#[cfg_attr(npm_alone, wasm_bindgen(raw_module = "border"))]
#[cfg_attr(not(npm_alone), wasm_bindgen(module = "/src/js/border.js"))]
extern "C" {
    /// Returns the next number that JavaScript wrote; -1 after the last.
    #[wasm_bindgen(js_name = number)]
    pub(super) fn read_number() -> f64;
}

/// The place of a payload in a list of the socket's, in JavaScript.
pub(super) type PayloadIndex = u32;

#[cfg(not(npm_trace))]
pub(super) type SocketMachine = crate::core::Machine<PayloadIndex, crate::core::AnyKind<StoredText>>;
#[cfg(npm_trace)]
pub(super) type SocketMachine = crate::core::trace::Recorded<PayloadIndex, StoredText>;

/// Machines, and which places in the list are free.
struct Table {
    places: Vec<Option<Box<SocketMachine>>>,
    free: Vec<u32>,
}

// Not thread-local, which needs std. Instances that shared this memory would share the classes too.
static SOCKETS: AtomicRefCell<Table> = AtomicRefCell::new(Table { places: Vec::new(), free: Vec::new() });

pub(super) fn insert(machine: SocketMachine) -> u32 {
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
pub(super) fn machine(handle: u32) -> Option<AtomicRefMut<'static, Box<SocketMachine>>> {
    AtomicRefMut::filter_map(SOCKETS.borrow_mut(), |table| table.places.get_mut(handle as usize)?.as_mut())
}

/// Frees the machine of an object that was collected.
#[wasm_bindgen(skip_typescript)]
pub fn free(handle: u32) {
    let mut table = SOCKETS.borrow_mut();
    table.free.push(handle);
    drop(table.places.get_mut(handle as usize).and_then(Option::take));
}

/// Returns the next number that JavaScript wrote, unless it is negative.
pub(super) fn read_optional() -> Option<f64> {
    Some(read_number()).filter(|number| *number >= 0.0)
}
