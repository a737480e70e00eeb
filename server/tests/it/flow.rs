//! Back-pressure, unavailable and forgetful stores, and shutdown.

use crate::client::{Client, SOON, dial, handshake};
use crate::node::{Node, echo};
use futures_util::{FutureExt, SinkExt, StreamExt};
use std::sync::Arc;
use std::time::Duration;
use steady_session::{ClientInput, Config, Frame, GREATEST, Loss, Mode, parse};
use steady_websocket_server::store::Memory;
use steady_websocket_server::store::kit::{Failing, Forgetting, Slow};
use steady_websocket_server::{EndReason, Limits, Message, Refusal, Session, SessionError, Sessions};
use tokio::io::DuplexStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;

/// Negotiates a session.
const OFFER: Option<&str> = Some("steady.v1");

/// A node, and the sessions that begin at it.
async fn node(sessions: Sessions) -> (Node, mpsc::UnboundedReceiver<Session>) {
    let (begun, receiver) = mpsc::unbounded_channel();
    let node = Node::start(sessions, move |session| {
        let begun = begun.clone();
        async move { begun.send(session).unwrap() }
    })
    .await;
    (node, receiver)
}

async fn connected(
    node: &Node,
    client: &mut Client,
    begun: &mut mpsc::UnboundedReceiver<Session>,
) -> Session {
    client.connect(&node.address).await.unwrap();
    client.until("the session", Client::is_live).await;
    timeout(SOON, begun.recv()).await.unwrap().unwrap()
}

/// A session over an in-memory stream, with a client that does nothing on its own.
struct Wire {
    socket: WebSocketStream<DuplexStream>,
    session: Session,
    /// Finishes when the connection ends.
    server: JoinHandle<()>,
}

impl Wire {
    async fn new(sessions: &Sessions) -> Self {
        let (begun, mut receiver) = mpsc::unbounded_channel();
        let handler = async move |session| begun.send(session).unwrap();
        let (mut socket, server) = dial(sessions, OFFER, handler).await;
        socket.send("\u{10}O1000".into()).await.unwrap();
        let session = timeout(SOON, receiver.recv()).await.unwrap().unwrap();
        Self { socket, session, server }
    }

    /// Reads the welcome, and returns what resumes the session for the first time.
    async fn welcomed(&mut self) -> Frame {
        loop {
            let message = timeout(SOON, self.socket.next()).await.unwrap().unwrap().unwrap();
            if let Ok(Frame::Welcome { id, secret, nonce, .. }) = parse(message.to_text().unwrap()) {
                return Frame::Resume { id, secret, nonce, attempt: 1, received: 0, window: 1_000 };
            }
        }
    }
}

#[tokio::test]
async fn a_reader_that_stops_makes_the_client_wait() {
    let mut limits = Limits::default();
    limits.window = 1_000;
    let (node, mut begun) = node(Sessions::new(Memory::new(), limits).unwrap()).await;
    let mut client = Client::new();
    let mut session = connected(&node, &mut client, &mut begun).await;
    for _ in 0..100 {
        client.send(&"x".repeat(100)).await;
    }
    // The client has sent no more than the window.
    let sent = |client: &Client| client.sent.iter().filter(|text| text.starts_with('x')).count();
    assert_eq!(sent(&client), 10);
    assert_eq!(client.machine.stats().room, 0);
    let read = async {
        for number in 1..=100 {
            assert_eq!(session.next().await.unwrap().as_bytes().len(), 100, "{number}");
        }
        session
    };
    let turn = client.until("the rest", |client| client.machine.stats().acknowledged == 100);
    let (session, ()) = timeout(SOON, futures_util::future::join(read, turn)).await.unwrap();
    assert_eq!(session.stats().handled, 100);
    assert_eq!(sent(&client), 100);
}

#[tokio::test]
async fn a_client_that_stops_makes_the_sender_wait() {
    let mut limits = Limits::default();
    limits.queue = 5_000;
    limits.held = 5_000;
    let (node, mut begun) = node(Sessions::new(Memory::new(), limits).unwrap()).await;
    let mut client = Client::with(Config { window: 1_000, ..Config::default() }, Mode::Require);
    client.handles = false;
    let mut session = connected(&node, &mut client, &mut begun).await;
    let mut accepted = 0;
    while let Some(ready) = futures_util::future::poll_fn(|context| {
        std::task::Poll::Ready(match session.poll_ready_unpin(context) {
            std::task::Poll::Ready(ready) => Some(ready),
            std::task::Poll::Pending => None,
        })
    })
    .await
    {
        ready.unwrap();
        session.start_send_unpin(Message::from("y".repeat(100))).unwrap();
        accepted += 1;
    }
    assert_eq!(accepted, 50);
    assert_eq!(node.sessions.counters().held, 5_000);
    // The node's limit is reached: it refuses a new session and keeps this one.
    let mut other = Client::new();
    other.connect(&node.address).await.unwrap();
    other.until("the refusal", |client| client.machine.is_over()).await;
    assert_eq!(other.loss(), Some(Loss::Refused(Refusal::Full)));
    assert_eq!(session.send(Message::from("z".repeat(5_001))).now_or_never(), None);
    client.until("the window", |client| client.received.len() == 10).await;
    // When the client continues, so can the sender.
    client.handles = true;
    client.input(ClientInput::Handled(10)).await;
    let turn = client.until("the rest", |client| client.received.len() == 51);
    let (sent, ()) =
        timeout(SOON, futures_util::future::join(session.send(Message::from("last")), turn)).await.unwrap();
    sent.unwrap();
    assert_eq!(client.texts()[50], "last");
    let large = session.send(Message::from("z".repeat(5_001))).await;
    assert_eq!(large, Err(SessionError::TooLarge));
}

#[tokio::test]
async fn an_unavailable_store_makes_senders_wait() {
    let store = Arc::new(Failing::new(Memory::new(), 0));
    let (node, mut begun) = node(Sessions::new(store.clone(), Limits::default()).unwrap()).await;
    let mut client = Client::new();
    let mut session = connected(&node, &mut client, &mut begun).await;
    session.send(Message::from("before")).await.unwrap();
    client.until("the message", |client| client.received.len() == 1).await;
    store.set_away(true);
    session.feed(Message::from("during")).await.unwrap();
    client.send("unacknowledged").await;
    let message = timeout(SOON, session.next()).await.unwrap().unwrap();
    assert_eq!(message.as_text(), Some("unacknowledged"));
    // Once the outage is known, an open is refused immediately.
    while node.sessions.counters().store_failures == 0 {
        tokio::task::yield_now().await;
    }
    let mut late = Client::new();
    late.connect(&node.address).await.unwrap();
    late.until("the close", |client| !client.is_connected()).await;
    assert_eq!(late.closes, [1013]);
    client.input(ClientInput::Ping).await;
    client.until("the pong", |client| client.events.contains(&steady_session::Event::Pong)).await;
    assert_eq!(client.received.len(), 1, "an unstored message must not be sent");
    assert_eq!(client.machine.stats().acknowledged, 0, "an unstored position must not be acknowledged");
    store.set_away(false);
    timeout(SOON, session.flush()).await.unwrap().unwrap();
    client
        .until("the rest", |client| client.received.len() == 2 && client.machine.stats().acknowledged == 1)
        .await;
}

#[tokio::test]
async fn a_slow_store_with_many_failures() {
    let store = Failing::new(Slow::new(Memory::new(), Duration::from_millis(3)), 4);
    let node = Node::start(Sessions::new(store, Limits::default()).unwrap(), echo).await;
    let mut client = Client::new();
    client.persist(&node.address, "the session", Client::is_live).await;
    for number in 0..200 {
        client.send(&number.to_string()).await;
        if number % 40 == 20 {
            client.cut().await;
            client.persist(&node.address, "the session", Client::is_live).await;
        }
    }
    client.persist(&node.address, "the echoes", |client| client.received.len() == 200).await;
    let expected: Vec<String> = (0..200).map(|number| number.to_string()).collect();
    assert_eq!(client.texts(), expected);
    assert!(node.sessions.counters().store_failures >= 3);
}

#[tokio::test]
async fn a_store_that_loses_writes_ends_the_session() {
    let store = Arc::new(Forgetting::new(Memory::new()));
    let (node, mut begun) = node(Sessions::new(store.clone(), Limits::default()).unwrap()).await;
    let mut client = Client::new();
    let mut session = connected(&node, &mut client, &mut begun).await;
    store.forget(true);
    session.send(Message::from("lost")).await.unwrap();
    store.forget(false);
    // The next write detects the loss.
    session.feed(Message::from("next")).await.unwrap();
    client.until("the end", |client| client.machine.is_over()).await;
    assert_eq!(client.loss(), Some(Loss::Refused(Refusal::Store)));
    let end = timeout(SOON, session.ended()).await.unwrap();
    assert_eq!(end.reason, EndReason::Lost(Loss::Store));
    assert_eq!(session.send(Message::from("late")).await, Err(SessionError::Ended));
    assert_eq!(session.next().await, None);
}

/// The end of the connection must not count the held messages again.
#[tokio::test]
async fn a_lost_session_holds_nothing() {
    let store = Arc::new(Forgetting::new(Memory::new()));
    let sessions = Sessions::new(store.clone(), Limits::default()).unwrap();
    let Wire { mut socket, mut session, server } = Wire::new(&sessions).await;
    store.forget(true);
    session.send(Message::from("lost")).await.unwrap();
    assert_eq!(sessions.counters().held, 4);
    store.forget(false);
    session.feed(Message::from("next")).await.unwrap();
    timeout(SOON, session.ended()).await.unwrap();
    while timeout(SOON, socket.next()).await.unwrap().is_some_and(|message| message.is_ok()) {}
    drop(socket);
    timeout(SOON, server).await.unwrap().unwrap();
    while sessions.counters().sessions > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(sessions.counters().held, 0);
}

#[tokio::test]
async fn a_session_expires_and_is_remembered() {
    let mut limits = Limits::default();
    limits.life = Duration::from_millis(50);
    let (node, mut begun) = node(Sessions::new(Memory::new(), limits).unwrap()).await;
    let mut client = Client::new();
    let mut session = connected(&node, &mut client, &mut begun).await;
    client.send("handled").await;
    timeout(SOON, session.next()).await.unwrap().unwrap();
    client.cut().await;
    let mut status = session.status();
    timeout(SOON, status.wait_for(|status| !status.connected)).await.unwrap().unwrap();
    client.send("never").await;
    session.feed(Message::from("never read")).await.unwrap();
    let end = timeout(SOON, session.ended()).await.unwrap();
    assert_eq!(end.reason, EndReason::Lost(Loss::Expired));
    assert_eq!(end.fates, [(1, 1, steady_websocket_server::Fate::NotHandled)]);
    client.connect(&node.address).await.unwrap();
    client.until("the end", |client| client.machine.is_over()).await;
    assert_eq!(client.loss(), Some(Loss::Refused(Refusal::Expired)));
    let fates: Vec<_> =
        client.events.iter().filter(|event| matches!(event, steady_session::Event::Fate { .. })).collect();
    assert_eq!(fates.len(), 2, "one was handled, one was not: {fates:?}");
}

#[tokio::test]
async fn a_connected_session_does_not_expire() {
    let mut limits = Limits::default();
    limits.life = Duration::from_millis(80);
    limits.silence = Duration::from_secs(600);
    let (node, mut begun) = node(Sessions::new(Memory::new(), limits).unwrap()).await;
    let mut client = Client::new();
    let session = connected(&node, &mut client, &mut begun).await;
    // Meanwhile four other sessions expire.
    for _ in 0..4 {
        let mut other = Client::new();
        let gone = connected(&node, &mut other, &mut begun).await;
        other.cut().await;
        timeout(SOON, gone.ended()).await.unwrap();
    }
    assert_eq!(session.status().borrow().end, None);
    assert!(client.is_live());
}

#[tokio::test]
async fn a_silent_connection_is_pinged_and_dropped() {
    let mut limits = Limits::default();
    limits.silence = Duration::from_millis(100);
    let (node, mut begun) = node(Sessions::new(Memory::new(), limits).unwrap()).await;
    let mut client = Client::new();
    let session = connected(&node, &mut client, &mut begun).await;
    let mut status = session.status();
    // The client does not read, so it does not answer.
    timeout(SOON, status.wait_for(|status| !status.connected)).await.unwrap().unwrap();
    client.until("the end of the connection", |client| !client.is_connected()).await;
    client.connect(&node.address).await.unwrap();
    client.until("the session", Client::is_live).await;
    timeout(SOON, status.wait_for(|status| status.resumes == 1)).await.unwrap().unwrap();
}

#[tokio::test]
async fn sessions_continue_at_another_node_after_a_shutdown() {
    let store = Memory::new();
    let (first, mut begun) = node(Sessions::new(store.clone(), Limits::default()).unwrap()).await;
    let mut client = Client::new();
    let mut session = connected(&first, &mut client, &mut begun).await;
    for text in ["handled", "waiting"] {
        client.send(text).await;
    }
    assert_eq!(timeout(SOON, session.next()).await.unwrap().unwrap().as_text(), Some("handled"));
    session.send(Message::from("from the first")).await.unwrap();
    let (down, ()) = futures_util::future::join(
        timeout(SOON, first.sessions.shutdown()),
        client.until("the close", |client| !client.is_connected()),
    )
    .await;
    down.unwrap();
    assert_eq!(client.closes, [1012]);
    assert_eq!(session.next().await, None);
    assert_eq!(session.ended().await.reason, EndReason::Released);
    drop(session);
    // A later connection is also closed with 1012.
    client.connect(&first.address).await.unwrap();
    client.until("the close", |client| !client.is_connected()).await;
    assert_eq!(client.closes, [1012, 1012]);
    let (second, mut begun) = node(Sessions::new(store, Limits::default()).unwrap()).await;
    let mut session = connected(&second, &mut client, &mut begun).await;
    assert!(session.is_adopted());
    assert_eq!(timeout(SOON, session.next()).await.unwrap().unwrap().as_text(), Some("waiting"));
    client.until("the message", |client| client.received.len() == 1).await;
    assert_eq!(client.texts(), ["from the first"]);
}

#[tokio::test]
async fn a_dropped_session_is_closed() {
    let (node, mut begun) = node(Sessions::new(Memory::new(), Limits::default()).unwrap()).await;
    let mut client = Client::new();
    drop(connected(&node, &mut client, &mut begun).await);
    client.until("the end", |client| client.machine.is_over()).await;
    assert_eq!(client.loss(), None, "closed");
    assert_eq!(node.sessions.counters().closed, 1);
}

#[tokio::test]
async fn messages_before_the_close_are_handled() {
    let (node, mut begun) = node(Sessions::new(Memory::new(), Limits::default()).unwrap()).await;
    let mut client = Client::new();
    let mut session = connected(&node, &mut client, &mut begun).await;
    client.send("one").await;
    client.send("two").await;
    client.input(ClientInput::Close).await;
    assert_eq!(timeout(SOON, session.next()).await.unwrap().unwrap().as_text(), Some("one"));
    while session.send("late".into()).await.is_ok() {}
    assert_eq!(session.send("late".into()).await, Err(SessionError::Closing));
    assert_eq!(timeout(SOON, session.next()).await.unwrap().unwrap().as_text(), Some("two"));
    assert_eq!(timeout(SOON, session.next()).await.unwrap(), None);
    client.until("the end", |client| client.machine.is_over()).await;
    assert_eq!(client.machine.stats().acknowledged, 2);
    assert_eq!(session.ended().await.reason, EndReason::Closed);
}

/// The client would send the message again on every connection.
#[tokio::test]
async fn a_message_that_is_too_large_ends_the_session() {
    let mut limits = Limits::default();
    limits.message = 1_000;
    for node in [
        Node::start(Sessions::new(Memory::new(), limits.clone()).unwrap(), echo).await,
        Node::axum(Sessions::new(Memory::new(), limits).unwrap(), echo).await,
    ] {
        let mut client = Client::new();
        client.connect(&node.address).await.unwrap();
        client.until("the session", Client::is_live).await;
        client.send(&"x".repeat(1_001)).await;
        client.until("the first close", |client| !client.is_connected()).await;
        client.connect(&node.address).await.unwrap();
        client.until("the end", |client| client.machine.is_over()).await;
        assert_eq!(client.loss(), Some(Loss::Repeated(1009)), "{:?}", client.closes);
    }
}

/// Requests acknowledgements without reading any: the answers must not accumulate.
#[tokio::test]
async fn a_client_that_does_not_read_acknowledgements() {
    let mut limits = Limits::default();
    limits.silence = Duration::from_millis(200);
    let sessions = Sessions::new(Memory::new(), limits).unwrap();
    let Wire { mut socket, session, server } = Wire::new(&sessions).await;
    let mut status = session.status();
    let mut asked = 0;
    let flood = async {
        while asked < 100_000 && socket.send("\u{10}?".into()).await.is_ok() {
            asked += 1;
        }
    };
    let ((), dropped) =
        futures_util::future::join(flood, timeout(SOON, status.wait_for(|status| !status.connected))).await;
    drop(dropped.unwrap().unwrap());
    // The capacity of the stream in both directions, and the limit of queued answers.
    assert!((256..5_000).contains(&asked), "{asked}");
    timeout(SOON, server).await.unwrap().unwrap();
}

/// Acknowledges messages that were never written to it: what waits to be written must not accumulate.
#[tokio::test]
async fn a_client_that_acknowledges_what_it_does_not_read() {
    let mut limits = Limits::default();
    limits.queue = 10_000;
    limits.silence = Duration::from_millis(200);
    let sessions = Sessions::new(Memory::new(), limits).unwrap();
    let Wire { mut socket, mut session, server } = Wire::new(&sessions).await;
    let mut status = session.status();
    let mut sent = 0;
    let flood = async {
        while sent < 10_000 && session.send(Message::from("x".repeat(100))).await.is_ok() {
            sent += 1;
            // The credit is as great as it can be.
            if socket.send(format!("\u{10}A{sent} {GREATEST} 0").into()).await.is_err() {
                break;
            }
        }
        // Keeps the connection until the server ends it.
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = flood => {}
        dropped = timeout(SOON, status.wait_for(|status| !status.connected)) => drop(dropped.unwrap().unwrap()),
    }
    // What may wait, twice the queue of three bytes for each unit, and one queue that is not acknowledged.
    assert!((600..2_000).contains(&sent), "{sent}");
    timeout(SOON, server).await.unwrap().unwrap();
}

/// The close waits behind a message that the client does not read.
#[tokio::test]
async fn a_connection_that_was_replaced_ends_while_its_client_goes_on_sending() {
    let mut limits = Limits::default();
    limits.silence = Duration::from_millis(200);
    let sessions = Sessions::new(Memory::new(), limits).unwrap();
    let mut wire = Wire::new(&sessions).await;
    let resume = wire.welcomed().await;
    let Wire { mut socket, mut session, server } = wire;
    // Does not fit into the stream.
    session.send(Message::from("x".repeat(16_384))).await.unwrap();
    let mut status = session.status();
    let (mut second, _) = dial(&sessions, OFFER, async |_| {}).await;
    second.send(resume.to_string().into()).await.unwrap();
    drop(timeout(SOON, status.wait_for(|status| status.resumes == 1)).await.unwrap().unwrap());
    let flood = async { while socket.send("\u{10}?".into()).await.is_ok() {} };
    let ended = timeout(SOON, futures_util::future::join(flood, server)).await;
    ended.expect("the connection has ended").1.unwrap();
}

#[tokio::test]
async fn a_client_that_does_not_read_does_not_hold_up_a_shutdown() {
    let mut limits = Limits::default();
    limits.silence = Duration::from_secs(600);
    let sessions = Sessions::new(Memory::new(), limits).unwrap();
    let Wire { mut socket, mut session, server } = Wire::new(&sessions).await;
    // The answers do not fit into the stream.
    for _ in 0..500 {
        socket.send("\u{10}?".into()).await.unwrap();
    }
    session.send(Message::from("x".repeat(8_192))).await.unwrap();
    timeout(SOON, sessions.shutdown()).await.unwrap();
    assert_eq!(session.ended().await.reason, EndReason::Released);
    timeout(SOON, server).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_write_that_fails_ends_only_the_connection() {
    let sessions = Sessions::new(Memory::new(), Limits::default()).unwrap();
    let (begun, mut receiver) = mpsc::unbounded_channel();
    // A stream for each direction, so that reads do not notice what ends the writes.
    let ((from_server, to_client), (to_server, from_client)) =
        (tokio::io::duplex(4_096), tokio::io::duplex(4_096));
    let accepting = sessions.clone();
    let handler = async move |session| begun.send(session).unwrap();
    let server = tokio::spawn(async move {
        accepting.accept(tokio::io::join(from_client, to_client), handler).await.unwrap();
    });
    let mut socket = handshake(tokio::io::join(from_server, to_server), OFFER).await;
    socket.send("\u{10}O1000".into()).await.unwrap();
    let mut session = timeout(SOON, receiver.recv()).await.unwrap().unwrap();
    let (from_server, _to_server) = socket.into_inner().into_inner();
    drop(from_server);
    session.send("not delivered".into()).await.unwrap();
    timeout(SOON, server).await.unwrap().unwrap();
    assert_eq!(session.status().borrow().end, None);
}

/// As by an application that ends connections itself. The client may come back.
#[tokio::test]
async fn dropping_the_future_of_a_connection_ends_it() {
    let sessions = Sessions::new(Memory::new(), Limits::default()).unwrap();
    let mut wire = Wire::new(&sessions).await;
    let resume = wire.welcomed().await;
    let Wire { socket: _socket, session, server } = wire;
    let mut status = session.status();
    server.abort();
    drop(timeout(SOON, status.wait_for(|status| !status.connected)).await.unwrap().unwrap());
    let (mut second, server) = dial(&sessions, OFFER, async |_| {}).await;
    second.send(resume.to_string().into()).await.unwrap();
    drop(timeout(SOON, status.wait_for(|status| status.resumes == 1)).await.unwrap().unwrap());
    server.abort();
    timeout(SOON, sessions.shutdown()).await.unwrap();
    assert_eq!(session.ended().await.reason, EndReason::Released);
}
