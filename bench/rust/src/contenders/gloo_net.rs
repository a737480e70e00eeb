use super::Contender;
use futures_util::{SinkExt, StreamExt, future::poll_fn};
use gloo_net::websocket::{Message, futures::WebSocket};
use wasm_bindgen::UnwrapThrowExt;

pub struct Socket(WebSocket);

impl Contender for Socket {
    async fn open(url: &str) -> Self {
        let mut socket = WebSocket::open(url).ok().unwrap_throw();
        poll_fn(|context| socket.poll_ready_unpin(context)).await.unwrap_throw();
        Self(socket)
    }

    async fn next(&mut self) -> usize {
        match self.0.next().await.unwrap_throw().unwrap_throw() {
            Message::Text(text) => text.len(),
            Message::Bytes(bytes) => bytes.len(),
        }
    }

    async fn text(&mut self, text: &str) {
        self.0.send(Message::Text(text.to_owned())).await.unwrap_throw();
    }

    async fn binary(&mut self, bytes: &[u8]) {
        self.0.send(Message::Bytes(bytes.to_vec())).await.unwrap_throw();
    }
}
