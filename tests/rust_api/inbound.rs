use crate::support::{sleep, url};
use futures_util::StreamExt;
use steady_websocket::{Event, Inbound, Message, WebSocket};
use wasm_bindgen_test::wasm_bindgen_test;

/// A hundred numbered messages of 10 bytes that are not read.
async fn flooded(inbound: Inbound) -> (WebSocket, Vec<Event>) {
    let url = url("/flood?n=100&size=10&then=close").await;
    let socket = WebSocket::builder(url).inbound(inbound).open().unwrap();
    let events = socket.events().collect().await;
    (socket, events)
}

async fn numbers(socket: WebSocket) -> Vec<u32> {
    let number = |message: Message| message.as_text()?.split(' ').next()?.parse::<u32>().ok();
    socket.filter_map(|message| async move { number(message) }).collect().await
}

fn overflow(events: &[Event]) -> u64 {
    let count = |event: &Event| match event {
        Event::Overflow { messages } => *messages,
        _ => 0,
    };
    events.iter().map(count).sum()
}

#[wasm_bindgen_test]
async fn whatever_arrived_can_be_taken_after_the_end() {
    let (socket, events) = flooded(Inbound::default()).await;
    assert_eq!(overflow(&events), 0);
    assert_eq!((socket.stats().waiting_messages, socket.stats().waiting_bytes), (100, 1000));
    assert_eq!(numbers(socket).await, (0..100).collect::<Vec<_>>());
}

#[wasm_bindgen_test]
async fn the_oldest_give_way() {
    let (socket, events) = flooded(Inbound::drop_oldest().max_count(10)).await;
    assert_eq!((overflow(&events), socket.stats().dropped_messages), (90, 90));
    assert_eq!(numbers(socket).await, (90..100).collect::<Vec<_>>());
    let (socket, _) = flooded(Inbound::drop_oldest().max_bytes(55)).await;
    assert_eq!(numbers(socket).await, (95..100).collect::<Vec<_>>());
}

#[wasm_bindgen_test]
async fn the_newest_give_way() {
    let (socket, events) = flooded(Inbound::drop_newest().max_count(10)).await;
    assert_eq!((overflow(&events), socket.stats().dropped_messages), (90, 90));
    assert_eq!(numbers(socket).await, (0..10).collect::<Vec<_>>());
}

#[wasm_bindgen_test]
async fn the_latest_of_each_key_stays() {
    let key = |message: &steady_websocket::Payload| {
        let number: u32 = message.as_text()?.split(' ').next()?.parse().ok()?;
        (number % 10 != 9).then(|| (number % 3).to_string())
    };
    let (socket, events) = flooded(Inbound::latest_per_key(key)).await;
    // Three keys, and ten messages that have none.
    assert_eq!((overflow(&events), socket.stats().waiting_messages), (87, 13));
    let mut expected = vec![96, 97, 98];
    expected.extend((9..100).step_by(10));
    assert_eq!(numbers(socket).await, expected);
}

#[wasm_bindgen_test]
async fn too_much_closes() {
    let url = url("/flood?n=100&size=10").await;
    let mut socket = WebSocket::builder(url).inbound(Inbound::close().max_count(10)).open().unwrap();
    let closed = socket.closed().await;
    assert_eq!((closed.code, &*closed.reason, closed.was_clean), (4009, "too much was not read", true));
    for n in 0..10 {
        assert!(socket.next().await.unwrap().as_text().unwrap().starts_with(&format!("{n} ")));
    }
    assert_eq!(socket.next().await, None);
}

#[wasm_bindgen_test]
async fn who_does_not_receive_collects_nothing() {
    let url = url("/flood?n=100&size=10").await;
    let (tx, rx) = WebSocket::builder(url).inbound(Inbound::close().max_count(10)).open().unwrap().split();
    drop(rx);
    tx.opened().await.unwrap();
    sleep(200).await;
    assert_eq!((tx.stats().waiting_messages, tx.stats().received_messages), (0, 100));
    tx.send("open").await.unwrap();
}
