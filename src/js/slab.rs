//! Sockets by number: what a JavaScript object holds of them.

use std::cell::RefCell;

/// Places, and which of them are free.
pub(super) struct Slab<T> {
    places: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T> Slab<T> {
    pub(super) const fn new() -> Self {
        Self { places: Vec::new(), free: Vec::new() }
    }

    pub(super) fn insert(&mut self, value: T) -> u32 {
        let handle = self.free.pop().unwrap_or_else(|| {
            self.places.push(None);
            (self.places.len() - 1) as u32
        });
        if let Some(place) = self.places.get_mut(handle as usize) {
            *place = Some(value);
        }
        handle
    }

    pub(super) fn get(&mut self, handle: u32) -> Option<&mut T> {
        self.places.get_mut(handle as usize)?.as_mut()
    }

    pub(super) fn remove(&mut self, handle: u32) -> Option<T> {
        let gone = self.places.get_mut(handle as usize)?.take()?;
        self.free.push(handle);
        Some(gone)
    }
}

/// Looks at one place; the closure must not call out.
pub(super) fn with<T, R>(slab: &RefCell<Slab<T>>, handle: u32, look: impl FnOnce(&mut T) -> R) -> Option<R> {
    slab.borrow_mut().get(handle).map(look)
}
