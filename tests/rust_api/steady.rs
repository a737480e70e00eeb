use crate::support::{ask, control, field, sleep, tag, url, within};
use futures_util::StreamExt;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;
use steady_websocket::{
    Builder, Decision, Event, Gate, Heartbeat, Inbound, Message, OpenError, Outgoing, Overflow, Queue,
    ReadyState, Retry, SendError, StateError, WebSocket, Why,
};
use wasm_bindgen_test::wasm_bindgen_test;

fn quick() -> Retry {
    Retry { first: 10, floor: 5, ceiling: 50, ..Retry::default() }
}

async fn steady(path: &str) -> (Builder, String) {
    let id = tag();
    let joint = if path.contains('?') { '&' } else { '?' };
    let url = url(&format!("{path}{joint}id={id}")).await;
    (WebSocket::builder(url).reconnect(quick()), id)
}

#[wasm_bindgen_test]
async fn it_comes_back_with_what_was_queued() {
    let (builder, id) = steady("/echo").await;
    let mut socket = builder.open().unwrap();
    let mut events = socket.events();
    // Before there is any connection.
    socket.send("one").await.unwrap();
    assert_eq!(events.next().await, Some(Event::Open { attempt: 1 }));
    assert_eq!(socket.next().await, Some(Message::Text("one".into())));
    socket.flush().await.unwrap();
    control(&format!("/kill?id={id}")).await;
    match events.next().await {
        Some(Event::Reconnecting { attempt: 2, delay, closed, in_doubt: 0, .. }) => {
            assert!(delay <= Duration::from_millis(50));
            assert_eq!(closed.code, 1006);
        }
        other => panic!("{other:?}"),
    }
    socket.send("two").await.unwrap();
    assert_eq!(socket.next().await, Some(Message::Text("two".into())));
    assert_eq!(events.next().await, Some(Event::Open { attempt: 2 }));
    assert_eq!(socket.close(1000, "").await.unwrap().code, 1000);
    assert!(matches!(events.next().await, Some(Event::Closed(closed)) if closed.was_clean));
    assert_eq!((events.next().await, socket.next().await), (None, None));
}

#[wasm_bindgen_test]
async fn it_comes_back_though_nobody_polls_it() {
    // reconnecting-websocket (the crate): nothing continues unless it is polled.
    let (builder, id) = steady("/echo").await;
    let _socket = builder.open().unwrap();
    let log = ask(&format!("/log?brief&id={id}&connections=1&timeout_ms=30000")).await;
    assert_eq!(field(&log, "complete"), true);
    control(&format!("/kill?id={id}")).await;
    let log = ask(&format!("/log?brief&id={id}&connections=2&timeout_ms=30000")).await;
    assert_eq!(field(&log, "complete"), true, "a second connection");
}

#[wasm_bindgen_test]
async fn the_gate_goes_first_each_time() {
    let (builder, id) = steady("/echo").await;
    let socket = builder.before_flush(|mut gate: Gate| async move {
        gate.send(format!("token {}", gate.attempt()))?;
        // Its echo is ours, not the application's.
        match gate.next().await {
            Some(Message::Text(answer)) if answer.starts_with("token") => Ok(()),
            _ => Err(SendError::Closed),
        }
    });
    let mut socket = socket.open().unwrap();
    socket.send("first").await.unwrap();
    assert_eq!(socket.next().await, Some(Message::Text("first".into())));
    socket.flush().await.unwrap();
    let mut events = socket.events();
    control(&format!("/kill?id={id}")).await;
    assert!(matches!(events.next().await, Some(Event::Reconnecting { .. })));
    socket.send("second").await.unwrap();
    assert_eq!(socket.next().await, Some(Message::Text("second".into())));
    let log = ask(&format!("/log?id={id}&messages=4")).await;
    let text = js_sys::JSON::stringify(&log).unwrap().as_string().unwrap();
    let place = |word: &str| text.find(&format!(r#""text":"{word}""#)).unwrap_or_else(|| panic!("{text}"));
    assert!(place("token 1") < place("first"));
    assert!(place("token 2") < place("second"));
}

#[wasm_bindgen_test]
async fn a_gate_that_fails_is_another_attempt() {
    let (builder, _) = steady("/echo").await;
    let tries = Rc::new(Cell::new(0));
    let count = tries.clone();
    let builder = builder.before_flush(move |_| {
        count.set(count.get() + 1);
        std::future::ready(if count.get() < 3 { Err(()) } else { Ok(()) })
    });
    let mut socket = builder.open().unwrap();
    socket.send("through").await.unwrap();
    assert_eq!(socket.next().await, Some(Message::Text("through".into())));
    assert_eq!((tries.get(), socket.stats().connections), (3, 3));
}

#[wasm_bindgen_test]
async fn address_and_protocols_are_asked_for_at_each_attempt() {
    let base = url("/protocol?token=").await;
    let asked = Rc::new(Cell::new(0));
    let count = asked.clone();
    let mut socket = WebSocket::builder(move || {
        count.set(count.get() + 1);
        let (base, number) = (base.clone(), count.get());
        async move {
            sleep(5).await;
            // The first attempt has none.
            if number == 1 { Err("no token") } else { Ok(format!("{base}{number}")) }
        }
    })
    .protocols_with(|| async { vec!["p1".to_owned(), "p2".to_owned()] })
    .reconnect(quick())
    .open()
    .unwrap();
    let told = socket.next().await.unwrap();
    assert!(told.as_text().unwrap().contains("token=2"), "{told:?}");
    assert_eq!((asked.get(), socket.protocol().as_str()), (2, "p1"));
    socket.reconnect().unwrap();
    let told = socket.next().await.unwrap();
    assert!(told.as_text().unwrap().contains("token=3"), "{told:?}");
}

/// A delay long enough to observe the state.
#[wasm_bindgen_test]
async fn while_it_waits_it_is_connecting() {
    let (builder, id) = steady("/echo").await;
    let rare = Retry { first: 60_000, floor: 60_000, ceiling: 60_000, ..Retry::default() };
    let socket = builder.reconnect(rare).open().unwrap();
    let mut events = socket.events();
    assert_eq!(events.next().await, Some(Event::Open { attempt: 1 }));
    control(&format!("/kill?id={id}")).await;
    assert!(matches!(events.next().await, Some(Event::Reconnecting { attempt: 2, .. })));
    assert_eq!(socket.ready_state(), ReadyState::Connecting);
    socket.send("two").await.unwrap();
    socket.reconnect().unwrap();
    assert_eq!(events.next().await, Some(Event::Open { attempt: 2 }));
    assert_eq!(socket.ready_state(), ReadyState::Open);
}

#[wasm_bindgen_test]
async fn the_applications_rule_decides() {
    let seen = Rc::new(RefCell::new(Vec::new()));
    let codes = seen.clone();
    let (builder, _) = steady("/close?code=4010").await;
    let socket = builder.retry_if(move |closed| {
        codes.borrow_mut().push(closed.code);
        if codes.borrow().len() < 3 { Decision::After(1) } else { Decision::Stop }
    });
    let closed = socket.open().unwrap().closed().await;
    assert_eq!(closed.code, 4010);
    assert_eq!(*seen.borrow(), [4010, 4010, 4010]);
}

#[wasm_bindgen_test]
async fn a_code_that_would_come_again_stops() {
    let (builder, _) = steady("/close?code=1008&reason=no").await;
    let socket = builder.open().unwrap();
    assert_eq!(&*socket.closed().await.reason, "no");
    assert_eq!(socket.stats().attempts, 1);
    assert_eq!(socket.reconnect(), Err(StateError::Ended));
}

#[wasm_bindgen_test]
async fn giving_up() {
    let (builder, _) = steady("/accept-drop").await;
    let socket = builder.open().unwrap();
    let mut events = socket.events();
    while let Some(event) = events.next().await {
        if matches!(event, Event::Reconnecting { .. }) {
            socket.give_up().unwrap();
        }
    }
    assert_eq!((socket.closed().await.code, socket.stats().attempts), (1006, 1));
}

#[wasm_bindgen_test]
async fn a_silent_peer_is_noticed() {
    let (builder, id) = steady("/echo").await;
    let socket = builder
        .heartbeat(
            Heartbeat::new("ping")
                .pong("ping")
                .every(Duration::from_millis(40))
                .timeout(Duration::from_millis(150)),
        )
        .open()
        .unwrap();
    let mut events = socket.events();
    assert_eq!(events.next().await, Some(Event::Open { attempt: 1 }));
    sleep(200).await;
    assert!(socket.stats().round_trip.is_some());
    assert_eq!(socket.stats().received_messages, 0, "pongs are not for the application");
    control(&format!("/silence?id={id}")).await;
    let lost = within(2000, events.next()).await;
    assert!(matches!(lost, Some(Some(Event::Reconnecting { .. }))), "{lost:?}");
    assert_eq!(within(2000, events.next()).await, Some(Some(Event::Open { attempt: 2 })));
}

#[wasm_bindgen_test]
async fn what_a_rule_discards_is_told() {
    let queue = Queue { max_count: 2, overflow: Overflow::DropOldest, ..Queue::default() };
    let (builder, _) = steady("/refuse").await;
    let socket = builder.queue(queue).open().unwrap();
    let events = socket.events();
    let first = socket.send("1").await.unwrap();
    socket.send(Outgoing::from("2").key("k")).await.unwrap();
    socket.send(Outgoing::from("3").key("k")).await.unwrap();
    let fourth = socket.send("4").await.unwrap();
    assert!(socket.cancel(fourth));
    assert!(!socket.cancel(fourth));
    socket.terminate();
    let told: Vec<_> = events
        .filter_map(|event| async move {
            match event {
                Event::Discarded { ticket, message, why } => Some((ticket, message, why)),
                _ => None,
            }
        })
        .collect()
        .await;
    let why: Vec<_> = told.iter().map(|(_, message, why)| (message.as_text().unwrap(), *why)).collect();
    assert_eq!(why, [("2", Why::Replaced), ("1", Why::Overflow), ("4", Why::Cancelled), ("3", Why::Closed)]);
    assert_eq!(told[1].0, first);
}

#[wasm_bindgen_test]
async fn options_that_make_no_sense_are_named() {
    let wrong = WebSocket::builder("ws://x").reconnect(Retry { growth: 50, ..Retry::default() }).open();
    match wrong.err() {
        Some(OpenError::Option(error)) => assert_eq!(error.field, "retry.growth"),
        other => panic!("{other:?}"),
    }
}

#[wasm_bindgen_test]
async fn a_strict_socket_says_what_it_does_not_do() {
    let socket = WebSocket::open(url("/echo").await).unwrap();
    assert_eq!(socket.reconnect(), Err(StateError::NotSteady));
    assert_eq!(socket.give_up(), Err(StateError::NotSteady));
    drop(Inbound::default());
}
