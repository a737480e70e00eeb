use super::Contender;
use futures_util::{SinkExt, StreamExt};
use wasm_bindgen::UnwrapThrowExt;
use websocket_web::WebSocket;

pub struct Socket(WebSocket);

impl Contender for Socket {
    async fn open(url: &str) -> Self {
        Self(WebSocket::connect(url).await.unwrap_throw())
    }

    async fn next(&mut self) -> usize {
        self.0.next().await.unwrap_throw().unwrap_throw().len()
    }

    async fn text(&mut self, text: &str) {
        self.0.send(text).await.unwrap_throw();
    }

    async fn binary(&mut self, bytes: &[u8]) {
        self.0.send(bytes).await.unwrap_throw();
    }
}
