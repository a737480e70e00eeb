//! Wakes whoever waits for something to change.

use std::cell::Cell;
use std::task::{Context, Waker};

#[derive(Default)]
pub(crate) struct Bell(Cell<Vec<Waker>>);

impl Bell {
    /// The task will be woken at the next ring.
    pub(crate) fn listen(&self, context: &Context<'_>) {
        // A waker is foreign code: it is cloned, woken and dropped with nothing taken out.
        let waker = context.waker().clone();
        let mut wakers = self.0.take();
        if !wakers.iter().any(|known| known.will_wake(&waker)) {
            wakers.push(waker);
        }
        self.0.set(wakers);
    }

    pub(crate) fn ring(&self) {
        for waker in self.0.take() {
            waker.wake();
        }
    }
}
