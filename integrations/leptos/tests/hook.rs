//! The hook in a browser, against the fault server.
#![cfg(target_arch = "wasm32")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "clippy does not know these tests for tests"
)]

#[path = "../examples/chat/app.rs"]
mod app;
#[path = "../../../tests/rust_api/support.rs"]
mod support;

use leptos::mount::{UnmountHandle, mount_to};
use leptos::prelude::*;
use std::any::Any;
use steady_websocket_leptos::steady_websocket::{Event, Message, ReadyState};
use steady_websocket_leptos::{
    UseWebSocketOptions, UseWebSocketReturn, use_websocket, use_websocket_with_options,
};
use support::{ask, control, field, sleep, tag, url};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{HtmlElement, HtmlInputElement};

wasm_bindgen_test_configure!(run_in_browser);

fn page() -> HtmlElement {
    let document = web_sys::window().unwrap().document().unwrap();
    let root = document.create_element("div").unwrap();
    document.body().unwrap().append_child(&root).unwrap();
    root.unchecked_into()
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..1000 {
        if holds() {
            return;
        }
        sleep(10).await;
    }
    panic!("never: {what}");
}

/// What a mounted hook left behind; it outlives the component.
struct Seen {
    hook: UseWebSocketReturn,
    messages: ArcRwSignal<Vec<Message>>,
    events: ArcRwSignal<Vec<Event>>,
}

impl Seen {
    fn messages(&self) -> usize {
        self.messages.with_untracked(Vec::len)
    }

    fn is(&self, state: ReadyState) -> bool {
        self.hook.ready_state.get_untracked() == state
    }
}

/// A hook in a component of its own.
fn mount(
    url: impl Into<Signal<String>> + 'static,
    set: impl FnOnce(UseWebSocketOptions) -> UseWebSocketOptions + 'static,
) -> (Box<dyn Any>, Seen) {
    let (messages, events) = (ArcRwSignal::new(Vec::new()), ArcRwSignal::new(Vec::new()));
    let (heard, told) = (messages.clone(), events.clone());
    let (give, hook) = std::sync::mpsc::channel();
    let handle: UnmountHandle<_> = mount_to(page(), move || {
        let options = UseWebSocketOptions::default()
            .on_message(move |message| heard.update(|heard| heard.push(message)))
            .on_event(move |event| told.update(|told| told.push(event)));
        give.send(use_websocket_with_options(url, set(options))).unwrap();
    });
    (Box::new(handle), Seen { hook: hook.recv().unwrap(), messages, events })
}

async fn probe(path: &str) -> (Box<dyn Any>, Seen) {
    mount(url(path).await, |options| options)
}

#[wasm_bindgen_test]
async fn a_burst_of_ten_thousand_is_whole_and_in_order() {
    let (_mounted, seen) = probe("/flood?n=10000&size=8").await;
    until("10,000 messages", || seen.messages() >= 10_000).await;
    for (n, message) in seen.messages.get_untracked().iter().enumerate() {
        let text = message.as_text().unwrap();
        assert_eq!(text.split(' ').next().unwrap(), n.to_string());
    }
    let latest = || seen.hook.message.get_untracked();
    until("the latest", || latest().is_some_and(|m| m.as_text().unwrap().starts_with("9999"))).await;
    assert!(seen.is(ReadyState::Open));
    assert_eq!(seen.messages(), 10_000);
}

#[wasm_bindgen_test]
async fn it_survives_the_servers_death_and_ends_with_the_owner() {
    let id = tag();
    let (mounted, seen) = probe(&format!("/echo?id={id}")).await;
    until("open", || seen.is(ReadyState::Open)).await;
    control(&format!("/mode?do=refuse&n=1&id={id}")).await;
    control(&format!("/kill?id={id}")).await;
    until("away", || seen.is(ReadyState::Connecting)).await;
    seen.hook.send("queued meanwhile").unwrap();
    until("the echo", || seen.messages() == 1).await;
    assert!(seen.is(ReadyState::Open));
    drop(mounted);
    let log = ask(&format!("/log?brief&id={id}&connections=3&ended=3")).await;
    assert_eq!(field(&log, "complete"), true, "unmounting closed the connection");
    assert!(seen.hook.send("too late").is_err());
}

#[wasm_bindgen_test]
async fn mounted_twice_leaves_one_connection() {
    let id = tag();
    let (first, seen) = probe(&format!("/echo?id={id}")).await;
    until("connecting", || seen.hook.sender().is_some()).await;
    drop(first);
    let (_second, seen) = probe(&format!("/echo?id={id}")).await;
    until("open", || seen.is(ReadyState::Open)).await;
    sleep(100).await;
    let log = ask(&format!("/log?brief&id={id}")).await;
    let log: js_sys::Array = field(&log, "connections").unchecked_into();
    let open = log.iter().filter(|one| field(one, "ended").is_null()).count();
    assert_eq!(open, 1);
}

#[wasm_bindgen_test]
async fn url_and_protocols_may_be_signals() {
    let number = ArcRwSignal::new(1);
    let protocols = ArcRwSignal::new(vec!["a".to_owned()]);
    let (base, read, list) = (url("/protocol?n=").await, number.clone(), protocols.clone());
    let address = Signal::derive(move || format!("{base}{}", read.get()));
    let list = Signal::derive(move || list.get());
    let (_mounted, seen) = mount(address, move |options| options.protocols(list));
    until("first", || seen.messages() == 1).await;
    number.set(2);
    until("second", || seen.messages() == 2).await;
    number.set(2);
    sleep(50).await;
    protocols.set(vec!["b".to_owned()]);
    until("third", || seen.messages() == 3).await;
    let told = |n: usize| seen.messages.with_untracked(|all| all[n].as_text().unwrap().to_owned());
    assert!(told(1).contains("n=2") && told(1).contains(r#""chosen":"a""#));
    assert!(told(2).contains("n=2") && told(2).contains(r#""chosen":"b""#));
}

#[wasm_bindgen_test]
async fn closed_and_opened_again_by_hand() {
    let (_mounted, seen) = mount(url("/echo").await, UseWebSocketOptions::manual);
    sleep(50).await;
    assert!(seen.is(ReadyState::Closed));
    assert!(seen.hook.send("nowhere").is_err());
    seen.hook.reconnect();
    until("open", || seen.is(ReadyState::Open)).await;
    seen.hook.close(3001, "enough");
    until("closed", || seen.hook.closed.get_untracked().is_some_and(|closed| closed.code == 3001)).await;
    assert!(seen.is(ReadyState::Closed));
    assert!(matches!(seen.events.get_untracked().last(), Some(Event::Closed(_))));
    seen.hook.reconnect();
    until("open again", || seen.is(ReadyState::Open)).await;
    assert_eq!(seen.hook.closed.get_untracked(), None);
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
    let (room, root) = (tag(), page());
    let address = url(&format!("/broadcast?room={room}&id={room}")).await;
    let mounted = mount_to(root.clone(), move || view! { <app::Chat url=address /> });
    let text = || root.text_content().unwrap();
    let say = |text: &str| {
        let input: HtmlInputElement = root.query_selector("input").unwrap().unwrap().unchecked_into();
        input.set_value(text);
        let button = root.query_selector("button").unwrap().unwrap();
        button.unchecked_into::<HtmlElement>().click();
    };
    until("open", || text().contains("Open")).await;
    say("hello");
    until("heard", || text().contains("me: hello")).await;
    control(&format!("/mode?do=refuse&n=1&id={room}")).await;
    control(&format!("/kill?id={room}")).await;
    until("away", || text().contains("Connecting")).await;
    say("still here");
    until("back", || text().contains("Open") && text().contains("me: still here")).await;
    assert_eq!(root.query_selector_all("li").unwrap().length(), 2);
    drop(mounted);
    until("unmounted", || text().is_empty()).await;
    let log = ask(&format!("/log?brief&id={room}&connections=3&ended=3")).await;
    assert_eq!(field(&log, "complete"), true);
}
