use super::Contender;
use futures_util::{SinkExt, StreamExt};
use wasm_bindgen::UnwrapThrowExt;
use ws_stream_wasm::{WsMessage, WsMeta, WsStream};

pub struct Socket(WsStream);

impl Contender for Socket {
    async fn open(url: &str) -> Self {
        let (_, stream) = WsMeta::connect(url, None).await.unwrap_throw();
        Self(stream)
    }

    async fn next(&mut self) -> usize {
        match self.0.next().await.unwrap_throw() {
            WsMessage::Text(text) => text.len(),
            WsMessage::Binary(bytes) => bytes.len(),
        }
    }

    async fn text(&mut self, text: &str) {
        self.0.send(WsMessage::Text(text.to_owned())).await.unwrap_throw();
    }

    async fn binary(&mut self, bytes: &[u8]) {
        self.0.send(WsMessage::Binary(bytes.to_vec())).await.unwrap_throw();
    }
}
