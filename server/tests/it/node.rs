//! Servers for tests, on free ports.

use futures_util::SinkExt;
use std::collections::VecDeque;
use steady_session::Keys;
use steady_websocket_server::store::{Bits, Record};
use steady_websocket_server::{Session, SessionUpgrade, Sessions};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A server that ends with the test.
pub struct Node {
    pub address: String,
    pub sessions: Sessions,
    task: JoinHandle<()>,
}

impl Drop for Node {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Echoes every message. A message is handled after its echo was accepted, so that the echo is stored first.
pub async fn echo(mut session: Session) {
    while let Some(received) = session.receive().await {
        // Fails if the client is closing; the messages it sent before are still handled.
        let _ = session.feed(received.message().clone()).await;
        if received.handled().is_err() {
            return;
        }
    }
}

/// Returns the stored session of a node that is gone.
pub fn abandoned(number: u8) -> Record {
    let keys = Keys { secret: [1; 32], nonce: Bits([number; 16]) };
    Record {
        id: Bits([number; 16]),
        current: keys,
        previous: None,
        attempt: 0,
        identity: [4; 32],
        life: 80,
        window: 1,
        peer_window: 1,
        handled: 5,
        handled_cost: 50,
        acked: 0,
        acked_cost: 0,
        held: VecDeque::new(),
        seq: 1,
        end: None,
    }
}

async fn listen(port: u16) -> (TcpListener, String) {
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let address = format!("ws://{}/", listener.local_addr().unwrap());
    (listener, address)
}

impl Node {
    /// Starts a server with tokio-tungstenite.
    pub async fn start<H, A>(sessions: Sessions, handler: H) -> Self
    where
        H: Fn(Session) -> A + Clone + Send + Sync + 'static,
        A: Future<Output = ()> + Send + 'static,
    {
        Self::start_at(0, sessions, handler).await
    }

    /// The same, on this port.
    pub async fn start_at<H, A>(port: u16, sessions: Sessions, handler: H) -> Self
    where
        H: Fn(Session) -> A + Clone + Send + Sync + 'static,
        A: Future<Output = ()> + Send + 'static,
    {
        let (listener, address) = listen(port).await;
        let serving = sessions.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (sessions, handler) = (serving.clone(), handler.clone());
                tokio::spawn(async move { sessions.accept(stream, handler).await });
            }
        });
        Self { address, sessions, task }
    }

    /// Starts a server with axum.
    pub async fn axum<H, A>(sessions: Sessions, handler: H) -> Self
    where
        H: Fn(Session) -> A + Clone + Send + Sync + 'static,
        A: Future<Output = ()> + Send + 'static,
    {
        Self::axum_at(0, sessions, handler).await
    }

    /// The same, on this port.
    pub async fn axum_at<H, A>(port: u16, sessions: Sessions, handler: H) -> Self
    where
        H: Fn(Session) -> A + Clone + Send + Sync + 'static,
        A: Future<Output = ()> + Send + 'static,
    {
        let (listener, address) = listen(port).await;
        let serving = sessions.clone();
        let route = axum::routing::get(move |upgrade: SessionUpgrade| {
            let (sessions, handler) = (serving.clone(), handler.clone());
            async move { upgrade.accept(&sessions, handler) }
        });
        let app = axum::Router::new().route("/", route);
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { address, sessions, task }
    }
}
