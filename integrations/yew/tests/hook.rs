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

use std::cell::RefCell;
use std::rc::Rc;
use steady_websocket_yew::steady_websocket::{Event, Message, ReadyState};
use steady_websocket_yew::{
    UseWebSocketOptions, UseWebSocketReturn, use_websocket, use_websocket_with_options,
};
use support::{ask, control, field, sleep, tag, url};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Element, HtmlInputElement};
use yew::prelude::*;

wasm_bindgen_test_configure!(run_in_browser);

fn page() -> Element {
    let document = web_sys::window().unwrap().document().unwrap();
    let root = document.create_element("div").unwrap();
    document.body().unwrap().append_child(&root).unwrap();
    root
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

/// What the probe's renderings and callbacks left behind.
#[derive(Clone, Default)]
struct Seen(Rc<RefCell<Inner>>);

#[derive(Default)]
struct Inner {
    hook: Option<UseWebSocketReturn>,
    messages: Vec<Message>,
    events: Vec<Event>,
    renders: u32,
}

impl PartialEq for Seen {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Seen {
    fn hook(&self) -> UseWebSocketReturn {
        self.0.borrow().hook.clone().unwrap()
    }

    fn messages(&self) -> usize {
        self.0.borrow().messages.len()
    }

    fn state(&self) -> Option<ReadyState> {
        self.0.borrow().hook.as_ref().map(|hook| hook.ready_state)
    }
}

#[derive(Clone, PartialEq, Properties)]
struct ProbeProps {
    url: String,
    seen: Seen,
    #[prop_or_default]
    manual: bool,
}

#[component]
fn Probe(props: &ProbeProps) -> Html {
    let (heard, told) = (props.seen.clone(), props.seen.clone());
    let mut options = UseWebSocketOptions::default()
        .on_message(Callback::from(move |message| heard.0.borrow_mut().messages.push(message)))
        .on_event(Callback::from(move |event| told.0.borrow_mut().events.push(event)));
    if props.manual {
        options = options.manual();
    }
    let hook = use_websocket_with_options(props.url.clone(), options);
    let mut seen = props.seen.0.borrow_mut();
    seen.hook = Some(hook);
    seen.renders += 1;
    Html::default()
}

async fn probe(path: &str) -> (yew::AppHandle<Probe>, Seen) {
    let seen = Seen::default();
    let props = ProbeProps { url: url(path).await, seen: seen.clone(), manual: false };
    (yew::Renderer::<Probe>::with_root_and_props(page(), props).render(), seen)
}

#[wasm_bindgen_test]
async fn a_burst_of_ten_thousand_is_whole_and_in_order() {
    let (app, seen) = probe("/flood?n=10000&size=8").await;
    until("10,000 messages", || seen.messages() >= 10_000).await;
    for (n, message) in seen.0.borrow().messages.iter().enumerate() {
        let text = message.as_text().unwrap();
        assert_eq!(text.split(' ').next().unwrap(), n.to_string());
    }
    until("the latest", || seen.hook().message.is_some_and(|m| m.as_text().unwrap().starts_with("9999")))
        .await;
    assert_eq!((seen.state(), seen.messages()), (Some(ReadyState::Open), 10_000));
    app.destroy();
}

#[wasm_bindgen_test]
async fn it_survives_the_servers_death_and_ends_with_the_component() {
    let id = tag();
    let (app, seen) = probe(&format!("/echo?id={id}")).await;
    until("open", || seen.state() == Some(ReadyState::Open)).await;
    control(&format!("/mode?do=refuse&n=1&id={id}")).await;
    control(&format!("/kill?id={id}")).await;
    until("away", || seen.state() == Some(ReadyState::Connecting)).await;
    seen.hook().send("queued meanwhile").unwrap();
    until("the echo", || seen.messages() == 1).await;
    assert_eq!(seen.state(), Some(ReadyState::Open));
    app.destroy();
    let log = ask(&format!("/log?brief&id={id}&connections=3&ended=3")).await;
    assert_eq!(field(&log, "complete"), true, "unmounting closed the connection");
    assert!(seen.hook().send("too late").is_err());
}

#[wasm_bindgen_test]
async fn mounted_twice_leaves_one_connection() {
    let id = tag();
    let (first, seen) = probe(&format!("/echo?id={id}")).await;
    until("rendered, and connecting", || {
        seen.0.borrow().hook.as_ref().is_some_and(|hook| hook.sender().is_some())
    })
    .await;
    first.destroy();
    let (second, seen) = probe(&format!("/echo?id={id}")).await;
    until("open", || seen.state() == Some(ReadyState::Open)).await;
    sleep(100).await;
    let log = ask(&format!("/log?brief&id={id}")).await;
    let log: js_sys::Array = field(&log, "connections").unchecked_into();
    let open = log.iter().filter(|one| field(one, "ended").is_null()).count();
    assert_eq!(open, 1);
    second.destroy();
}

#[wasm_bindgen_test]
async fn another_url_is_another_connection() {
    let (mut app, seen) = probe("/protocol?n=1").await;
    until("first", || seen.messages() == 1).await;
    let props = ProbeProps { url: url("/protocol?n=2").await, seen: seen.clone(), manual: false };
    app.update(props);
    until("second", || seen.messages() == 2).await;
    assert!(seen.0.borrow().messages[1].as_text().unwrap().contains("n=2"));
    assert_eq!(seen.state(), Some(ReadyState::Open));
    app.destroy();
}

#[wasm_bindgen_test]
async fn closed_and_opened_again_by_hand() {
    let seen = Seen::default();
    let props = ProbeProps { url: url("/echo").await, seen: seen.clone(), manual: true };
    let app = yew::Renderer::<Probe>::with_root_and_props(page(), props).render();
    until("mounted", || seen.state() == Some(ReadyState::Closed)).await;
    assert!(seen.hook().send("nowhere").is_err());
    seen.hook().reconnect();
    until("open", || seen.state() == Some(ReadyState::Open)).await;
    seen.hook().close(3001, "enough");
    until("closed", || seen.hook().closed.is_some_and(|closed| closed.code == 3001)).await;
    assert_eq!(seen.state(), Some(ReadyState::Closed));
    assert!(matches!(seen.0.borrow().events.last(), Some(Event::Closed(_))));
    seen.hook().reconnect();
    until("open again", || seen.state() == Some(ReadyState::Open)).await;
    assert_eq!(seen.hook().closed, None);
    app.destroy();
}

#[component]
fn Wrong() -> Html {
    let socket = use_websocket("ws://[");
    html! { format!("{:?} {:?}", socket.ready_state, socket.error.is_some()) }
}

#[wasm_bindgen_test]
async fn a_wrong_address_is_said() {
    let root = page();
    let app = yew::Renderer::<Wrong>::with_root(root.clone()).render();
    until("said", || root.text_content().as_deref() == Some("Closed true")).await;
    app.destroy();
}

#[wasm_bindgen_test]
async fn the_chat_chats() {
    let (room, root) = (tag(), page());
    let props = app::ChatProps { url: url(&format!("/broadcast?room={room}&id={room}")).await.into() };
    let app = yew::Renderer::<app::Chat>::with_root_and_props(root.clone(), props).render();
    let text = || root.text_content().unwrap();
    let say = |text: &str| {
        let input: HtmlInputElement = root.query_selector("input").unwrap().unwrap().unchecked_into();
        input.set_value(text);
        let button = root.query_selector("button").unwrap().unwrap();
        button.unchecked_into::<web_sys::HtmlElement>().click();
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
    app.destroy();
    until("unmounted", || text().is_empty()).await;
    let log = ask(&format!("/log?brief&id={room}&connections=3&ended=3")).await;
    assert_eq!(field(&log, "complete"), true);
}
