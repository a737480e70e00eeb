//! A connection by hand, for what no client sends.

use crate::client::SOON;
use crate::node::Node;
use futures_util::{SinkExt, StreamExt};
use steady_session::{Frame, parse};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

pub struct Raw(WebSocketStream<MaybeTlsStream<TcpStream>>);

/// The messages of a server until it closed, and its close code and reason.
#[derive(Debug, PartialEq, Eq)]
pub struct Rest {
    pub texts: Vec<String>,
    pub code: u16,
    pub reason: String,
}

impl Raw {
    /// Connects as this user, and reads the hello.
    pub async fn connect(node: &Node, user: &str) -> Self {
        let mut request = node.address.as_str().into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("steady.v1"));
        request.headers_mut().insert("user", HeaderValue::from_str(user).unwrap());
        let mut raw = Self(connect_async(request).await.unwrap().0);
        assert!(raw.text().await.starts_with("\u{10}H1 "));
        raw
    }

    /// The same, with a session. Returns what a client would send to resume it, for the first time.
    pub async fn open(node: &Node, user: &str) -> (Self, Frame) {
        let mut raw = Self::connect(node, user).await;
        raw.send("\u{10}O1000").await;
        let welcome = parse(&raw.text().await);
        let Ok(Frame::Welcome { id, secret, nonce, .. }) = welcome else { panic!("{welcome:?}") };
        (raw, Frame::Resume { id, secret, nonce, attempt: 1, received: 0, window: 1_000 })
    }

    pub async fn send(&mut self, text: impl ToString) {
        // A server that has closed already answers all the same.
        let _ = self.0.send(Message::text(text.to_string())).await;
    }

    async fn next(&mut self) -> Option<Message> {
        loop {
            match timeout(SOON, self.0.next()).await.unwrap() {
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => return other.and_then(Result::ok),
            }
        }
    }

    pub async fn text(&mut self) -> String {
        match self.next().await {
            Some(Message::Text(text)) => text.to_string(),
            other => panic!("{other:?}"),
        }
    }

    /// The application's next message.
    pub async fn message(&mut self) -> String {
        loop {
            let text = self.text().await;
            if !text.starts_with('\u{10}') {
                return text;
            }
        }
    }

    pub async fn rest(&mut self) -> Rest {
        let mut texts = Vec::new();
        loop {
            match self.next().await {
                Some(Message::Text(text)) => texts.push(text.to_string()),
                Some(Message::Close(Some(close))) => {
                    return Rest { texts, code: close.code.into(), reason: close.reason.to_string() };
                }
                Some(Message::Close(None)) => return Rest { texts, code: 1005, reason: String::new() },
                Some(_) => {}
                None => return Rest { texts, code: 1006, reason: String::new() },
            }
        }
    }
}
