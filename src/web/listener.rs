//! Event listeners that are taken off when they are dropped.

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, EventTarget};

/// What JavaScript calls, a timer's too: each further kind of closure would cost every app its glue.
/// `Fn`, not `FnMut`: a handler may cause the same event again while it runs.
pub(super) type Ear = Closure<dyn Fn(JsValue)>;

/// Neither this nor its counterpart can throw: the targets are targets.
pub(super) fn listen(target: &EventTarget, kinds: &[&str], ear: &Ear) {
    for kind in kinds {
        let _ = target.add_event_listener_with_callback(kind, ear.as_ref().unchecked_ref());
    }
}

pub(super) fn unlisten(target: &EventTarget, kinds: &[&str], ear: &Ear) {
    for kind in kinds {
        let _ = target.remove_event_listener_with_callback(kind, ear.as_ref().unchecked_ref());
    }
}

/// One listener, which takes itself off.
pub(super) struct Listener {
    target: EventTarget,
    kind: &'static str,
    ear: Ear,
}

impl Listener {
    pub(super) fn new(target: &EventTarget, kind: &'static str, run: impl Fn(Event) + 'static) -> Self {
        let ear = Ear::new(move |event: JsValue| run(event.unchecked_into()));
        listen(target, &[kind], &ear);
        Self { target: target.clone(), kind, ear }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        unlisten(&self.target, &[self.kind], &self.ear);
    }
}
