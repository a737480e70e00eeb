//! The page under the sockets: one set of listeners for all of them, gone with the last one.

use super::clock::JumpWatch;
use super::listener::Listener;
use crate::core::Page;
use js_sys::Reflect;
use std::cell::RefCell;
use std::rc::{Rc, Weak};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, EventTarget};

/// Whoever wants to hear of the page.
pub(super) trait Audience {
    fn page(self: Rc<Self>, page: Page);
}

/// What the page gives to whoever listens to it. An object, so that a strict socket carries nothing of it.
pub(super) trait Attendance {
    /// Tells the whole audience if the wall clock jumped: who waits long has no timer to notice it by.
    fn look_at_clock(&self);
}

thread_local! {
    static HUB: RefCell<Hub> = RefCell::default();
}

#[derive(Default)]
struct Hub {
    audience: Vec<(u64, Weak<dyn Audience>)>,
    next: u64,
    /// There while there is an audience.
    ears: Option<Ears>,
}

struct Ears {
    _listeners: Vec<Listener>,
    jumps: JumpWatch,
}

/// A seat in the audience, by its number; given up when dropped.
struct Seat(u64);

/// From now on the audience is told what happens to the page, until it drops what it is given.
pub(super) fn attend(audience: Weak<dyn Audience>) -> Rc<dyn Attendance> {
    HUB.with_borrow_mut(|hub| {
        hub.ears.get_or_insert_with(|| Ears { _listeners: listen(), jumps: JumpWatch::new() });
        let number = hub.next;
        hub.next += 1;
        hub.audience.push((number, audience));
        Rc::new(Seat(number))
    })
}

impl Attendance for Seat {
    fn look_at_clock(&self) {
        let jumped = HUB.with_borrow(|hub| hub.ears.as_ref().is_some_and(|ears| ears.jumps.jumped()));
        if jumped {
            tell(Page::ClockJumped);
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        // Dropped after the borrow: listeners are let go with no hub held.
        let _gone = HUB.with_borrow_mut(|hub| {
            hub.audience.retain(|(seat, _)| *seat != self.0);
            hub.ears.take_if(|_| hub.audience.is_empty())
        });
    }
}

/// Whether the browser is sure that there is no network.
pub(crate) fn is_offline() -> bool {
    get(&js_sys::global(), "navigator").is_some_and(|navigator| {
        Reflect::get(&navigator, &"onLine".into()).is_ok_and(|online| online == JsValue::FALSE)
    })
}

fn tell(page: Page) {
    // Copied out: whoever is told may open or drop sockets.
    let audience: Vec<Rc<dyn Audience>> =
        HUB.with_borrow(|hub| hub.audience.iter().filter_map(|(_, one)| one.upgrade()).collect());
    for one in audience {
        one.page(page);
    }
}

fn get(object: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(object, &name.into()).ok().filter(JsValue::is_object)
}

fn flag(object: &JsValue, name: &str) -> bool {
    Reflect::get(object, &name.into()).is_ok_and(|value| value.is_truthy())
}

/// In a worker there is no document, and only what a worker hears is heard.
fn listen() -> Vec<Listener> {
    let global: JsValue = js_sys::global().into();
    let document = get(&global, "document");
    let on = |target: Option<&JsValue>, kind, read: fn(&Event) -> Option<Page>| {
        let target: &EventTarget = target?.unchecked_ref();
        Some(Listener::new(target, kind, move |event| {
            if let Some(page) = read(&event) {
                tell(page);
            }
        }))
    };
    [
        on(Some(&global), "online", |_| Some(Page::Online)),
        on(Some(&global), "offline", |_| Some(Page::Offline)),
        on(Some(&global), "pagehide", |event| flag(event, "persisted").then_some(Page::Stowed)),
        on(Some(&global), "pageshow", |event| flag(event, "persisted").then_some(Page::Shown)),
        on(document.as_ref(), "freeze", |_| Some(Page::Frozen)),
        on(document.as_ref(), "resume", |_| Some(Page::Resumed)),
        on(document.as_ref(), "visibilitychange", |event| {
            let hidden = event.target().is_some_and(|document| flag(&document, "hidden"));
            Some(if hidden { Page::Hidden } else { Page::Visible })
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}
