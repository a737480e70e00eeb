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

use scenarios::{Probe, page, until};
use std::cell::RefCell;
use std::rc::Rc;
use steady_websocket_yew::steady_websocket::{Closed, Event, Message, ReadyState};
use steady_websocket_yew::{
    Handle, UseWebSocketOptions, UseWebSocketReturn, use_websocket, use_websocket_with_options,
};
use support::{tag, url};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use yew::prelude::*;

wasm_bindgen_test_configure!(run_in_browser);

/// What the shower's renderings and callbacks left behind.
#[derive(Clone, Default)]
struct Seen(Rc<RefCell<Inner>>);

#[derive(Default)]
struct Inner {
    first: Option<UseWebSocketReturn>,
    hook: Option<UseWebSocketReturn>,
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
    #[prop_or_default]
    manual: bool,
}

#[component]
fn Shower(props: &ShowerProps) -> Html {
    let (heard, told) = (props.seen.clone(), props.seen.clone());
    let mut options = UseWebSocketOptions::default()
        .on_message(Callback::from(move |message| heard.0.borrow_mut().messages.push(message)))
        .on_event(Callback::from(move |event| told.0.borrow_mut().events.push(event)));
    if props.manual {
        options = options.manual();
    }
    let hook = use_websocket_with_options(props.url.clone(), options);
    let mut seen = props.seen.0.borrow_mut();
    seen.first.get_or_insert_with(|| hook.clone());
    seen.hook = Some(hook);
    Html::default()
}

struct Mounted {
    app: Option<yew::AppHandle<Shower>>,
    seen: Seen,
}

async fn mount(path: &str, manual: bool) -> Mounted {
    let seen = Seen::default();
    let props = ShowerProps { url: url(path).await, seen: seen.clone(), manual };
    let app = yew::Renderer::<Shower>::with_root_and_props(page().into(), props).render();
    Mounted { app: Some(app), seen }
}

impl Mounted {
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

    fn closed(&self) -> Option<Closed> {
        self.hook(|hook| hook.closed.clone())
    }

    fn handle(&self) -> Option<Handle> {
        self.hook(|hook| Some(**hook))
    }

    fn reconnect(&self) {
        let first = self.seen.0.borrow().first.clone();
        first.unwrap().reconnect();
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
async fn another_url_is_another_connection() {
    let mut mounted = mount("/protocol?n=1", false).await;
    until("first", || mounted.count() == 1).await;
    let props = ShowerProps { url: url("/protocol?n=2").await, seen: mounted.seen.clone(), manual: false };
    mounted.app.as_mut().unwrap().update(props);
    until("second", || mounted.count() == 2).await;
    assert!(mounted.messages(|all| all[1].as_text().unwrap().contains("n=2")));
    assert!(mounted.is(ReadyState::Open));
    mounted.unmount();
}

#[wasm_bindgen_test]
async fn closed_and_opened_again_by_hand() {
    scenarios::closed_and_opened_again_by_hand(mount("/echo", true).await).await;
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
