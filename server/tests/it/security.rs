//! A session's ID, an overheard frame, or another identity must not give access to a session.

use crate::client::{Client, SOON};
use crate::node::{Node, echo};
use crate::raw::{Raw, Rest};
use futures_util::StreamExt;
use sha2::Digest as _;
use std::time::Duration;
use steady_session::{ClientInput, Frame, Loss, parse};
use steady_websocket_server::store::{Memory, Record, Store};
use steady_websocket_server::{Bits, Denied, Identity, Limits, OpeningKind, Refusal, Session, Sessions};
use tokio::time::timeout;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;

/// Sends frames on a new connection. Returns the server's frames after the hello, and the close code.
async fn answers(node: &Node, user: &str, frames: &[String]) -> (Vec<String>, u16) {
    let mut raw = Raw::connect(node, user).await;
    for frame in frames {
        raw.send(frame).await;
    }
    let Rest { texts, code, .. } = raw.rest().await;
    (texts, code)
}

/// Returns a node whose `authorize` hook reads the header `user`.
fn by_header(limits: Limits) -> Sessions {
    Sessions::new(Memory::new(), limits).unwrap().authorize(|opening| async move {
        let user = opening.request.headers.get("user").and_then(|user| user.to_str().ok());
        user.map(Identity::from).ok_or(Denied)
    })
}

async fn alice(node: &Node) -> Client {
    let mut client = Client::new();
    client.headers = vec![("user", "alice".into())];
    client.connect(&node.address).await.unwrap();
    client.until("the session", Client::is_live).await;
    client
}

/// Returns the client's last resume frame, as an eavesdropper would have it.
async fn resume(client: &mut Client, node: &Node) -> String {
    client.cut().await;
    client.connect(&node.address).await.unwrap();
    client.until("the session", Client::is_live).await;
    client.sent.iter().rfind(|text| text.starts_with("\u{10}R")).unwrap().clone()
}

async fn continues(client: &mut Client, node: &Node) {
    client.send("still there").await;
    let before = client.received.len();
    client.persist(&node.address, "the echo", |client| client.received.len() > before).await;
    assert_eq!(client.loss(), None);
}

#[tokio::test]
async fn an_id_without_its_secret() {
    let node = Node::start(by_header(Limits::default()), echo).await;
    let mut client = alice(&node).await;
    let overheard = resume(&mut client, &node).await;
    let Ok(Frame::Resume { id, nonce, attempt, received, window, .. }) = parse(&overheard) else { panic!() };
    let secret = steady_session::Bits([7; 16]);
    let forged = Frame::Resume { id, secret, nonce, attempt: attempt + 1, received, window }.to_string();
    let (texts, code) = answers(&node, "alice", &[forged]).await;
    assert_eq!((texts, code), (vec!["\u{10}Nunknown".to_owned()], 1000));
    // The answer is the same for a session that never existed.
    let id = steady_session::Bits([9; 16]);
    let nowhere = Frame::Resume { id, secret, nonce, attempt: 1, received, window }.to_string();
    assert_eq!(answers(&node, "alice", &[nowhere]).await, (vec!["\u{10}Nunknown".to_owned()], 1000));
    continues(&mut client, &node).await;
}

#[tokio::test]
async fn an_overheard_resume() {
    let node = Node::start(by_header(Limits::default()), echo).await;
    let mut client = alice(&node).await;
    let overheard = resume(&mut client, &node).await;
    // The old keys become invalid when the client shows that it has the new ones.
    continues(&mut client, &node).await;
    let (texts, _) = answers(&node, "alice", std::slice::from_ref(&overheard)).await;
    assert_eq!(texts, ["\u{10}Nunknown"]);
    continues(&mut client, &node).await;
}

#[tokio::test]
async fn another_identity() {
    let node = Node::start(by_header(Limits::default()), echo).await;
    let mut client = alice(&node).await;
    client.cut().await;
    client.headers = vec![("user", "mallory".into())];
    client.connect(&node.address).await.unwrap();
    client.until("the refusal", |client| client.machine.is_over()).await;
    assert_eq!(client.loss(), Some(Loss::Refused(Refusal::Identity)));
    assert_eq!(node.sessions.counters().sessions, 1, "the session stays");
}

#[tokio::test]
async fn denied_at_open_and_resume() {
    let node = Node::start(by_header(Limits::default()), echo).await;
    let mut nobody = Client::new();
    nobody.connect(&node.address).await.unwrap();
    nobody.until("the close", |client| !client.is_connected()).await;
    assert_eq!(nobody.closes, [1008]);
    let mut client = alice(&node).await;
    client.cut().await;
    client.headers.clear();
    client.connect(&node.address).await.unwrap();
    client.until("the close", |client| !client.is_connected()).await;
    assert_eq!(client.closes, [1008]);
    client.headers = vec![("user", "alice".into())];
    continues(&mut client, &node).await;
    assert_eq!(node.sessions.counters().denied, 2);
}

#[tokio::test]
async fn a_token_before_the_open() {
    let sessions = Sessions::new(Memory::new(), Limits::default()).unwrap().authorize(|opening| async move {
        assert_eq!(opening.kind, OpeningKind::New);
        let token = opening.messages.first().and_then(|message| message.as_text());
        if token == Some("open sesame") { Ok(Identity::from("alice")) } else { Err(Denied) }
    });
    let node = Node::axum(sessions, echo).await;
    let mut client = Client::new();
    client.before = vec![Message::text("open sesame")];
    client.connect(&node.address).await.unwrap();
    client.until("the session", Client::is_live).await;
    client.send("one").await;
    client.until("the echo", |client| client.received.len() == 1).await;
    // The token does not count: the first message of the session has number 1.
    assert_eq!(client.machine.stats().received, 1);
}

#[tokio::test]
async fn a_thousand_unauthorized_connections() {
    let mut limits = Limits::default();
    limits.unopened = 50;
    let node = Node::start(by_header(limits), echo).await;
    let mut held = Vec::new();
    let mut rejected = 0;
    for _ in 0..1_000 {
        let mut request = node.address.as_str().into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("steady.v1"));
        let (mut socket, _) = connect_async(request).await.unwrap();
        match timeout(SOON, socket.next()).await.unwrap() {
            Some(Ok(Message::Text(_))) => held.push(socket),
            Some(Ok(Message::Close(Some(close)))) => {
                assert_eq!(u16::from(close.code), 1013);
                rejected += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((held.len(), rejected), (50, 950));
    let counters = node.sessions.counters();
    assert_eq!((counters.sessions, counters.crowded), (0, 950));
    // Connections that leave make room.
    drop(held);
    let mut client = Client::new();
    client.headers = vec![("user", "alice".into())];
    client.persist(&node.address, "the session", Client::is_live).await;
}

#[tokio::test]
async fn a_late_open() {
    let mut limits = Limits::default();
    limits.open_within = Duration::from_millis(50);
    let node = Node::start(by_header(limits), echo).await;
    assert_eq!(answers(&node, "alice", &[]).await, (vec![], 1008));
    let many: Vec<String> = (0..20).map(|number| number.to_string()).collect();
    assert_eq!(answers(&node, "alice", &many).await, (vec![], 1008));
}

#[tokio::test]
async fn the_id_of_another_session() {
    let node = Node::start(by_header(Limits::default()), echo).await;
    let (mut mine, resume) = Raw::open(&node, "alice").await;
    let (mut other, theirs) = Raw::open(&node, "alice").await;
    let (Frame::Resume { secret, nonce, .. }, Frame::Resume { id, nonce: current, .. }) = (resume, theirs)
    else {
        panic!()
    };
    // With one's own secret, and with the other's nonce.
    for nonce in [nonce, current] {
        let stolen = Frame::Resume { id, secret, nonce, attempt: 1, received: 0, window: 1_000 };
        let answer = answers(&node, "alice", &[stolen.to_string()]).await;
        assert_eq!(answer, (vec!["\u{10}Nunknown".to_owned()], 1000));
    }
    for raw in [&mut mine, &mut other] {
        raw.send("still there").await;
        assert_eq!(raw.message().await, "still there");
    }
    assert_eq!(node.sessions.counters().sessions, 2);
}

/// The fence: the connection before is closed, and what it still delivers is ignored.
#[tokio::test]
async fn a_connection_that_was_replaced() {
    let node = Node::start(by_header(Limits::default()), echo).await;
    let (mut first, resume) = Raw::open(&node, "alice").await;
    let mut second = Raw::connect(&node, "alice").await;
    second.send(resume).await;
    let resumed = parse(&second.text().await);
    let Ok(Frame::Resumed { secret, nonce, received: 0, .. }) = resumed else { panic!("{resumed:?}") };
    first.send("from the first").await;
    assert_eq!(first.rest().await.code, 4502);
    second.send("from the second").await;
    assert_eq!(second.message().await, "from the second");
    // The keys are new.
    let Frame::Resume { secret: before, nonce: owner, .. } = resume else { panic!() };
    assert!(secret != before && nonce != owner);
}

/// Whoever reads the store can resume nothing.
#[tokio::test]
async fn a_store_without_secrets() {
    let store = Memory::new();
    let node = Node::start(Sessions::new(store.clone(), Limits::default()).unwrap(), echo).await;
    let (mut raw, resume) = Raw::open(&node, "alice").await;
    let Frame::Resume { id, secret, .. } = resume else { panic!() };
    raw.send("one").await;
    assert_eq!(raw.message().await, "one");
    let record = store.load(id).await.unwrap().unwrap();
    let hash: [u8; 32] = sha2::Sha256::digest(secret.0).into();
    assert_eq!(record.current.secret, hash);
    assert!(!record.current.secret.windows(16).any(|bytes| bytes == secret.0));
    let Record { current, .. } = record;
    let forged = Bits(current.secret[..16].try_into().unwrap());
    let stolen =
        Frame::Resume { id, secret: forged, nonce: current.nonce, attempt: 1, received: 0, window: 1_000 };
    assert_eq!(answers(&node, "alice", &[stolen.to_string()]).await.0, ["\u{10}Nunknown"]);
}

#[tokio::test]
async fn numbers_out_of_range() {
    let mut limits = Limits::default();
    limits.window = 100;
    let node = Node::start(by_header(limits), silent).await;
    let (mut well, _) = Raw::open(&node, "bob").await;
    let much = "x".repeat(60);
    let most = "\u{10}S9007199254740991";
    for (frames, code, refused, reason) in [
        (&["\u{10}A1 1000 0"][..], 4500, "counts", "sent, acknowledged: 0 here, 1 there"),
        (&["\u{10}A0 1000 7"], 4500, "counts", "received, sent: 0 here, 7 there"),
        (&["one", "two", "\u{10}B1"], 4500, "counts", "received, sent: 2 here, 1 there"),
        (&["one", "\u{10}B1", "two"], 4500, "counts", "received, sent: 2 here, 1 there"),
        (&["\u{10}A0 9007199254740993 0"], 4501, "broken", ""),
        (&[most, "\u{10}S1"], 4501, "broken", ""),
        (&[most, "one too many"], 4501, "broken", ""),
        (&["\u{10}O1"], 4501, "broken", ""),
        (&["\u{10}\u{11}"], 4501, "broken", ""),
        (&[&much, &much], 4503, "broken", ""),
    ] {
        let (mut raw, _) = Raw::open(&node, "alice").await;
        for frame in frames {
            raw.send(frame).await;
        }
        let rest = raw.rest().await;
        assert_eq!((rest.code, rest.reason.as_str()), (code, reason), "{frames:?}: {rest:?}");
        let last = rest.texts.last().map(|text| parse(text));
        let why = Refusal::parse(refused).unwrap();
        assert!(
            matches!(last, Some(Ok(Frame::Refused { why: end, handled: Some(_) })) if end == why),
            "{rest:?}"
        );
    }
    // Nothing was sent: the client can't have received it.
    let (_first, resume) = Raw::open(&node, "alice").await;
    let Frame::Resume { id, secret, nonce, attempt, window, .. } = resume else { panic!() };
    let mut second = Raw::connect(&node, "alice").await;
    second.send(Frame::Resume { id, secret, nonce, attempt, received: 1, window }).await;
    let rest = second.rest().await;
    assert_eq!((rest.texts, rest.code), (vec!["\u{10}Ncounts 0".to_owned()], 4500));
    assert_eq!(rest.reason, "sent, received: 0 here, 1 there");
    // A frame in the place of an open.
    assert_eq!(answers(&node, "alice", &["\u{10}A0 0 0".to_owned()]).await.1, 4501);
    well.send("\u{10}P").await;
    assert_eq!(well.text().await, "\u{10}Q");
    while node.sessions.counters().sessions > 1 {
        tokio::task::yield_now().await;
    }
}

/// Handles nothing, and waits for the end.
async fn silent(session: Session) {
    session.ended().await;
}

#[tokio::test]
async fn a_full_server_keeps_the_sessions_it_has() {
    let mut limits = Limits::default();
    limits.sessions = 3;
    limits.sessions_per_identity = 2;
    let node = Node::start(by_header(limits), echo).await;
    let mut first = alice(&node).await;
    let _second = alice(&node).await;
    let refused = (vec!["\u{10}Nfull".to_owned()], 1000);
    assert_eq!(answers(&node, "alice", &["\u{10}O1000".to_owned()]).await, refused);
    let mut bob = Client::new();
    bob.headers = vec![("user", "bob".into())];
    bob.connect(&node.address).await.unwrap();
    bob.until("the session", Client::is_live).await;
    assert_eq!(answers(&node, "carol", &["\u{10}O1000".to_owned()]).await, refused);
    first.cut().await;
    continues(&mut first, &node).await;
    // Sessions that end make room.
    bob.input(ClientInput::Close).await;
    bob.until("the end", |client| client.machine.is_over()).await;
    let mut carol = Client::new();
    carol.headers = vec![("user", "carol".into())];
    carol.connect(&node.address).await.unwrap();
    carol.until("the session", Client::is_live).await;
    assert_eq!(node.sessions.counters().refused, 2);
}

/// Only the node that has a session counts what it holds.
#[tokio::test]
async fn resumes_that_another_node_rejects_hold_nothing_there() {
    let store = Memory::new();
    let first = Node::start(Sessions::new(store.clone(), Limits::default()).unwrap(), echo).await;
    let mut limits = Limits::default();
    limits.sessions = 1;
    let second = Node::start(Sessions::new(store, limits).unwrap(), echo).await;
    let (mut raw, resume) = Raw::open(&first, "alice").await;
    raw.send("one").await;
    assert_eq!(raw.message().await, "one");
    assert_eq!(first.sessions.counters().held, 3);
    let Frame::Resume { id, nonce, attempt, received, window, .. } = resume else { panic!() };
    let forged = Frame::Resume { id, secret: Bits([7; 16]), nonce, attempt, received, window };
    let refused = (vec!["\u{10}Nunknown".to_owned()], 1000);
    assert_eq!(answers(&second, "alice", &[forged.to_string()]).await, refused);
    assert_eq!(second.sessions.counters().held, 0);
    let (_other, _) = Raw::open(&second, "bob").await;
    assert_eq!(answers(&second, "alice", &[resume.to_string()]).await, (vec![], 1013));
    assert_eq!(second.sessions.counters().held, 0);
}
