//! On the host everything compiles, and opening a socket fails with the reason that there is no browser.
#![cfg(not(target_arch = "wasm32"))]

use steady_websocket::{Heartbeat, Inbound, OpenError, Outgoing, WebSocket};

#[test]
fn opening_is_an_error_and_no_panic() {
    assert_eq!(WebSocket::open("wss://example.com").err(), Some(OpenError::NoBrowser));
    let steady = WebSocket::builder(|| async { "wss://example.com".to_owned() })
        .protocols_with(|| async { vec!["a".to_owned()] })
        .heartbeat(Heartbeat::new("ping").pong("pong"))
        .inbound(Inbound::latest_per_key(|_| None))
        .before_flush(|gate| std::future::ready(gate.send("token")))
        .open();
    assert_eq!(steady.err(), Some(OpenError::NoBrowser));
    assert_eq!(Outgoing::from("grün").size(), 5);
}
