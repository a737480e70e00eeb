//! The browser's timers.

use super::listener::Listener;
use crate::web::timer::CLAMPED;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(run: &JsValue, millis: i32) -> JsValue;
    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(timer: &JsValue);

    /// Not available in every browser.
    #[wasm_bindgen(catch, js_namespace = scheduler, js_name = postTask)]
    fn post_task(run: &JsValue, options: &Options) -> Result<(), JsValue>;

    type Options;

    #[wasm_bindgen(constructor, js_class = Object)]
    fn new() -> Options;

    #[wasm_bindgen(method, setter)]
    fn set_delay(this: &Options, millis: i32);
}

/// A timeout, which is cleared when dropped.
pub(crate) struct Timeout {
    /// A number, or an object in Node.
    timer: JsValue,
    _run: Listener,
}

impl Drop for Timeout {
    fn drop(&mut self) {
        clear_timeout(&self.timer);
    }
}

/// Calls `run` once, after so many milliseconds. `None`: it was posted as a task, which cannot be cancelled.
pub(crate) fn after(delay: i32, run: impl Fn() + 'static) -> Option<Timeout> {
    let run = Listener::new(move |_| run());
    if delay < CLAMPED && post(run.as_ref(), delay) {
        // It can not be taken back, so JavaScript keeps it.
        let _ = run.into_js_value();
        return None;
    }
    let timer = set_timeout(run.as_ref(), delay);
    Some(Timeout { timer, _run: run })
}

fn post(run: &JsValue, delay: i32) -> bool {
    let options = Options::new();
    options.set_delay(delay);
    post_task(run, &options).is_ok()
}
