use crate::support::{Counted, control, sleep, tag, url, within};
use futures_util::SinkExt;
use steady_websocket::{Event, Marks, Message, ReadyState, WebSocket};
use wasm_bindgen_test::wasm_bindgen_test;

const MEGABYTE: usize = 1_000_000;

async fn sink(marks: Marks) -> (WebSocket, String) {
    let id = tag();
    let socket = WebSocket::builder(url(&format!("/sink?id={id}")).await).flow(marks).open().unwrap();
    socket.opened().await.unwrap();
    (socket, id)
}

/// Sends until the peer, which does not read, has filled every buffer on the way.
async fn fill(socket: &WebSocket, id: &str, high: u64) {
    control(&format!("/pause?id={id}")).await;
    let chunk = vec![1u8; 100_000];
    // Pressure is sampled at least four times a second: what lasts a second is not passing. The native amount may
    // have fallen below the high mark by then, but not to the low one. Where the native amount falls although nobody
    // reads (WebKit), the number of tries is limited.
    for _ in 0..300 {
        if within(1_000, socket.send(chunk.clone())).await.is_none() {
            break;
        }
    }
    assert!(native(socket) <= high + 100_000);
}

fn native(socket: &WebSocket) -> u64 {
    socket.as_raw().unwrap().buffered_amount().into()
}

#[wasm_bindgen_test]
async fn forty_megabytes_never_pile_up() {
    // gloo-net and ws_stream_wasm: bufferedAmount reaches 40,000,000.
    let marks = Marks::default();
    let most = marks.high + MEGABYTE as u64;
    let socket = sink(marks).await.0;
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
    let mut socket = sink(marks).await.0;
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
    let (socket, id) = sink(marks).await;
    fill(&socket, &id, 200_000).await;
    let mut events = socket.events();
    if within(100, socket.flush()).await.is_some() {
        // WebKit's own amount falls to 0 although nobody reads: nothing above it can know better.
        return assert_eq!(native(&socket), 0, "flushed with some to go");
    }
    assert!(within(100, socket.send("no room")).await.is_none());
    control(&format!("/resume?id={id}")).await;
    assert_eq!(within(10_000, events.next()).await, Some(Some(Event::Drain)));
    assert!(native(&socket) <= 50_000);
    socket.send("room again").await.unwrap();
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
    let (socket, id) = sink(Marks { high: 200_000, low: 50_000 }).await;
    fill(&socket, &id, 200_000).await;
    let (tx, _rx) = socket.split();
    let sends = futures_util::future::join_all((0..20).map(|n| tx.send(n.to_string())));
    let resume = async {
        sleep(50).await;
        control(&format!("/resume?id={id}")).await
    };
    let both = futures_util::future::join(sends, resume);
    let (sent, _) = within(10_000, both).await.expect("all sent");
    assert!(sent.iter().all(Result::is_ok));
}

#[wasm_bindgen_test]
async fn waiting_for_room_sets_few_timers() {
    // websocket-web polls without a delay: a browser allows 250 polls a second.
    let (socket, id) = sink(Marks { high: 200_000, low: 50_000 }).await;
    fill(&socket, &id, 200_000).await;
    let timers = Counted::new(js_sys::global().into(), "setTimeout");
    within(2_000, socket.send("waits")).await;
    let count = timers.calls();
    drop(timers);
    // A sample every 250 ms, our own timer, and the rest of the filling.
    assert!(count <= 40, "{count} timers in two seconds");
}
