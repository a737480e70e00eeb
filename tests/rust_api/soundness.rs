//! Whatever a handler does: no borrow is held, nothing is called after it was dropped, nothing leaks.

use crate::support::{ask, field, sleep, tag, url, within};
use futures_util::Stream;
use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};
use steady_websocket::{Decision, Inbound, Receiver, Retry, Sender, WebSocket};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;

thread_local! {
    static HELD: RefCell<Vec<Box<dyn std::any::Any>>> = RefCell::default();
    static SENDER: RefCell<Option<Sender>> = RefCell::default();
}

/// A waker that calls the socket from inside `wake`.
struct Act(fn());

impl Wake for Act {
    fn wake(self: Arc<Self>) {
        (self.0)();
    }
}

fn poll(rx: &mut Receiver, act: fn()) -> bool {
    let waker = Waker::from(Arc::new(Act(act)));
    Pin::new(rx).poll_next(&mut Context::from_waker(&waker)).is_ready()
}

#[wasm_bindgen_test]
async fn a_waker_may_drop_both_halves() {
    for path in ["/flood?n=50", "/close", "/accept-drop", "/refuse"] {
        let (tx, mut rx) = WebSocket::open(url(path).await).unwrap().split();
        assert!(!poll(&mut rx, || HELD.with(|held| drop(held.take()))));
        HELD.with(|held| held.borrow_mut().extend([Box::new(rx) as _, Box::new(tx) as _]));
        let gone = || HELD.with(|held| held.borrow().is_empty());
        within(2000, async {
            while !gone() {
                sleep(5).await
            }
        })
        .await
        .expect(path);
        sleep(20).await;
    }
}

#[wasm_bindgen_test]
async fn a_waker_may_send_close_and_look() {
    let (tx, mut rx) = WebSocket::open(url("/echo").await).unwrap().split();
    tx.opened().await.unwrap();
    SENDER.with(|sender| sender.replace(Some(tx.clone())));
    tx.send("0").await.unwrap();
    assert!(!poll(&mut rx, || {
        let sender = SENDER.with(|sender| sender.borrow().clone()).unwrap();
        let _ = (sender.ready_state(), sender.buffered_amount(), sender.stats(), sender.events());
        sender.send_now("again").unwrap();
        drop(sender.close(1000, "from within"));
    }));
    assert_eq!(&*within(2000, tx.closed()).await.expect("closed").reason, "from within");
    SENDER.with(|sender| drop(sender.take()));
    assert_eq!(tx.stats().sent_messages, 2);
    assert!(rx.next().await.is_some());
}

#[wasm_bindgen_test]
async fn the_applications_closures_may_drop_the_socket() {
    let drop_it = || HELD.with(|held| drop(held.take()));
    let keep = |socket: WebSocket| HELD.with(|held| held.borrow_mut().push(Box::new(socket)));
    let gone = || async {
        let empty = || HELD.with(|held| held.borrow().is_empty());
        within(2000, async {
            while !empty() {
                sleep(5).await
            }
        })
        .await
        .expect("dropped");
        sleep(30).await;
    };

    let rule = move |_: &_| {
        drop_it();
        Decision::Again
    };
    keep(WebSocket::builder(url("/accept-drop").await).retry_if(rule).open().unwrap());
    gone().await;

    let key = move |_: &_| {
        drop_it();
        Some("k".to_owned())
    };
    let inbound = Inbound::latest_per_key(key);
    keep(WebSocket::builder(url("/flood?n=3").await).inbound(inbound).open().unwrap());
    gone().await;

    let gate = move |gate: steady_websocket::Gate| async move {
        drop_it();
        gate.send("to nobody")
    };
    keep(WebSocket::builder(url("/echo").await).before_flush(gate).open().unwrap());
    gone().await;

    let address = url("/accept-drop").await;
    let asked = Rc::new(Cell::new(0));
    let provider = move || {
        asked.set(asked.get() + 1);
        if asked.get() == 2 {
            drop_it();
        }
        std::future::ready(address.clone())
    };
    let retry = Retry { first: 1, floor: 1, ..Retry::default() };
    keep(WebSocket::builder(provider).reconnect(retry).open().unwrap());
    gone().await;
}

#[wasm_bindgen_test]
async fn the_applications_closures_may_use_the_socket() {
    let used = Rc::new(Cell::new(0));
    let uses = used.clone();
    let key = move |_: &_| {
        SENDER.with(|sender| {
            let sender = sender.borrow().clone().unwrap();
            let _ = (sender.stats(), sender.events(), sender.ready_state());
            sender.send_now("from the key").unwrap();
            sender.reconnect().unwrap();
        });
        uses.set(uses.get() + 1);
        None
    };
    let builder = WebSocket::builder(url("/flood?n=2&size=5").await).steady();
    let (tx, rx) = builder.inbound(Inbound::latest_per_key(key)).open().unwrap().split();
    SENDER.with(|sender| sender.replace(Some(tx)));
    within(2000, async {
        while used.get() < 3 {
            sleep(5).await
        }
    })
    .await
    .expect("two connections");
    SENDER.with(|sender| sender.take()).unwrap().terminate();
    drop(rx);
}

fn memory() -> u32 {
    let memory: js_sys::WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
    memory.buffer().unchecked_into::<js_sys::ArrayBuffer>().byte_length()
}

async fn cycle(url: &str, sockets: usize) {
    let sockets: Vec<WebSocket> = (0..sockets).map(|_| WebSocket::open(url).unwrap()).collect();
    for socket in &sockets {
        socket.opened().await.unwrap();
        socket.send_now("hello").unwrap();
    }
    for mut socket in sockets {
        assert!(socket.next().await.is_some());
    }
}

#[wasm_bindgen_test]
async fn a_thousand_sockets_leave_nothing_behind() {
    // 400 connect/drop cycles cost ewebsock 128 KiB.
    let id = tag();
    let url = url(&format!("/echo?id={id}")).await;
    // With more at a time, Chromium delays each by seconds.
    for _ in 0..20 {
        cycle(&url, 10).await;
    }
    let (before, handles) = (memory(), live_handles());
    for _ in 0..80 {
        cycle(&url, 10).await;
    }
    assert_eq!(memory(), before, "wasm memory grew");
    assert!(live_handles() <= handles + 8, "{} handles, then {}", handles, live_handles());
    let log = ask(&format!("/log?brief&id={id}&ended=1000&timeout_ms=10000")).await;
    assert_eq!(field(&log, "complete"), true, "every one was closed");
}

#[wasm_bindgen_test]
async fn many_sockets_at_once() {
    let url = url("/echo").await;
    let sockets: Vec<WebSocket> =
        (0..60).map(|_| WebSocket::builder(&*url).steady().open().unwrap()).collect();
    for socket in &sockets {
        socket.send("all at once").await.unwrap();
    }
    let echoes = sockets.into_iter().map(|mut socket| async move { socket.next().await });
    let echoes: Vec<_> = futures_util::future::join_all(echoes).await;
    assert!(echoes.iter().all(Option::is_some));
}

/// Returns how many JavaScript objects Rust holds.
fn live_handles() -> u32 {
    wasm_bindgen::externref_heap_live_count()
}
