//! Runs a future of the application's whose result may become useless: of a provider or a gate.

use crate::web::platform::spawn_local;
use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::rc::Rc;
use std::task::{Poll, Waker};

/// A running future. When this is dropped, the future is dropped before its task does anything else.
pub(super) struct AbortOnDrop(Rc<State>);

#[derive(Default)]
struct State {
    useless: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl AbortOnDrop {
    pub(super) fn new(future: impl Future<Output = ()> + 'static) -> Self {
        let state = Rc::<State>::default();
        let (mut future, shared) = (Box::pin(future), state.clone());
        spawn_local(poll_fn(move |context| {
            if !shared.useless.get() && future.as_mut().poll(context).is_pending() && !shared.useless.get() {
                let _former = shared.waker.replace(Some(context.waker().clone()));
                return Poll::Pending;
            }
            Poll::Ready(())
        }));
        Self(state)
    }
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.useless.set(true);
        // The future is dropped in its own task, where it may call anything.
        if let Some(waker) = self.0.waker.take() {
            waker.wake();
        }
    }
}
