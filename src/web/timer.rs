//! A timer of the platform's.

use super::clock;
use super::listener::Ear;
use crate::core::{Instant, LONGEST};
use std::cell::Cell;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(run: &JsValue, millis: i32) -> JsValue;
    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(timer: &JsValue);

    /// Not every browser has it.
    #[wasm_bindgen(catch, js_namespace = scheduler, js_name = postTask)]
    fn post_task(run: &JsValue, options: &Options) -> Result<(), JsValue>;

    type Options;

    #[wasm_bindgen(constructor, js_class = Object)]
    fn new() -> Options;

    #[wasm_bindgen(method, setter)]
    fn set_delay(this: &Options, millis: i32);
}

/// A timeout that a timeout sets is never shorter. Under pressure that would be most of what sending waits for.
pub(super) const CLAMPED: i32 = 4;

/// A timer that is moved only when it would fire too late. Deadlines that wander off with every
/// message cost nothing: it fires early, is told so, and is set again.
#[derive(Default)]
pub(super) struct Timer {
    at: Cell<Option<Instant>>,
    armed: Cell<Option<Armed>>,
}

struct Armed {
    /// A number; in Node an object.
    timer: JsValue,
    _run: Ear,
}

impl Drop for Armed {
    fn drop(&mut self) {
        clear_timeout(&self.timer);
    }
}

impl Timer {
    /// Sees to it that `fire` is called at the deadline, or before; it is told which deadline that was.
    pub(super) fn set<F: Fn(Instant) + 'static>(&self, deadline: Instant, fire: F) {
        if self.at.get().is_some_and(|at| at <= deadline) {
            return;
        }
        self.at.set(Some(deadline));
        let delay = i32::try_from(deadline.since(clock::now()).min(LONGEST)).unwrap_or(i32::MAX);
        let run = Ear::new(move |_| fire(deadline));
        if delay < CLAMPED && post(run.as_ref(), delay) {
            // It can not be taken back, so JavaScript keeps it.
            let _ = run.into_js_value();
            self.armed.set(None);
            return;
        }
        let timer = set_timeout(run.as_ref(), delay);
        self.armed.set(Some(Armed { timer, _run: run }));
    }

    /// The same, and not before.
    pub(super) fn move_to<F: Fn(Instant) + 'static>(&self, deadline: Option<Instant>, fire: F) {
        if self.at.get() != deadline {
            self.stop();
            if let Some(deadline) = deadline {
                self.set(deadline, fire);
            }
        }
    }

    /// It has fired; unless that was a posted task whose deadline is no longer this one's.
    pub(super) fn fired(&self, deadline: Instant) -> bool {
        let mine = self.at.get() == Some(deadline);
        if mine {
            self.at.set(None);
        }
        mine
    }

    /// It shall not fire any more.
    pub(super) fn stop(&self) {
        self.at.set(None);
        self.armed.set(None);
    }
}

fn post(run: &JsValue, delay: i32) -> bool {
    let options = Options::new();
    options.set_delay(delay);
    post_task(run, &options).is_ok()
}
