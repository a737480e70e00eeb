//! Memory shared between threads: the native `send` accepts no view of it, so data is copied.
//!
//! A usual build sends views of a `SharedArrayBuffer`. With atomics (the suite `atomics`), all of the program's
//! memory is shared, and the tests see that sends copy.
#![cfg(target_arch = "wasm32")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "clippy does not know these tests for tests"
)]

#[path = "rust_api/support.rs"]
mod support;

use js_sys::{Reflect, SharedArrayBuffer, Uint8Array, WebAssembly};
use steady_websocket::{Message, Outgoing, WebSocket};
use support::{url, within};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// Ten bytes, of which three are sent. WebKitGTK has no shared memory, so there is nothing to test.
fn view() -> Option<Uint8Array> {
    if Reflect::get(&js_sys::global(), &"SharedArrayBuffer".into()).unwrap().is_undefined() {
        return None;
    }
    let all = Uint8Array::new(&SharedArrayBuffer::new(10));
    all.copy_from(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    Some(all.subarray(4, 7))
}

#[wasm_bindgen_test]
async fn a_view_of_shared_memory_is_copied() {
    let Some(view) = view() else { return };
    let mut socket = WebSocket::open(url("/echo").await).unwrap();
    let message = Outgoing::from(view.clone());
    // The data was copied by `send`, so later writes of another thread do not matter.
    view.fill(0, 0, 3);
    socket.send(message).await.unwrap();
    assert_eq!(socket.next().await, Some(Message::Binary(vec![4, 5, 6])));
}

#[wasm_bindgen_test]
async fn a_discarded_view_can_be_told() {
    let Some(view) = view() else { return };
    let message = Outgoing::from(view);
    assert_eq!((message.size(), message.into_message()), (3, Message::Binary(vec![4, 5, 6])));
}

#[wasm_bindgen_test]
async fn bytes_and_text_of_our_own_memory_go_and_come() {
    let memory: WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
    let shared = memory.buffer().is_instance_of::<SharedArrayBuffer>();
    assert_eq!(shared, cfg!(target_feature = "atomics"));
    let mut socket = WebSocket::builder(url("/echo").await).steady().open().unwrap();
    socket.send(vec![1u8, 2, 3]).await.unwrap();
    socket.send("gr\u{fc}n").await.unwrap();
    socket.send(&[9u8; 100_000][..]).await.unwrap();
    // If the native socket refused the message, it would never come back.
    let first = within(60_000, socket.next()).await.expect("an echo");
    assert_eq!(first, Some(Message::Binary(vec![1, 2, 3])));
    assert_eq!(socket.next().await, Some(Message::Text("gr\u{fc}n".into())));
    let payload = socket.next_payload().await.unwrap();
    let mut start = [0; 10];
    assert_eq!((payload.copy_to(&mut start), start), (10, [9; 10]));
    assert_eq!(payload.to_vec(), [9; 100_000]);
    assert_eq!(socket.close(1000, "").await.unwrap().code, 1000);
}
