//! The hook in a browser, against the fault server.
#![cfg(target_arch = "wasm32")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "clippy does not know these tests for tests"
)]

#[path = "../examples/leptos-chat/app.rs"]
mod app;
#[path = "../../hooks/tests/scenarios/mod.rs"]
mod scenarios;
#[path = "../../../tests/rust_api/support.rs"]
mod support;

use leptos::mount::mount_to;
use leptos::prelude::*;
use scenarios::{Probe, Rendering, page, until};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use steady_websocket_leptos::steady_websocket::{CloseInfo, Event, Message, ReadyState};
use steady_websocket_leptos::{
    Handle, UseWebSocketOptions, UseWebSocketReturn, use_websocket, use_websocket_with_options,
};
use support::{sleep, tag, url};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// What a mounted hook left behind; it outlives the component.
struct Mounted {
    handle: Option<Box<dyn Any>>,
    hook: UseWebSocketReturn,
    url: Option<ArcRwSignal<String>>,
    renderings: Rc<RefCell<Vec<Rendering>>>,
    messages: ArcRwSignal<Vec<Message>>,
    events: ArcRwSignal<Vec<Event>>,
}

/// A hook in a component of its own.
fn mount(
    url: impl Into<Signal<String>> + 'static,
    set: impl FnOnce(UseWebSocketOptions) -> UseWebSocketOptions + 'static,
) -> Mounted {
    let (messages, events) = (ArcRwSignal::new(Vec::new()), ArcRwSignal::new(Vec::new()));
    let (heard, told) = (messages.clone(), events.clone());
    let (give, hook) = std::sync::mpsc::channel();
    let renderings = Rc::<RefCell<Vec<_>>>::default();
    let rendered = renderings.clone();
    let handle = mount_to(page(), move || {
        let options = UseWebSocketOptions::default()
            .on_message(move |message| heard.update(|heard| heard.push(message)))
            .on_event(move |event| told.update(|told| told.push(event)));
        let url = url.into();
        let hook = use_websocket_with_options(url, set(options));
        Effect::new(move || {
            rendered.borrow_mut().push(Rendering {
                url: url.get(),
                state: hook.ready_state.get(),
                message: hook.message.with(Option::is_some),
                closed: hook.closed.with(Option::is_some),
                error: hook.error.with(Option::is_some),
            });
        });
        give.send(hook).unwrap();
    });
    let handle: Option<Box<dyn Any>> = Some(Box::new(handle));
    Mounted { handle, hook: hook.recv().unwrap(), url: None, renderings, messages, events }
}

fn mount_with(url: &str, token: Rc<()>) -> Mounted {
    let url = ArcRwSignal::new(url.to_owned());
    let mounted = mount(url.clone(), |options| options.on_close(move |_| drop(token.clone())));
    Mounted { url: Some(url), ..mounted }
}

async fn mount_on(path: &str) -> Mounted {
    mount_with(&url(path).await, Rc::default())
}

impl Probe for Mounted {
    fn state(&self) -> Option<ReadyState> {
        Some(self.hook.ready_state.get_untracked())
    }

    fn latest(&self) -> Option<Message> {
        self.hook.message.get_untracked()
    }

    fn closed(&self) -> Option<CloseInfo> {
        self.hook.closed.get_untracked()
    }

    fn handle(&self) -> Option<Handle> {
        Some(*self.hook)
    }

    fn reconnect(&self) {
        self.hook.reconnect();
    }

    fn set_url(&mut self, url: String) {
        self.url.as_ref().unwrap().set(url);
    }

    fn renderings(&self) -> Vec<Rendering> {
        self.renderings.borrow().clone()
    }

    fn messages<R>(&self, look: impl FnOnce(&[Message]) -> R) -> R {
        self.messages.with_untracked(|all| look(all))
    }

    fn events<R>(&self, look: impl FnOnce(&[Event]) -> R) -> R {
        self.events.with_untracked(|all| look(all))
    }

    fn unmount(&mut self) {
        drop(self.handle.take().unwrap());
    }
}

#[wasm_bindgen_test]
async fn a_burst_of_ten_thousand_is_whole_and_in_order() {
    scenarios::a_burst_is_whole_and_in_order(mount_on("/flood?n=10000&size=8").await).await;
}

#[wasm_bindgen_test]
async fn it_survives_the_connections_death_and_ends_with_the_component() {
    let id = tag();
    let seen = mount_on(&format!("/echo?id={id}")).await;
    scenarios::it_survives_the_connections_death_and_ends_with_the_component(&id, seen).await;
}

#[wasm_bindgen_test]
async fn mounted_twice_leaves_one_connection() {
    let mount = async |id: &str| mount_on(&format!("/echo?id={id}")).await;
    scenarios::mounted_twice_leaves_one_connection(mount).await;
}

#[wasm_bindgen_test]
async fn url_and_protocols_may_be_signals() {
    let number = ArcRwSignal::new(1);
    let protocols = ArcRwSignal::new(vec!["a".to_owned()]);
    let (base, read, list) = (url("/protocol?n=").await, number.clone(), protocols.clone());
    let address = Signal::derive(move || format!("{base}{}", read.get()));
    let list = Signal::derive(move || list.get());
    let mut seen = mount(address, move |options| options.protocols(list));
    until("first", || seen.count() == 1).await;
    number.set(2);
    until("second", || seen.count() == 2).await;
    // To what it was: nothing is opened anew, or there would be four messages.
    number.set(2);
    sleep(50).await;
    protocols.set(vec!["b".to_owned()]);
    until("third", || seen.count() == 3).await;
    let told = |n: usize| seen.messages(|all| all[n].as_text().unwrap().to_owned());
    assert!(told(1).contains("n=2") && told(1).contains(r#""chosen":"a""#));
    assert!(told(2).contains("n=2") && told(2).contains(r#""chosen":"b""#));
    seen.unmount();
}

#[wasm_bindgen_test]
async fn another_url_starts_afresh() {
    scenarios::another_url_starts_afresh(mount_on("/flood?n=0&rate=1000").await).await;
}

/// Effects run later than signals change; what is rendered in between must not mix two sockets.
#[wasm_bindgen_test]
async fn a_new_url_shows_nothing_of_the_old_socket_at_once() {
    let mut seen = mount_on("/flood?n=1").await;
    until("a message", || seen.latest().is_some() && seen.is(ReadyState::Open)).await;
    let silent = url("/echo").await;
    seen.set_url(silent);
    assert_eq!((seen.state(), seen.latest()), (Some(ReadyState::Connecting), None));
    until("open in another place", || seen.is(ReadyState::Open)).await;
    seen.unmount();
}

#[wasm_bindgen_test]
async fn closing_is_shown() {
    scenarios::closing_is_shown(mount_on("/half-open").await).await;
}

#[wasm_bindgen_test]
async fn a_thousand_mounts_leave_nothing() {
    scenarios::a_thousand_mounts_leave_nothing(mount_with).await;
}

#[wasm_bindgen_test]
async fn what_configure_looks_at_opens_nothing_anew() {
    let (id, option) = (tag(), ArcRwSignal::new(1));
    let read = option.clone();
    let set = move |options: UseWebSocketOptions| {
        options.configure(move |builder| {
            let _ = read.get();
            builder
        })
    };
    let seen = mount(url(&format!("/echo?id={id}")).await, set);
    until("open", || seen.is(ReadyState::Open)).await;
    option.set(2);
    sleep(50).await;
    seen.events(|all| assert_eq!(all, [Event::Open { attempt: 1 }]));
    assert!(seen.is(ReadyState::Open));
}

/// A component that is unmounted by the callback that `set` is given.
async fn unmounted_by(
    path: &str,
    set: impl FnOnce(UseWebSocketOptions, Rc<dyn Fn()>) -> UseWebSocketOptions + 'static,
) -> Handle {
    let mounted: Rc<RefCell<Option<Box<dyn Any>>>> = Rc::default();
    let (held, gone) = (mounted.clone(), mounted.clone());
    let unmount = Rc::new(move || drop(held.take()));
    let mut seen = mount(url(path).await, move |options| set(options, unmount));
    mounted.replace(seen.handle.take());
    until("unmounted", || gone.borrow().is_none()).await;
    *seen.hook
}

#[wasm_bindgen_test]
async fn unmounted_by_configure_it_opens_nothing() {
    let id = tag();
    let handle = unmounted_by(&format!("/echo?id={id}"), |options, unmount| {
        options.configure(move |builder| {
            unmount();
            builder
        })
    })
    .await;
    sleep(50).await;
    assert!(handle.sender().is_none());
    let log = support::ask(&format!("/log?brief&id={id}")).await;
    let log: js_sys::Array = support::field(&log, "connections").into();
    assert_eq!(log.length(), 0);
}

#[wasm_bindgen_test]
async fn unmounted_by_the_last_event_it_is_told_nothing_more() {
    let closes = Rc::new(Cell::new(0));
    let told = closes.clone();
    unmounted_by("/close?code=4400", |options, unmount| {
        let last = move |event| {
            if matches!(event, Event::Closed(_)) {
                unmount();
            }
        };
        options.on_event(last).on_close(move |_| told.set(told.get() + 1))
    })
    .await;
    sleep(50).await;
    assert_eq!(closes.get(), 0);
}

#[wasm_bindgen_test]
async fn closed_and_opened_again_by_hand() {
    let seen = mount(url("/echo").await, UseWebSocketOptions::manual);
    scenarios::closed_and_opened_again_by_hand(seen).await;
}

#[wasm_bindgen_test]
async fn a_wrong_address_is_said() {
    let root = page();
    let _mounted = mount_to(root.clone(), || {
        let socket = use_websocket("ws://[");
        move || format!("{:?} {}", socket.ready_state.get(), socket.error.get().is_some())
    });
    until("said", || root.text_content().as_deref() == Some("Closed true")).await;
}

#[wasm_bindgen_test]
async fn the_chat_chats() {
    scenarios::the_chat_chats(|root, url| {
        let mounted = mount_to(root, move || view! { <app::Chat url=url /> });
        || drop(mounted)
    })
    .await;
}
