//! On a server the hook is there, opens nothing and may be dropped by another thread.
#![cfg(not(target_arch = "wasm32"))]

use leptos::prelude::*;
use steady_websocket_leptos::steady_websocket::{ReadyState, SendError};
use steady_websocket_leptos::{UseWebSocketOptions, use_websocket_with_options};

#[test]
fn nothing_is_opened() {
    let owner = Owner::new();
    let socket = owner.with(|| {
        let options = UseWebSocketOptions::default().on_message(|_| unreachable!());
        use_websocket_with_options("wss://example.com", options)
    });
    assert_eq!(socket.ready_state.get_untracked(), ReadyState::Connecting);
    assert_eq!(socket.send("hello"), Err(SendError::Closed));
    socket.close(1000, "");
    std::thread::spawn(move || drop(owner)).join().unwrap();
}
