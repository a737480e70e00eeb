//! An event listener that is taken off when it is dropped.

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, EventTarget};

pub(super) struct Listener {
    target: EventTarget,
    kind: &'static str,
    // `Fn`, not `FnMut`: a handler may cause the same event again while it runs.
    callback: Closure<dyn Fn(Event)>,
}

impl Listener {
    pub(super) fn new<F>(target: &EventTarget, kind: &'static str, run: F) -> Result<Self, JsValue>
    where
        F: Fn(Event) + 'static,
    {
        let callback = Closure::<dyn Fn(Event)>::new(run);
        target.add_event_listener_with_callback(kind, callback.as_ref().unchecked_ref())?;
        Ok(Self { target: target.clone(), kind, callback })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let callback = self.callback.as_ref().unchecked_ref();
        // It only throws for a target that is none, and this one took the listener.
        let _ = self.target.remove_event_listener_with_callback(self.kind, callback);
    }
}
