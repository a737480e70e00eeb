use super::Contender;
use steady_websocket::{Message, WebSocket};
use wasm_bindgen::UnwrapThrowExt;

pub struct Socket(WebSocket);

impl Contender for Socket {
    async fn open(url: &str) -> Self {
        let steady = cfg!(feature = "steady");
        let socket = if steady { WebSocket::builder(url).steady().open() } else { WebSocket::open(url) };
        let socket = socket.unwrap_throw();
        socket.opened().await.unwrap_throw();
        Self(socket)
    }

    async fn next(&mut self) -> usize {
        match self.0.next().await.unwrap_throw() {
            Message::Text(text) => text.len(),
            Message::Binary(bytes) => bytes.len(),
        }
    }

    async fn text(&mut self, text: &str) {
        self.0.send(text).await.unwrap_throw();
    }

    async fn binary(&mut self, bytes: &[u8]) {
        self.0.send(bytes).await.unwrap_throw();
    }
}
