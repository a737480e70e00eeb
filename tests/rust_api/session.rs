use crate::support::{control, tag, url};
use std::time::Duration;
use steady_websocket::{Event, Message, Retry, Session, SessionEvent, SessionFate, WebSocket};
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
async fn a_tracked_message_is_delivered_though_its_connection_is_lost() {
    let id = tag();
    let retry = Retry { first: 10, floor: 5, ceiling: 50, ..Retry::default() };
    let builder = WebSocket::builder(url(&format!("/session?id={id}")).await).reconnect(retry);
    let mut socket = builder.session(Session::require()).open().unwrap();
    let mut events = socket.events();
    let first = socket.send_tracked("one").await.unwrap();
    assert_eq!(first.await, SessionFate::Delivered);
    control(&format!("/kill?id={id}")).await;
    let second = socket.send_tracked("two").await.unwrap();
    assert_eq!(second.await, SessionFate::Delivered);
    for expected in ["one", "two"] {
        assert_eq!(socket.next().await, Some(Message::Text(expected.into())));
    }
    let mut resumed = 0;
    socket.close(1000, "").await.unwrap();
    while let Some(event) = events.next().await {
        match event {
            Event::Session(SessionEvent::New { life }) => assert_eq!(life, Duration::from_secs(120)),
            Event::Session(SessionEvent::Resumed { .. }) => resumed += 1,
            Event::Session(SessionEvent::Lost { .. }) | Event::Discarded { .. } => panic!("{event:?}"),
            _ => {}
        }
    }
    assert_eq!(resumed, 1);
}

#[wasm_bindgen_test]
async fn a_server_without_sessions_gets_tracked_messages_handed_over() {
    let socket = WebSocket::builder(url("/echo").await).session(Session::prefer()).open().unwrap();
    let sent = socket.send_tracked("one").await.unwrap();
    assert_eq!(sent.await, SessionFate::HandedOver);
}
