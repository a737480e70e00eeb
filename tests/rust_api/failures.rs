//! How failures are reported.

use crate::support::{control, tag, url, within};
use std::time::Duration;
use steady_websocket::{
    Builder, Cause, Event, Events, Failure, FailurePhase, Gate, Heartbeat, Retry, WebSocket,
};
use wasm_bindgen_test::wasm_bindgen_test;

fn quick() -> Retry {
    Retry { first: 10, floor: 5, ceiling: 50, ..Retry::default() }
}

async fn steady(path: &str) -> Builder {
    WebSocket::builder(url(path).await).reconnect(quick())
}

/// Returns the failure of the next `Reconnecting`.
async fn failure(socket: &WebSocket) -> Failure {
    next_failure(&mut socket.events()).await
}

async fn next_failure(events: &mut Events) -> Failure {
    let told = within(30_000, async {
        loop {
            match events.next().await {
                Some(Event::Reconnecting { failure, .. }) => return failure.unwrap(),
                Some(_) => {}
                None => panic!("the end, and no failure"),
            }
        }
    });
    told.await.expect("a failure within the time")
}

#[wasm_bindgen_test]
async fn a_refused_handshake() {
    let id = tag();
    let socket = steady(&format!("/refuse?status=502&id={id}")).await.open().unwrap();
    let failure = failure(&socket).await;
    assert_eq!(
        (failure.attempt, failure.phase, &failure.cause),
        (1, FailurePhase::Connecting, &Cause::Handshake)
    );
    assert!(failure.online && !failure.ever_opened && !failure.worked_before);
    let said = failure.to_string();
    assert!(said.contains("while connecting") && said.contains("wrong address"), "{said}");
    assert!(said.contains("1006 is Abnormal Closure"), "{said}");
}

#[wasm_bindgen_test]
async fn a_cut_connection_and_then_a_refused_one() {
    let id = tag();
    let socket = steady(&format!("/echo?id={id}")).await.open().unwrap();
    socket.opened().await.unwrap();
    let mut events = socket.events();
    control(&format!("/mode?do=refuse&n=1&id={id}")).await;
    control(&format!("/kill?id={id}")).await;
    let cut = next_failure(&mut events).await;
    assert_eq!((cut.phase, &cut.cause, cut.ever_opened), (FailurePhase::Open, &Cause::Cut, true));
    let refused = next_failure(&mut events).await;
    assert_eq!(
        (refused.attempt, refused.phase, &refused.cause),
        (2, FailurePhase::Connecting, &Cause::Handshake)
    );
    assert!(refused.worked_before && refused.ever_opened);
    assert!(!refused.to_string().contains("wrong address"), "{refused}");
}

#[wasm_bindgen_test]
async fn a_server_that_closes_is_told_by_its_code() {
    let socket = steady("/close?code=4401&reason=who").await.open().unwrap();
    assert_eq!(socket.closed().await.code, 4401);
    let failure = socket.last_failure().unwrap();
    assert_eq!(
        (failure.phase, &failure.cause, &*failure.closed.reason),
        (FailurePhase::Open, &Cause::Server, "who")
    );
    assert_eq!(failure.close_code().name, "Private, Refused");
}

#[wasm_bindgen_test]
async fn a_silent_peer() {
    let id = tag();
    let beat = Heartbeat::new("ping").every(Duration::from_millis(40)).timeout(Duration::from_millis(100));
    let socket = steady(&format!("/half-open?id={id}")).await.heartbeat(beat).open().unwrap();
    let failure = failure(&socket).await;
    assert_eq!((failure.phase, &failure.cause), (FailurePhase::Open, &Cause::Timeout));
    assert!(failure.to_string().contains("heartbeat"), "{failure}");
}

#[wasm_bindgen_test]
async fn a_gate_that_fails() {
    let gate = |_: Gate| async { Err::<(), ()>(()) };
    let socket = steady("/echo").await.before_flush(gate).open().unwrap();
    let failure = failure(&socket).await;
    assert_eq!((failure.phase, &failure.cause), (FailurePhase::Gate, &Cause::Gate));
}

#[wasm_bindgen_test]
async fn providers_that_have_nothing_or_nothing_good() {
    let nothing = || async { Err::<String, ()>(()) };
    let socket = WebSocket::builder(nothing).reconnect(quick()).open().unwrap();
    assert_eq!(failure(&socket).await.cause, Cause::Provider);
    let wrong = || async { "ws://[".to_owned() };
    let socket = WebSocket::builder(wrong).reconnect(quick()).open().unwrap();
    let failure = failure(&socket).await;
    assert!(failure.cause == Cause::Forbidden && failure.error.is_some(), "{failure}");
}

#[wasm_bindgen_test]
async fn what_the_application_wants_is_no_failure_or_its_own() {
    let socket = steady("/echo").await.open().unwrap();
    socket.opened().await.unwrap();
    socket.close(1000, "").await.unwrap();
    assert_eq!(socket.last_failure(), None);

    let socket = steady("/echo").await.open().unwrap();
    socket.opened().await.unwrap();
    socket.reconnect().unwrap();
    assert_eq!(socket.last_failure().unwrap().cause, Cause::Page);

    let socket = WebSocket::open(url("/accept-drop").await).unwrap();
    socket.closed().await;
    assert_eq!(socket.last_failure(), None, "a strict socket keeps none");
}
