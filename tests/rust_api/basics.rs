use crate::support::{ask, field, sleep, tag, url, within};
use futures_util::{SinkExt, StreamExt};
use steady_websocket::{CloseError, CloseInfo, Event, Message, OpenError, ReadyState, SendError, WebSocket};
use wasm_bindgen_test::wasm_bindgen_test;

async fn echo() -> WebSocket {
    WebSocket::open(url("/echo").await).unwrap()
}

#[wasm_bindgen_test]
async fn text_and_bytes_come_back() {
    let mut socket = echo().await;
    assert_eq!(socket.ready_state(), ReadyState::Connecting);
    socket.send("grün").await.unwrap();
    assert_eq!(socket.ready_state(), ReadyState::Open);
    socket.send(vec![0u8, 255, 7]).await.unwrap();
    socket.send("").await.unwrap();
    assert_eq!(socket.next().await, Some(Message::Text("grün".into())));
    assert_eq!(socket.next().await, Some(Message::Binary(vec![0, 255, 7])));
    assert_eq!(socket.next().await, Some(Message::Text(String::new())));
    let stats = socket.stats();
    assert_eq!((stats.sent_messages, stats.sent_bytes), (3, 8));
    assert_eq!((stats.received_messages, stats.received_bytes), (3, 8));
    assert_eq!((stats.attempts, stats.connections), (1, 1));
}

#[wasm_bindgen_test]
async fn bytes_can_stay_in_javascript() {
    let mut socket = echo().await;
    let bytes = js_sys::Uint8Array::from(&[1u8, 2, 3, 4][..]);
    socket.send(bytes.subarray(1, 4)).await.unwrap();
    socket.send(bytes.buffer()).await.unwrap();
    let payload = socket.next_payload().await.unwrap();
    assert_eq!((payload.size(), payload.as_text()), (3, None));
    let mut two = [0; 2];
    assert_eq!((payload.copy_to(&mut two), two), (2, [2, 3]));
    assert_eq!(payload.as_buffer().unwrap().byte_length(), 3);
    socket.send(payload).await.unwrap();
    assert_eq!(socket.next().await, Some(Message::Binary(vec![1, 2, 3, 4])));
    assert_eq!(socket.next().await, Some(Message::Binary(vec![2, 3, 4])));
}

#[wasm_bindgen_test]
async fn order_holds_between_text_and_binary() {
    let (tx, rx) = echo().await.split();
    for n in 0..200u8 {
        if n % 3 == 0 { tx.send(vec![n]).await } else { tx.send(n.to_string()).await }.unwrap();
    }
    let got: Vec<Message> = rx.take(200).collect().await;
    for (n, message) in got.into_iter().enumerate() {
        let sent = match n % 3 {
            0 => Message::Binary(vec![n as u8]),
            _ => Message::Text(n.to_string()),
        };
        assert_eq!(message, sent);
    }
}

#[wasm_bindgen_test]
async fn close_resolves_to_the_close_that_happened() {
    let socket = echo().await;
    socket.opened().await.unwrap();
    let closed = socket.close(3001, "done").await.unwrap();
    assert_eq!(closed, CloseInfo { code: 3001, reason: "done".into(), was_clean: true });
    assert_eq!(socket.ready_state(), ReadyState::Closed);
    assert_eq!(socket.closed().await, closed);

    let id = tag();
    let socket = WebSocket::open(url(&format!("/close?code=4321&reason=mine&id={id}")).await).unwrap();
    assert_eq!(socket.closed().await.code, 4321);
    assert_eq!(&*socket.close(1000, "too late").await.unwrap().reason, "mine");
}

#[wasm_bindgen_test]
async fn the_sinks_close_really_closes() {
    // gloo-net: SinkExt::close() is Ok, and the socket is open 300 ms later.
    let id = tag();
    let mut socket = WebSocket::open(url(&format!("/echo?id={id}")).await).unwrap();
    SinkExt::send(&mut socket, Message::Text("x".into())).await.unwrap();
    SinkExt::close(&mut socket).await.unwrap();
    assert_eq!(socket.ready_state(), ReadyState::Closed);
    assert!(socket.closed().await.was_clean);
    let log = ask(&format!("/log?id={id}&ended=1")).await;
    assert_eq!(field(&log, "complete"), true);
}

#[wasm_bindgen_test]
async fn either_half_can_close() {
    let (tx, mut rx) = echo().await.split();
    tx.opened().await.unwrap();
    assert_eq!(rx.close(1000, "").await.unwrap().code, 1000);
    assert_eq!(rx.next().await, None);
    let (tx, mut rx) = echo().await.split();
    let copy = tx.clone();
    assert_eq!(rx.ready_state(), ReadyState::Connecting);
    copy.opened().await.unwrap();
    drop(tx.close(3000, "by the sender"));
    assert_eq!(rx.next().await, None);
    assert_eq!(copy.closed().await.code, 3000);
}

#[wasm_bindgen_test]
async fn wrong_codes_and_reasons_are_errors() {
    let socket = echo().await;
    socket.opened().await.unwrap();
    for code in [0, 999, 1001, 1005, 1009, 2999, 5000] {
        assert_eq!(socket.close(code, "").await, Err(CloseError::Code(code)));
    }
    let long = "é".repeat(62);
    assert_eq!(socket.close(1000, &long).await, Err(CloseError::ReasonTooLong(124)));
    assert_eq!(socket.ready_state(), ReadyState::Open);
}

#[wasm_bindgen_test]
async fn sending_to_a_closed_socket_is_an_error() {
    // gloo-net: Ok, and the message is lost.
    let mut socket = echo().await;
    assert_eq!(socket.send_now("early"), Err(SendError::Connecting));
    socket.opened().await.unwrap();
    let closing = socket.close(1000, "");
    assert_eq!(socket.send("late").await, Err(SendError::Closed));
    closing.await.unwrap();
    assert_eq!(socket.send("late").await, Err(SendError::Closed));
    assert_eq!(socket.send_now("late"), Err(SendError::Closed));
    assert_eq!(socket.feed(Message::Text("late".into())).await, Err(SendError::Closed));
    assert_eq!(socket.flush().await, Ok(()));
}

#[wasm_bindgen_test]
async fn whoever_waits_to_send_hears_that_it_failed() {
    let socket = WebSocket::open(url("/refuse").await).unwrap();
    assert_eq!(socket.send("never").await, Err(SendError::Closed));
    assert_eq!(socket.opened().await.unwrap_err().code, 1006);
}

#[wasm_bindgen_test]
async fn sub_protocols() {
    let open = |list: &[&str]| {
        let list: Vec<String> = list.iter().map(|one| (*one).to_owned()).collect();
        async { WebSocket::builder(url("/protocol?protocol=b").await).protocols(list).open() }
    };
    let mut socket = open(&["a", "b", "c"]).await.unwrap();
    let told = socket.next().await.unwrap();
    assert!(told.as_text().unwrap().contains(r#""offered":["a","b","c"]"#), "{told:?}");
    assert_eq!(socket.protocol(), "b");
    assert_eq!(open(&["a", "a"]).await.err(), Some(OpenError::ProtocolRepeated(1)));
    assert_eq!(open(&["a", "b c"]).await.err(), Some(OpenError::ProtocolToken(1)));
}

#[wasm_bindgen_test]
async fn wrong_addresses_are_errors_that_name_them() {
    for wrong in ["ws://", "ws://[", "mailto:someone", "ws://example.com/#fragment"] {
        match WebSocket::open(wrong).err() {
            Some(OpenError::Url(url)) => assert_eq!(url, wrong),
            other => panic!("{wrong}: {other:?}"),
        }
    }
    // Steady: no retry would help.
    assert!(matches!(WebSocket::builder("ws://").steady().open(), Err(OpenError::Url(_))));
}

#[wasm_bindgen_test]
async fn events_tell_the_story() {
    let socket = WebSocket::open(url("/close?after=1&code=4001").await).unwrap();
    let events = socket.events();
    socket.send("now").await.unwrap();
    let events: Vec<Event> = events.collect().await;
    let closed = CloseInfo { code: 4001, reason: "".into(), was_clean: true };
    assert_eq!(events, [Event::Open { attempt: 1 }, Event::Closed(closed)]);
    assert_eq!(socket.events().next().await, None, "nothing follows the end");
}

#[wasm_bindgen_test]
async fn dropping_every_half_closes() {
    let id = tag();
    let (tx, rx) = WebSocket::open(url(&format!("/echo?id={id}")).await).unwrap().split();
    tx.opened().await.unwrap();
    drop(rx);
    tx.send("still there").await.unwrap();
    tx.flush().await.unwrap();
    drop(tx);
    let log = ask(&format!("/log?id={id}&ended=1&messages=1")).await;
    assert_eq!(field(&log, "complete"), true);
}

#[wasm_bindgen_test]
async fn the_native_socket_can_be_looked_at() {
    let socket = echo().await;
    socket.opened().await.unwrap();
    let raw = socket.as_raw().unwrap();
    assert_eq!((raw.ready_state(), raw.url()), (1, socket.url()));
    socket.close(1000, "").await.unwrap();
    sleep(0).await;
    assert!(socket.as_raw().is_none());
}

#[wasm_bindgen_test]
async fn terminate_does_not_wait_for_the_peer() {
    let socket = WebSocket::open(url("/half-open").await).unwrap();
    socket.opened().await.unwrap();
    socket.terminate();
    let closed = within(200, socket.closed()).await.expect("at once");
    assert_eq!((closed.code, closed.was_clean), (1006, false));
}

/// Replaying the trace of a live socket reproduces what it did.
#[wasm_bindgen_test]
async fn a_trace_replays() {
    let mut socket = WebSocket::builder(url("/echo").await).record().steady().open().unwrap();
    let mut events = socket.events();
    socket.send("Grüße").await.unwrap();
    assert_eq!(socket.next().await, Some(Message::Text("Grüße".into())));
    socket.close(1000, "done").await.unwrap();
    let trace = socket.trace().unwrap();
    let whole = steady_websocket::core::trace::replay(&trace).unwrap();
    assert!(trace.contains(" send 7\n") && trace.contains(" close 1000 \"done\"\n"), "{trace}");
    assert_eq!(whole.matches("fire open 1\n").count(), 1, "{whole}");
    assert_eq!(whole.matches("fire close 1000 \"done\" clean\n").count(), 1, "{whole}");
    assert!(matches!(events.next().await, Some(Event::Open { .. })));
    assert_eq!(echo().await.trace(), None);
}
