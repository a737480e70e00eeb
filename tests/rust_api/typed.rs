use crate::support::url;
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use steady_websocket::WebSocket;
use steady_websocket::codec::{Decode, Encode, Json};
use wasm_bindgen_test::wasm_bindgen_test;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Chat {
    Say { text: String, to: Vec<u32> },
    Leave,
}

async fn round_trip<C>(codec: C)
where
    C: Encode<Chat> + Decode<Chat> + Clone,
    C::Error: std::fmt::Debug,
{
    let socket = WebSocket::open(url("/echo").await).unwrap();
    let say = Chat::Say { text: "hé".into(), to: vec![1, 2, 3] };
    let (tx, rx) = socket.typed::<Chat, _>(codec).split();
    let mut rx = rx.fuse();
    tx.send(&say).await.unwrap();
    (*tx).send("this is neither { JSON nor anything").await.unwrap();
    tx.send(&Chat::Leave).await.unwrap();
    assert_eq!(rx.next().await.unwrap().unwrap(), say);
    let bad = rx.next().await.unwrap().unwrap_err();
    assert_eq!(bad.message.as_text(), Some("this is neither { JSON nor anything"));
    assert_eq!(rx.next().await.unwrap().unwrap(), Chat::Leave, "the stream goes on");
    assert_eq!(tx.close(1000, "").await.unwrap().code, 1000);
    assert!(rx.next().await.is_none());
}

#[wasm_bindgen_test]
async fn json() {
    round_trip(Json).await;
}

#[cfg(feature = "msgpack")]
#[wasm_bindgen_test]
async fn msgpack() {
    round_trip(steady_websocket::codec::MsgPack).await;
}

#[cfg(feature = "js-json")]
#[wasm_bindgen_test]
async fn js_json() {
    round_trip(steady_websocket::codec::JsJson).await;
}

#[cfg(feature = "js-json")]
#[wasm_bindgen_test]
async fn the_two_jsons_write_the_same() {
    let socket = WebSocket::open(url("/echo").await).unwrap();
    let (tx, mut rx) = socket.split();
    let say = Chat::Say { text: "\"\u{2028}".into(), to: vec![] };
    tx.clone().typed(Json).send(&say).await.unwrap();
    tx.typed(steady_websocket::codec::JsJson).send(&say).await.unwrap();
    let first = rx.next().await;
    assert_eq!(first, rx.next().await);
    assert!(matches!(first, Some(steady_websocket::Message::Text(_))));
}

#[wasm_bindgen_test]
async fn as_a_sink() {
    let mut socket = WebSocket::open(url("/echo").await).unwrap().typed::<Chat, _>(Json);
    let mut values = futures_util::stream::iter([Chat::Leave, Chat::Leave]).map(Ok);
    futures_util::SinkExt::send_all(&mut socket, &mut values).await.unwrap();
    assert_eq!(socket.by_ref().take(2).filter(|got| std::future::ready(got.is_ok())).count().await, 2);
}
