//! The hook in a browser, against the fault server.
#![cfg(target_arch = "wasm32")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "clippy does not know these tests for tests"
)]

#[path = "../examples/yew-chat/app.rs"]
mod app;
#[path = "../../hooks/tests/scenarios/mod.rs"]
mod scenarios;
#[path = "../../../tests/rust_api/support.rs"]
mod support;

use scenarios::{Probe, Rendering, page, until};
use std::cell::RefCell;
use std::convert::Infallible;
use std::rc::Rc;
use steady_websocket_yew::steady_websocket::codec::{Codec, Decode, Encode};
use steady_websocket_yew::steady_websocket::{CloseInfo, Event, Message, Outgoing, Payload, ReadyState};
use steady_websocket_yew::{
    Handle, UseWebSocketOptions, UseWebSocketReturn, use_websocket, use_websocket_as,
    use_websocket_with_options,
};
use support::{tag, url};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::HtmlElement;
use yew::prelude::*;

wasm_bindgen_test_configure!(run_in_browser);

/// What the shower's renderings and callbacks left behind.
#[derive(Clone, Default)]
struct Seen(Rc<RefCell<Inner>>);

#[derive(Default)]
struct Inner {
    first: Option<UseWebSocketReturn>,
    hook: Option<UseWebSocketReturn>,
    renderings: Vec<Rendering>,
    messages: Vec<Message>,
    events: Vec<Event>,
}

impl PartialEq for Seen {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

#[derive(Clone, PartialEq, Properties)]
struct ShowerProps {
    url: String,
    seen: Seen,
    manual: bool,
    #[prop_or_default]
    token: Rc<()>,
}

#[component]
fn Shower(props: &ShowerProps) -> Html {
    let (heard, told, token) = (props.seen.clone(), props.seen.clone(), props.token.clone());
    let mut options = UseWebSocketOptions::default()
        .on_message(Callback::from(move |message| heard.0.borrow_mut().messages.push(message)))
        .on_event(Callback::from(move |event| told.0.borrow_mut().events.push(event)))
        .on_close(Callback::from(move |_| drop(token.clone())));
    if props.manual {
        options = options.manual();
    }
    let hook = use_websocket_with_options(props.url.clone(), options);
    let mut seen = props.seen.0.borrow_mut();
    seen.renderings.push(Rendering {
        url: props.url.clone(),
        state: hook.ready_state,
        message: hook.message.is_some(),
        closed: hook.closed.is_some(),
        error: hook.error.is_some(),
    });
    seen.first.get_or_insert_with(|| hook.clone());
    seen.hook = Some(hook);
    Html::default()
}

struct Mounted {
    app: Option<yew::AppHandle<Shower>>,
    props: ShowerProps,
    seen: Seen,
}

fn mount_with(props: ShowerProps) -> Mounted {
    let app = yew::Renderer::<Shower>::with_root_and_props(page().into(), props.clone()).render();
    Mounted { app: Some(app), seen: props.seen.clone(), props }
}

async fn mount(path: &str, manual: bool) -> Mounted {
    mount_with(ShowerProps { url: url(path).await, seen: Seen::default(), manual, token: Rc::default() })
}

impl Mounted {
    fn set(&mut self, change: impl FnOnce(&mut ShowerProps)) {
        change(&mut self.props);
        self.app.as_mut().unwrap().update(self.props.clone());
    }

    fn hook<R>(&self, look: impl FnOnce(&UseWebSocketReturn) -> Option<R>) -> Option<R> {
        self.seen.0.borrow().hook.as_ref().and_then(look)
    }
}

impl Probe for Mounted {
    fn state(&self) -> Option<ReadyState> {
        self.hook(|hook| Some(hook.ready_state))
    }

    fn latest(&self) -> Option<Message> {
        self.hook(|hook| hook.message.clone())
    }

    fn closed(&self) -> Option<CloseInfo> {
        self.hook(|hook| hook.closed.clone())
    }

    fn handle(&self) -> Option<Handle> {
        self.hook(|hook| Some(**hook))
    }

    fn reconnect(&self) {
        let first = self.seen.0.borrow().first.clone();
        first.unwrap().reconnect();
    }

    fn set_url(&mut self, url: String) {
        self.set(|props| props.url = url);
    }

    fn renderings(&self) -> Vec<Rendering> {
        self.seen.0.borrow().renderings.clone()
    }

    fn messages<R>(&self, look: impl FnOnce(&[Message]) -> R) -> R {
        look(&self.seen.0.borrow().messages)
    }

    fn events<R>(&self, look: impl FnOnce(&[Event]) -> R) -> R {
        look(&self.seen.0.borrow().events)
    }

    fn unmount(&mut self) {
        self.app.take().unwrap().destroy();
    }
}

#[wasm_bindgen_test]
async fn a_burst_of_ten_thousand_is_whole_and_in_order() {
    scenarios::a_burst_is_whole_and_in_order(mount("/flood?n=10000&size=8", false).await).await;
}

#[wasm_bindgen_test]
async fn it_survives_the_connections_death_and_ends_with_the_component() {
    let id = tag();
    let seen = mount(&format!("/echo?id={id}"), false).await;
    scenarios::it_survives_the_connections_death_and_ends_with_the_component(&id, seen).await;
}

#[wasm_bindgen_test]
async fn mounted_twice_leaves_one_connection() {
    let mount = async |id: &str| mount(&format!("/echo?id={id}"), false).await;
    scenarios::mounted_twice_leaves_one_connection(mount).await;
}

#[wasm_bindgen_test]
async fn another_url_starts_afresh() {
    scenarios::another_url_starts_afresh(mount("/flood?n=0&rate=1000", false).await).await;
}

#[wasm_bindgen_test]
async fn closing_is_shown() {
    scenarios::closing_is_shown(mount("/half-open", false).await).await;
}

#[wasm_bindgen_test]
async fn a_thousand_mounts_leave_nothing() {
    scenarios::a_thousand_mounts_leave_nothing(|url, token| {
        mount_with(ShowerProps { url: url.to_owned(), seen: Seen::default(), manual: false, token })
    })
    .await;
}

#[wasm_bindgen_test]
async fn manual_may_change() {
    let mut mounted = mount("/echo", true).await;
    until("mounted", || mounted.is(ReadyState::Closed)).await;
    mounted.set(|props| props.manual = false);
    until("open", || mounted.is(ReadyState::Open)).await;
    mounted.set(|props| props.manual = true);
    until("closed", || mounted.is(ReadyState::Closed)).await;
    assert!(mounted.handle().unwrap().sender().is_none());
    mounted.unmount();
}

#[wasm_bindgen_test]
async fn closed_and_opened_again_by_hand() {
    scenarios::closed_and_opened_again_by_hand(mount("/echo", true).await).await;
}

/// Says by whom a text was read.
#[derive(Clone, Copy, PartialEq)]
struct By(&'static str);

impl Codec for By {
    type Error = Infallible;
}

impl Encode<str> for By {
    fn encode(&self, text: &str) -> Result<Outgoing, Infallible> {
        Ok(text.into())
    }
}

impl Decode<String> for By {
    fn decode(&self, message: &Payload) -> Result<String, Infallible> {
        Ok(format!("{} by {}", message.as_text().unwrap(), self.0))
    }
}

#[derive(Clone, PartialEq, Properties)]
struct ReaderProps {
    url: String,
    codec: By,
}

#[component]
fn Reader(props: &ReaderProps) -> Html {
    let ReaderProps { url, codec } = props.clone();
    let socket = use_websocket_as::<String, _>(url, codec, UseWebSocketOptions::default());
    let shown = format!("{} {:?} {:?}", codec.0, socket.ready_state, socket.message);
    let say = move |_| {
        socket.send("hello").unwrap();
    };
    html! { <button onclick={say}>{ shown }</button> }
}

#[wasm_bindgen_test]
async fn the_latest_renderings_codec_reads() {
    let (root, url) = (page(), url("/echo").await);
    let props = |codec| ReaderProps { url: url.clone(), codec: By(codec) };
    let mut app = yew::Renderer::<Reader>::with_root_and_props(root.clone().into(), props("first")).render();
    let shows = |text: &str| root.text_content().as_deref() == Some(text);
    let say = || root.query_selector("button").unwrap().unwrap().unchecked_into::<HtmlElement>().click();
    until("open", || shows("first Open None")).await;
    say();
    until("read", || shows(r#"first Open Some("hello by first")"#)).await;
    app.update(props("second"));
    until("rendered anew", || shows(r#"second Open Some("hello by first")"#)).await;
    say();
    until("read again", || shows(r#"second Open Some("hello by second")"#)).await;
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
    let app = yew::Renderer::<Wrong>::with_root(root.clone().into()).render();
    until("said", || root.text_content().as_deref() == Some("Closed true")).await;
    app.destroy();
}

#[wasm_bindgen_test]
async fn the_chat_chats() {
    scenarios::the_chat_chats(|root, url| {
        let props = app::ChatProps { url: url.into() };
        let app = yew::Renderer::<app::Chat>::with_root_and_props(root.into(), props).render();
        || app.destroy()
    })
    .await;
}
