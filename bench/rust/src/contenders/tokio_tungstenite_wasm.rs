use super::Contender;
use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite_wasm::{Message, WebSocketStream, connect};
use wasm_bindgen::UnwrapThrowExt;

pub struct Socket(WebSocketStream);

impl Contender for Socket {
    async fn open(url: &str) -> Self {
        Self(connect(url).await.unwrap_throw())
    }

    async fn next(&mut self) -> usize {
        self.0.next().await.unwrap_throw().unwrap_throw().len()
    }

    async fn text(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.unwrap_throw();
    }

    async fn binary(&mut self, bytes: &[u8]) {
        self.0.send(Message::binary(bytes.to_vec())).await.unwrap_throw();
    }
}
