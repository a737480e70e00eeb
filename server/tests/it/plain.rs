//! Clients without sessions, and the negotiation of sub-protocols.

use crate::client::{Client, SOON, dial};
use crate::node::{Node, echo};
use crate::proxy::Proxy;
use futures_util::{SinkExt, StreamExt};
use std::sync::Arc;
use std::time::Duration;
use steady_websocket_server::store::Memory;
use steady_websocket_server::{EndReason, Identity, Limits, Session, SessionError, Sessions};
use tokio::io::{AsyncReadExt, DuplexStream};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

async fn plain_echo(address: &str, offer: Option<&'static str>, chosen: Option<&str>) {
    let mut request = address.into_client_request().unwrap();
    if let Some(offer) = offer {
        request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static(offer));
    }
    let (mut socket, response) = connect_async(request).await.unwrap();
    let protocol = response.headers().get("sec-websocket-protocol").map(|value| value.to_str().unwrap());
    assert_eq!(protocol, chosen);
    // No hello is sent, and nothing is escaped.
    for message in [Message::text("one"), Message::text("\u{10}two"), Message::binary(vec![0, 1, 2])] {
        socket.send(message.clone()).await.unwrap();
        assert_eq!(timeout(SOON, socket.next()).await.unwrap().unwrap().unwrap(), message);
    }
    socket.close(None).await.unwrap();
    while timeout(SOON, socket.next()).await.unwrap().is_some() {}
}

#[tokio::test]
async fn plain_clients() {
    for node in [
        Node::start(Sessions::new(Memory::new(), Limits::default()).unwrap().protocols(["chat"]), echo).await,
        Node::axum(Sessions::new(Memory::new(), Limits::default()).unwrap().protocols(["chat"]), echo).await,
    ] {
        let port = node.address.trim_end_matches('/').rsplit(':').next().unwrap().parse().unwrap();
        let proxy = Proxy::start(&[port]).await;
        for address in [node.address.as_str(), proxy.address()] {
            plain_echo(address, None, None).await;
            plain_echo(address, Some("chat"), Some("chat")).await;
            plain_echo(address, Some("other, chat"), Some("chat")).await;
        }
        assert_eq!(node.sessions.counters().connections, 0);
    }
}

#[tokio::test]
async fn a_session_with_a_protocol() {
    let sessions = Sessions::new(Memory::new(), Limits::default()).unwrap().protocols(["chat"]);
    let node = Node::start(sessions, async |mut session| {
        let protocol = session.protocol().to_owned();
        session.send(protocol.into()).await.unwrap();
        session.ended().await;
    })
    .await;
    let mut client = Client::new();
    client.protocols = vec!["other", "chat"];
    client.connect(&node.address).await.unwrap();
    client.until("the message", |client| client.received.len() == 1).await;
    assert_eq!(client.texts(), ["chat"]);
}

#[tokio::test]
async fn sending_fails_after_a_plain_client_has_left() {
    let mut limits = Limits::default();
    limits.queue = 1_000;
    let (sent, mut counted) = tokio::sync::mpsc::unbounded_channel();
    let node = Node::start(Sessions::new(Memory::new(), limits).unwrap(), move |mut session| {
        let sent = sent.clone();
        async move {
            while session.send("x".repeat(1_000).into()).await.is_ok() {
                sent.send(true).unwrap();
            }
            sent.send(false).unwrap();
        }
    })
    .await;
    let (mut socket, _) = connect_async(&node.address).await.unwrap();
    for _ in 0..100 {
        assert_eq!(timeout(SOON, socket.next()).await.unwrap().unwrap().unwrap().len(), 1_000);
        assert!(timeout(SOON, counted.recv()).await.unwrap().unwrap());
    }
    socket.close(None).await.unwrap();
    while timeout(SOON, socket.next()).await.unwrap().is_some_and(|message| message.is_ok()) {}
    // The sender gets an error when the connection is over.
    while timeout(SOON, counted.recv()).await.unwrap().unwrap() {}
}

/// Connects without a session over an in-memory stream.
async fn begun(sessions: &Sessions) -> (WebSocketStream<DuplexStream>, Session, JoinHandle<()>) {
    let (begun, mut receiver) = mpsc::unbounded_channel();
    let handler = async move |session| begun.send(session).unwrap();
    let (socket, server) = dial(sessions, None, handler).await;
    (socket, timeout(SOON, receiver.recv()).await.unwrap().unwrap(), server)
}

#[tokio::test]
async fn dropping_the_future_of_a_plain_connection_ends_it() {
    let sessions = Sessions::new(Memory::new(), Limits::default()).unwrap();
    let (_socket, session, server) = begun(&sessions).await;
    server.abort();
    let end = timeout(SOON, session.ended()).await.unwrap();
    assert_eq!(end.reason, EndReason::Disconnected(1006));
    timeout(SOON, sessions.shutdown()).await.unwrap();
    assert_eq!(sessions.counters().plain, 0);
}

/// Clients without sessions, which wait for their authorization until the gate has permits for them.
struct Waiting {
    node: Node,
    gate: Arc<Semaphore>,
    asked: mpsc::UnboundedReceiver<()>,
    begun: mpsc::UnboundedReceiver<Session>,
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

impl Waiting {
    async fn new(limits: Limits) -> Self {
        let gate = Arc::new(Semaphore::new(0));
        let (asking, asked) = mpsc::unbounded_channel();
        let (beginning, begun) = mpsc::unbounded_channel();
        let waiting = gate.clone();
        let sessions = Sessions::new(Memory::new(), limits).unwrap().authorize(move |_| {
            let (gate, asking) = (waiting.clone(), asking.clone());
            async move {
                asking.send(()).unwrap();
                let _permit = gate.acquire().await.unwrap();
                Ok(Identity::from("alice"))
            }
        });
        let node = Node::start(sessions, move |session| {
            let beginning = beginning.clone();
            async move { beginning.send(session).unwrap() }
        })
        .await;
        Self { node, gate, asked, begun }
    }

    /// Connects, and waits until the application is asked.
    async fn connect(&mut self) -> Socket {
        let (socket, _) = connect_async(&self.node.address).await.unwrap();
        timeout(SOON, self.asked.recv()).await.unwrap().unwrap();
        socket
    }
}

/// Returns the code with which the server closes the connection.
async fn closed(socket: &mut Socket) -> u16 {
    match timeout(SOON, socket.next()).await.unwrap() {
        Some(Ok(Message::Close(Some(close)))) => close.code.into(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_plain_client_that_is_never_authorized() {
    let mut limits = Limits::default();
    limits.unopened = 1;
    limits.open_within = Duration::from_secs(2);
    let mut waiting = Waiting::new(limits).await;
    let mut first = waiting.connect().await;
    let (mut second, _) = connect_async(&waiting.node.address).await.unwrap();
    assert_eq!(closed(&mut second).await, 1013);
    assert_eq!(closed(&mut first).await, 1008);
    assert_eq!(waiting.node.sessions.counters().crowded, 1);
}

/// There is a place for one of them.
#[tokio::test]
async fn plain_clients_that_are_authorized_at_once() {
    let (mut of_the_node, mut of_an_identity) = (Limits::default(), Limits::default());
    of_the_node.sessions = 1;
    of_an_identity.sessions_per_identity = 1;
    for limits in [of_the_node, of_an_identity] {
        let mut waiting = Waiting::new(limits).await;
        let (mut one, mut other) = (waiting.connect().await, waiting.connect().await);
        waiting.gate.add_permits(2);
        let session = timeout(SOON, waiting.begun.recv()).await.unwrap().unwrap();
        let code = tokio::select! {
            code = closed(&mut one) => code,
            code = closed(&mut other) => code,
        };
        assert_eq!(code, 1013);
        assert_eq!(waiting.node.sessions.counters().plain, 1);
        assert!(waiting.begun.try_recv().is_err());
        // Its place becomes free.
        drop((one, other));
        timeout(SOON, session.ended()).await.unwrap();
        while waiting.node.sessions.counters().plain > 0 {
            tokio::task::yield_now().await;
        }
        let _third = waiting.connect().await;
        timeout(SOON, waiting.begun.recv()).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_plain_client_that_is_authorized_after_a_shutdown() {
    let mut waiting = Waiting::new(Limits::default()).await;
    let mut socket = waiting.connect().await;
    timeout(SOON, waiting.node.sessions.shutdown()).await.unwrap();
    waiting.gate.add_permits(1);
    assert_eq!(closed(&mut socket).await, 1012);
    assert!(waiting.begun.try_recv().is_err());
}

#[tokio::test]
async fn closing_fails_if_the_last_message_was_not_written() {
    let sessions = Sessions::new(Memory::new(), Limits::default()).unwrap();
    let (mut socket, mut session, _server) = begun(&sessions).await;
    // Does not fit into the stream.
    session.feed("x".repeat(16_384).into()).await.unwrap();
    // The write has begun.
    timeout(SOON, socket.get_mut().read_u8()).await.unwrap().unwrap();
    drop(socket);
    timeout(SOON, session.ended()).await.unwrap();
    assert_eq!(timeout(SOON, session.close()).await.unwrap(), Err(SessionError::Ended));
}

#[tokio::test]
async fn a_plain_client_that_does_not_answer_a_ping() {
    let mut limits = Limits::default();
    limits.silence = Duration::from_millis(200);
    let sessions = Sessions::new(Memory::new(), limits).unwrap();
    let (mut socket, session, server) = begun(&sessions).await;
    // It answers while it reads.
    for _ in 0..3 {
        assert_eq!(
            timeout(SOON, socket.next()).await.unwrap().unwrap().unwrap(),
            Message::Ping(vec![].into())
        );
    }
    assert_eq!(session.status().borrow().end, None);
    let end = timeout(SOON, session.ended()).await.unwrap();
    assert_eq!(end.reason, EndReason::Disconnected(1006));
    timeout(SOON, server).await.unwrap().unwrap();
}
