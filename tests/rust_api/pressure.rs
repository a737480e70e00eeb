use crate::support::{sleep, tag, url, within};
use futures_util::{SinkExt, StreamExt};
use steady_websocket::{Event, Marks, Message, ReadyState, WebSocket};
use wasm_bindgen_test::wasm_bindgen_test;

const MEGABYTE: usize = 1_000_000;

async fn slow(path: &str, marks: Marks) -> WebSocket {
    let url = url(&format!("{path}&id={}", tag())).await;
    let socket = WebSocket::builder(url).flow(marks).open().unwrap();
    socket.opened().await.unwrap();
    socket
}

fn native(socket: &WebSocket) -> u64 {
    socket.as_raw().unwrap().buffered_amount().into()
}

#[wasm_bindgen_test]
async fn forty_megabytes_never_pile_up() {
    // gloo-net and ws_stream_wasm: bufferedAmount reaches 40,000,000.
    let marks = Marks::default();
    let most = marks.high + MEGABYTE as u64;
    let socket = slow("/sink?read=all", marks).await;
    for _ in 0..40 {
        socket.send(vec![7u8; MEGABYTE]).await.unwrap();
        assert!(native(&socket) <= most, "{} bytes", native(&socket));
        assert!(socket.buffered_amount() <= most);
    }
    socket.flush().await.unwrap();
    assert_eq!(native(&socket), 0);
    assert_eq!(socket.stats().sent_bytes, 40 * MEGABYTE as u64);
}

#[wasm_bindgen_test]
async fn forty_megabytes_through_the_sink() {
    let marks = Marks::default();
    let most = marks.high + MEGABYTE as u64;
    let mut socket = slow("/sink?read=all", marks).await;
    for _ in 0..40 {
        socket.feed(Message::Binary(vec![7u8; MEGABYTE])).await.unwrap();
        assert!(native(&socket) <= most);
    }
    SinkExt::<Message>::flush(&mut socket).await.unwrap();
    assert_eq!(native(&socket), 0);
}

#[wasm_bindgen_test]
async fn pressure_ends_at_the_low_mark_and_not_before() {
    let marks = Marks { high: 200_000, low: 50_000 };
    let socket = slow("/sink?read=stop&for_ms=700&buffer=4096", marks).await;
    let mut events = socket.events();
    let chunk = vec![1u8; 100_000];
    // Whatever the kernel's buffers take, in the end the peer does not read.
    while within(150, socket.send(chunk.clone())).await.is_some() {}
    assert!(native(&socket) > 200_000);
    let flushed = within(50, socket.flush()).await;
    assert!(flushed.is_none(), "flushed with {} bytes to go", native(&socket));
    assert_eq!(events.next().await, Some(Event::Drain));
    assert!(native(&socket) <= 50_000);
    socket.send(chunk).await.unwrap();
    socket.flush().await.unwrap();
    assert_eq!(native(&socket), 0);
}

#[wasm_bindgen_test]
async fn a_steady_socket_presses_too_when_there_is_no_connection() {
    let socket = WebSocket::builder(url("/refuse").await)
        .steady()
        .flow(Marks { high: 1000, low: 100 })
        .open()
        .unwrap();
    for _ in 0..3 {
        socket.send(vec![0u8; 400]).await.unwrap();
    }
    assert!(within(30, socket.send("one more")).await.is_none());
    assert_eq!(socket.ready_state(), ReadyState::Connecting);
    assert_eq!(socket.buffered_amount(), 1200);
    assert_eq!((socket.stats().queued_messages, socket.stats().queued_bytes), (3, 1200));
    socket.send_now("like JavaScript").unwrap();
    socket.terminate();
    sleep(0).await;
    assert_eq!(socket.ready_state(), ReadyState::Closed);
    assert!(socket.flush().await.is_err(), "1215 bytes will never leave");
}

#[wasm_bindgen_test]
async fn everybody_who_waits_is_woken() {
    let marks = Marks { high: 200_000, low: 50_000 };
    let (tx, _rx) = slow("/sink?read=stop&for_ms=400&buffer=4096", marks).await.split();
    while within(100, tx.send(vec![1u8; 100_000])).await.is_some() {}
    let sends: Vec<_> = (0..20).map(|n| tx.send(n.to_string())).collect();
    let sent = within(5_000, futures_util::future::join_all(sends)).await.expect("all sent");
    assert!(sent.iter().all(Result::is_ok));
}
