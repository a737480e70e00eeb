//! What a hook must do in any framework. Included by the tests of each, which say how to mount it there.

mod heap;

use crate::support::{ask, control, field, sleep, tag, url};
use std::rc::Rc;
use steady_websocket_hooks::Handle;
use steady_websocket_hooks::steady_websocket::{CloseInfo, Event, Message, ReadyState, SendError};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlInputElement};

/// A mounted component that uses the hook, and what it saw.
pub trait Probe {
    fn state(&self) -> Option<ReadyState>;
    fn latest(&self) -> Option<Message>;
    fn closed(&self) -> Option<CloseInfo>;
    /// `None` until it was rendered for the first time.
    fn handle(&self) -> Option<Handle>;
    /// Calls what the first rendering returned, as a memoised callback does.
    fn reconnect(&self);
    /// Changes the URL.
    fn set_url(&mut self, url: String);
    /// Every rendering so far.
    fn renderings(&self) -> Vec<Rendering>;
    /// Looks at everything `on_message` was called with.
    fn messages<R>(&self, look: impl FnOnce(&[Message]) -> R) -> R;
    /// Looks at everything `on_event` was called with.
    fn events<R>(&self, look: impl FnOnce(&[Event]) -> R) -> R;
    fn unmount(&mut self);

    fn count(&self) -> usize {
        self.messages(<[Message]>::len)
    }

    fn is(&self, state: ReadyState) -> bool {
        self.state() == Some(state)
    }

    fn send(&self, text: &str) -> Result<(), SendError> {
        self.handle().unwrap().send(text).map(drop)
    }
}

/// What a component showed.
#[derive(Clone, Debug, PartialEq)]
pub struct Rendering {
    pub url: String,
    pub state: ReadyState,
    pub message: bool,
    pub closed: bool,
    pub error: bool,
}

pub fn page() -> HtmlElement {
    let document = web_sys::window().unwrap().document().unwrap();
    let root = document.create_element("div").unwrap();
    document.body().unwrap().append_child(&root).unwrap();
    root.unchecked_into()
}

pub async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..6000 {
        if holds() {
            return;
        }
        sleep(10).await;
    }
    panic!("never: {what}");
}

/// Mounted on `/flood?n=10000&size=8`.
pub async fn a_burst_is_whole_and_in_order(seen: impl Probe) {
    until("10,000 messages", || seen.count() >= 10_000).await;
    seen.messages(|all| {
        for (n, message) in all.iter().enumerate() {
            let text = message.as_text().unwrap();
            assert_eq!(text.split(' ').next().unwrap(), n.to_string());
        }
    });
    until("the latest", || seen.latest().is_some_and(|m| m.as_text().unwrap().starts_with("9999"))).await;
    assert!(seen.is(ReadyState::Open));
    assert_eq!(seen.count(), 10_000);
}

/// Mounted on `/echo?id={id}`.
pub async fn it_survives_the_connections_death_and_ends_with_the_component(id: &str, mut seen: impl Probe) {
    until("open", || seen.is(ReadyState::Open)).await;
    control(&format!("/mode?do=refuse&n=1&id={id}")).await;
    control(&format!("/kill?id={id}")).await;
    until("away", || seen.is(ReadyState::Connecting)).await;
    seen.send("queued meanwhile").unwrap();
    until("the echo", || seen.count() == 1).await;
    assert!(seen.is(ReadyState::Open));
    seen.unmount();
    all_ended(id, 3).await;
    assert_eq!(seen.send("too late"), Err(SendError::Closed));
}

/// `mount` mounts on `/echo?id={id}`.
pub async fn mounted_twice_leaves_one_connection<P: Probe>(mount: impl AsyncFn(&str) -> P) {
    let id = tag();
    let mut first = mount(&id).await;
    until("connecting", || first.handle().is_some_and(|handle| handle.sender().is_some())).await;
    first.unmount();
    let mut second = mount(&id).await;
    until("open", || second.is(ReadyState::Open)).await;
    // The first one's end is on its way.
    connections_left(&id, 1).await;
    assert!(second.is(ReadyState::Open));
    second.unmount();
}

/// Mounted on `/echo`, manual.
pub async fn closed_and_opened_again_by_hand(seen: impl Probe) {
    until("mounted", || seen.is(ReadyState::Closed)).await;
    assert_eq!(seen.send("nowhere"), Err(SendError::Closed));
    seen.reconnect();
    until("open", || seen.is(ReadyState::Open)).await;
    seen.handle().unwrap().close(3001, "enough");
    until("closed", || seen.closed().is_some_and(|closed| closed.code == 3001)).await;
    assert!(seen.is(ReadyState::Closed));
    assert!(seen.events(|all| matches!(all.last(), Some(Event::Closed(_)))));
    seen.reconnect();
    until("open again", || seen.is(ReadyState::Open)).await;
    assert_eq!(seen.closed(), None);
    seen.handle().unwrap().close(3002, "enough again");
    until("closed again", || seen.closed().is_some_and(|closed| closed.code == 3002)).await;
    seen.reconnect();
    until("open a third time", || seen.is(ReadyState::Open)).await;
}

/// Mounted on `/flood?n=0&rate=1000`. Each rendering shows the socket of its own URL and of no other.
pub async fn another_url_starts_afresh(mut seen: impl Probe) {
    until("a message", || seen.latest().is_some() && seen.is(ReadyState::Open)).await;

    let silent = url("/echo").await;
    seen.set_url(silent.clone());
    until("open in another place", || shown(&seen, &silent, ReadyState::Open)).await;
    first_rendering(&seen, &silent);
    assert_eq!(seen.latest(), None);
    let late = seen.count();
    sleep(50).await;
    assert_eq!(seen.count(), late, "no message of the old place comes");
    let opened = [Event::Open { attempt: 1 }, Event::Open { attempt: 1 }];
    seen.events(|all| assert_eq!(all, opened, "no event of the old place comes"));

    seen.handle().unwrap().close(3001, "enough");
    until("closed", || seen.closed().is_some()).await;
    let wrong = "ws://[".to_owned();
    seen.set_url(wrong.clone());
    until("refused", || seen.renderings().iter().any(|one| one.url == wrong && one.error)).await;
    first_rendering(&seen, &wrong);
    assert!(seen.is(ReadyState::Closed));

    let right = url("/echo?right").await;
    seen.set_url(right.clone());
    until("open in the right place", || shown(&seen, &right, ReadyState::Open)).await;
    let first = first_rendering(&seen, &right);
    assert!(first.state == ReadyState::Connecting && !first.error, "{first:?}");
    seen.unmount();
}

fn shown(seen: &impl Probe, url: &str, state: ReadyState) -> bool {
    seen.renderings().iter().any(|one| one.url == url && one.state == state)
}

/// The first rendering with this URL, which shows nothing of the socket before.
fn first_rendering(seen: &impl Probe, url: &str) -> Rendering {
    let first = seen.renderings().into_iter().find(|one| one.url == url).unwrap();
    assert!(first.state != ReadyState::Open && !first.message && !first.closed, "{first:?}");
    first
}

/// Mounted on `/half-open`, which does not answer Close frames.
pub async fn closing_is_shown(mut seen: impl Probe) {
    until("open", || seen.is(ReadyState::Open)).await;
    seen.handle().unwrap().close(1000, "");
    until("closing", || seen.is(ReadyState::Closing)).await;
    seen.unmount();
}

/// `mount` mounts on a URL, and lets the component's callbacks hold the token.
pub async fn a_thousand_mounts_leave_nothing<P: Probe>(mount: impl Fn(&str, Rc<()>) -> P) {
    let (id, token) = (tag(), Rc::new(()));
    let url = url(&format!("/echo?id={id}")).await;
    let cycle = async |rounds: u32| {
        for _ in 0..rounds {
            // More at a time, and Chromium delays each by seconds.
            let mut ten: Vec<P> = (0..10).map(|_| mount(&url, token.clone())).collect();
            until("ten open", || ten.iter().all(|one| one.is(ReadyState::Open))).await;
            ten.iter_mut().for_each(P::unmount);
        }
        until("nobody holds the callbacks", || Rc::strong_count(&token) == 1).await;
        connections_left(&id, 0).await;
    };
    cycle(20).await;
    let handles = wasm_bindgen::externref_heap_live_count();
    // A list that has to hold more than ever before grows once; what leaks grows every time.
    let mut grown = usize::MAX;
    for _ in 0..3 {
        let bytes = heap::live_bytes();
        cycle(80).await;
        grown = grown.min(heap::live_bytes().saturating_sub(bytes));
        if grown < 800 * size_of::<usize>() {
            break;
        }
    }
    assert!(
        grown < 800 * size_of::<usize>(),
        "{grown} bytes more after 800 mounts: at least a pointer for each"
    );
    let after = wasm_bindgen::externref_heap_live_count();
    assert!(after <= handles + 8, "{handles} handles, then {after}");
}

/// The example: a room where one talks to oneself, while connections die and the server is stopped and started
/// again. `mount` mounts it and says how to unmount it.
pub async fn the_chat_chats<U: FnOnce()>(mount: impl FnOnce(HtmlElement, String) -> U) {
    let (room, root) = (tag(), page());
    let unmount = mount(root.clone(), url(&format!("/broadcast?room={room}&id={room}")).await);
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

    control(&format!("/stop-listening?kill&id={room}")).await;
    until("away", || text().contains("Connecting")).await;
    say("still here");
    assert_eq!(field(&ask("/health").await, "listening"), false);
    // Long enough for attempts that fail.
    sleep(1500).await;
    assert!(text().contains("Connecting"), "{}", text());
    control("/start-listening").await;
    until("back", || text().contains("Open") && text().contains("me: still here")).await;

    assert_eq!(root.query_selector_all("li").unwrap().length(), 2);
    unmount();
    until("unmounted", || text().is_empty()).await;
    all_ended(&room, 2).await;
}

/// Waits until so many connections of this tag are left.
async fn connections_left(id: &str, expected: usize) {
    let open = async || {
        let log = ask(&format!("/log?brief&id={id}")).await;
        let log: js_sys::Array = field(&log, "connections").unchecked_into();
        log.iter().filter(|one| field(one, "ended").is_null()).count()
    };
    for _ in 0..600 {
        if open().await == expected {
            return;
        }
        sleep(10).await;
    }
    assert_eq!(open().await, expected);
}

/// Of this tag there were so many connections, and none is left.
async fn all_ended(id: &str, connections: u32) {
    let log =
        ask(&format!("/log?brief&id={id}&connections={connections}&ended={connections}&timeout_ms=60000"))
            .await;
    assert_eq!(field(&log, "complete"), true, "unmounting closes the connection");
    let seen: js_sys::Array = field(&log, "connections").unchecked_into();
    assert_eq!(seen.length(), connections);
}
