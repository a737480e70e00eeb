//! Events of a page or worker.

use super::listener::{Listener, listen, unlisten};
use crate::core::Page;
use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, EventTarget};

/// Listeners on the page; dropped, they are removed.
pub(crate) struct PageListeners {
    window: EventTarget,
    /// A worker has none, and receives fewer events.
    document: Option<EventTarget>,
    /// One listener for all events, which are told apart by their names.
    listener: Listener,
}

/// The events of the window or of a worker's scope.
const WINDOW: [&str; 4] = ["online", "offline", "pagehide", "pageshow"];
const DOCUMENT: [&str; 3] = ["freeze", "resume", "visibilitychange"];

impl PageListeners {
    pub(crate) fn new(handle: fn(Page)) -> Self {
        let window: EventTarget = js_sys::global().unchecked_into();
        let document: Option<EventTarget> = get(&window, "document").map(JsCast::unchecked_into);
        let listener = Listener::new(move |event: JsValue| {
            if let Some(page) = read(event.unchecked_ref()) {
                handle(page);
            }
        });
        listen(&window, &WINDOW, &listener);
        if let Some(document) = &document {
            listen(document, &DOCUMENT, &listener);
        }
        Self { window, document, listener }
    }
}

impl Drop for PageListeners {
    fn drop(&mut self) {
        unlisten(&self.window, &WINDOW, &self.listener);
        if let Some(document) = &self.document {
            unlisten(document, &DOCUMENT, &self.listener);
        }
    }
}

fn read(event: &Event) -> Option<Page> {
    match event.type_().as_str() {
        "online" => Some(Page::Online),
        "offline" => Some(Page::Offline),
        "pagehide" => flag(event, "persisted").then_some(Page::Stowed),
        "pageshow" => flag(event, "persisted").then_some(Page::Shown),
        "freeze" => Some(Page::Frozen),
        "resume" => Some(Page::Resumed),
        _ => {
            let hidden = event.target().is_some_and(|document| flag(&document, "hidden"));
            Some(if hidden { Page::Hidden } else { Page::Visible })
        }
    }
}

/// Returns whether the browser reports to be offline.
pub(crate) fn is_offline() -> bool {
    get(&js_sys::global(), "navigator").is_some_and(|navigator| {
        Reflect::get(&navigator, &"onLine".into()).is_ok_and(|online| online == JsValue::FALSE)
    })
}

fn get(object: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(object, &name.into()).ok().filter(JsValue::is_object)
}

fn flag(object: &JsValue, name: &str) -> bool {
    Reflect::get(object, &name.into()).is_ok_and(|value| value.is_truthy())
}
