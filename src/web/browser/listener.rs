//! Adds and removes event listeners.

use wasm_bindgen::prelude::*;
use web_sys::EventTarget;

/// A callback for JavaScript, also of timers, because each further closure type adds glue to every app.
/// `Fn`, not `FnMut`: a handler may cause the same event again while it runs.
pub(super) type Listener = Closure<dyn Fn(JsValue)>;

#[wasm_bindgen]
extern "C" {
    /// An `EventTarget`, declared again without `catch`, because these methods never throw.
    type Target;

    #[wasm_bindgen(method, js_name = addEventListener)]
    fn add(this: &Target, kind: &str, listener: &JsValue);
    #[wasm_bindgen(method, js_name = removeEventListener)]
    fn remove(this: &Target, kind: &str, listener: &JsValue);
}

pub(super) fn listen(target: &EventTarget, kinds: &[&str], listener: &Listener) {
    let target: &Target = target.unchecked_ref();
    for kind in kinds {
        target.add(kind, listener.as_ref());
    }
}

pub(super) fn unlisten(target: &EventTarget, kinds: &[&str], listener: &Listener) {
    let target: &Target = target.unchecked_ref();
    for kind in kinds {
        target.remove(kind, listener.as_ref());
    }
}
