//! All steady sockets of a page share one timer of the platform.

use crate::support::{Counted, control, field, sleep, tag, url, within};
use std::cell::Cell;
use std::rc::Rc;
use steady_websocket::{Event, Retry, WebSocket};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

/// A constant delay.
fn after(wait: u64) -> Retry {
    Retry { first: wait, floor: wait, ceiling: wait, ..Retry::default() }
}

/// Counts the timers of either kind.
fn timers(run: impl FnOnce()) -> u32 {
    let global: JsValue = js_sys::global().into();
    let scheduler = field(&global, "scheduler");
    let owners = [(global, "setTimeout"), (scheduler, "postTask")].into_iter();
    let counted: Vec<Counted> = owners
        .filter(|(owner, _)| owner.is_object())
        .map(|(owner, name)| Counted::new(owner, name))
        .collect();
    run();
    counted.iter().map(Counted::calls).sum()
}

#[wasm_bindgen_test]
async fn sockets_that_send_together_set_one() {
    let url = url("/echo").await;
    let sockets: Vec<WebSocket> =
        (0..50).map(|_| WebSocket::builder(&*url).steady().open().unwrap()).collect();
    for socket in &sockets {
        socket.opened().await.unwrap();
    }
    let set = timers(|| {
        for socket in &sockets {
            socket.send_now("together").unwrap();
        }
    });
    assert!(set <= 1, "{set} timers");
}

#[wasm_bindgen_test]
async fn each_socket_is_woken_at_its_own_time() {
    let url = url("/refuse").await;
    let late = WebSocket::builder(&*url).reconnect(after(3_600_000)).open().unwrap();
    let early = [5, 20, 50].map(|wait| WebSocket::builder(&*url).reconnect(after(wait)).open().unwrap());
    let events = early.each_ref().map(|socket| socket.events());
    for mut events in events {
        let third =
            async { while !matches!(events.next().await, Some(Event::Reconnecting { attempt: 3, .. })) {} };
        within(10_000, third).await.expect("a third attempt");
    }
    assert_eq!(late.stats().attempts, 1);
}

#[wasm_bindgen_test]
async fn where_one_throws_the_others_have_their_turn() {
    let id = tag();
    let address = url(&format!("/echo?id={id}")).await;
    let asked = Rc::new(Cell::new(0));
    let (count, known) = (asked.clone(), address.clone());
    let thrower = WebSocket::builder(move || {
        count.set(count.get() + 1);
        if count.get() == 2 {
            wasm_bindgen::throw_str("thrown on purpose");
        }
        let known = known.clone();
        async move { Ok::<_, JsValue>(known) }
    });
    let thrower = thrower.reconnect(after(10)).open().unwrap();
    let others: Vec<WebSocket> =
        (0..10).map(|_| WebSocket::builder(&*address).reconnect(after(10)).open().unwrap()).collect();
    thrower.opened().await.unwrap();
    for socket in &others {
        socket.opened().await.unwrap();
    }
    let events: Vec<_> = others.iter().map(|socket| socket.events()).collect();
    control(&format!("/kill?id={id}")).await;
    for mut events in events {
        let again = async { while !matches!(events.next().await, Some(Event::Open { attempt: 2 })) {} };
        within(10_000, again).await.expect("open again");
    }
    // Its own attempt may be the last of the eleven.
    while asked.get() < 2 {
        sleep(10).await;
    }
}
