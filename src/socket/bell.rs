//! Wakes whoever waits for something to change.

use std::cell::RefCell;
use std::task::{Context, Waker};

#[derive(Default)]
pub(crate) struct Bell(RefCell<Vec<Waker>>);

impl Bell {
    /// The task will be woken at the next ring.
    pub(crate) fn listen(&self, context: &Context<'_>) {
        // A waker is foreign code: it is cloned, woken and dropped with no borrow held.
        let waker = context.waker().clone();
        let mut wakers = self.0.borrow_mut();
        if !wakers.iter().any(|known| known.will_wake(&waker)) {
            wakers.push(waker);
        }
    }

    pub(crate) fn ring(&self) {
        let wakers = { std::mem::take(&mut *self.0.borrow_mut()) };
        for waker in wakers {
            waker.wake();
        }
    }
}
