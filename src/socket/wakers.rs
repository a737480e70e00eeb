//! The wakers of waiting tasks.

use std::cell::{Cell, RefCell, RefMut};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// The wakers of the tasks that wait now.
// A waker is foreign code: it is cloned, woken and dropped without a borrow.
#[derive(Default)]
pub(crate) struct WakerSet {
    waiting: RefCell<Vec<(u32, Waker)>>,
    last_slot: Cell<u32>,
}

/// A slot in a set for one task at a time; 0 before its first use.
#[derive(Default)]
pub(crate) struct WakerSlot(Cell<u32>);

impl WakerSet {
    // Borrowed only here, because an app carries the source location of every borrow.
    fn waiting(&self) -> RefMut<'_, Vec<(u32, Waker)>> {
        self.waiting.borrow_mut()
    }

    /// Wakes all tasks that wait now. If a waker panics, the others stay until the next call.
    pub(crate) fn wake(&self) {
        let count = self.waiting().len();
        for _ in 0..count {
            let next = { self.waiting().pop() };
            let Some((_, waker)) = next else { return };
            waker.wake();
        }
    }

    /// Returns `answer`, and registers the task in this slot if it is pending.
    pub(crate) fn poll<T>(&self, slot: &WakerSlot, context: &Context<'_>, answer: Poll<T>) -> Poll<T> {
        if answer.is_pending() {
            self.enter(slot, context);
        }
        answer
    }

    fn enter(&self, slot: &WakerSlot, context: &Context<'_>) {
        let waker = context.waker().clone();
        self.leave(slot);
        self.last_slot.set(self.last_slot.get().wrapping_add(1));
        slot.0.set(self.last_slot.get());
        self.waiting().insert(0, (self.last_slot.get(), waker));
    }

    /// Removes the waker of this slot.
    pub(crate) fn leave(&self, WakerSlot(slot): &WakerSlot) {
        let _gone = {
            let mut waiting = self.waiting();
            let at = waiting.iter().position(|(known, _)| *known == slot.get());
            at.map(|at| waiting.swap_remove(at))
        };
    }

    /// Waits until `look` is ready, calling it after every wake-up.
    pub(crate) fn until<T, F: FnMut() -> Poll<T> + Unpin>(&self, look: F) -> impl Future<Output = T> {
        Until { set: self, slot: WakerSlot::default(), look }
    }
}

struct Until<'s, F> {
    set: &'s WakerSet,
    slot: WakerSlot,
    look: F,
}

impl<T, F: FnMut() -> Poll<T> + Unpin> Future for Until<'_, F> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let me = self.get_mut();
        me.set.poll(&me.slot, context, (me.look)())
    }
}

impl<F> Drop for Until<'_, F> {
    fn drop(&mut self) {
        self.set.leave(&self.slot);
    }
}
