//! A session's ID, an overheard frame, or another identity must not give access to a session.

use crate::client::{Client, SOON};
use crate::node::{Node, echo};
use futures_util::{SinkExt, StreamExt};
use std::time::Duration;
use steady_session::{ClientInput, Frame, Loss, parse};
use steady_websocket_server::store::Memory;
use steady_websocket_server::{Asks, Denied, Identity, Limits, Refusal, Sessions};
use tokio::time::timeout;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;

/// Sends frames on a new connection. Returns the server's frames after the hello, and the close code.
async fn answers(node: &Node, user: &str, frames: &[String]) -> (Vec<String>, u16) {
    let mut request = node.address.as_str().into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("steady.v1"));
    request.headers_mut().insert("user", HeaderValue::from_str(user).unwrap());
    let (mut socket, _) = connect_async(request).await.unwrap();
    for frame in frames {
        // Fails if the server has already closed; its answer can still be read.
        let _ = socket.send(Message::text(frame)).await;
    }
    let mut texts = Vec::new();
    let all = async {
        loop {
            match socket.next().await {
                Some(Ok(Message::Text(text))) => texts.push(text.to_string()),
                Some(Ok(Message::Close(close))) => return close.map_or(1005, |close| close.code.into()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return 1006,
            }
        }
    };
    let code = timeout(SOON, all).await.unwrap();
    assert!(texts.remove(0).starts_with("\u{10}H1 "));
    (texts, code)
}

/// Returns a node whose `authorize` hook reads the header `user`.
fn by_header(limits: Limits) -> Sessions {
    Sessions::new(Memory::new(), limits).authorize(|arrival| async move {
        let user = arrival.request.headers.get("user").and_then(|user| user.to_str().ok());
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
    let sessions = Sessions::new(Memory::new(), Limits::default()).authorize(|arrival| async move {
        assert_eq!(arrival.asks, Asks::Open);
        let token = arrival.messages.first().and_then(|message| message.as_text());
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
    limits.arrivals = 50;
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
    limits.arrival = Duration::from_millis(50);
    let node = Node::start(by_header(limits), echo).await;
    assert_eq!(answers(&node, "alice", &[]).await, (vec![], 1008));
    let many: Vec<String> = (0..20).map(|number| number.to_string()).collect();
    assert_eq!(answers(&node, "alice", &many).await, (vec![], 1008));
}

#[tokio::test]
async fn numbers_out_of_range() {
    let node = Node::start(by_header(Limits::default()), echo).await;
    let open = "\u{10}O1000".to_owned();
    for (frames, code) in [
        (&["\u{10}A0 1000 0", "\u{10}A1 1000 0"][..], 4500),
        (&["\u{10}A0 1000 7"], 4500),
        (&["\u{10}A0 9007199254740993 0"], 4501),
        (&["\u{10}S9007199254740991", "\u{10}S1"], 4501),
        (&["\u{10}O1"], 4501),
        (&["\u{10}\u{11}"], 4501),
        (&["one", "\u{10}B0"], 4500),
    ] {
        let (texts, closed) = opened_then(&node, &open, frames).await;
        assert_eq!(closed, code, "{frames:?}: {texts:?}");
    }
    // A different frame instead of an open.
    assert_eq!(answers(&node, "alice", &["\u{10}A0 0 0".to_owned()]).await.1, 4501);
    assert_eq!(node.sessions.counters().sessions, 0, "each of them has ended");
}

/// Like `answers`, but sends the frames after the welcome.
async fn opened_then(node: &Node, open: &str, frames: &[&str]) -> (Vec<String>, u16) {
    let mut request = node.address.as_str().into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("steady.v1"));
    request.headers_mut().insert("user", HeaderValue::from_static("alice"));
    let (mut socket, _) = connect_async(request).await.unwrap();
    socket.send(Message::text(open)).await.unwrap();
    let mut texts = Vec::new();
    let all = async {
        loop {
            match socket.next().await {
                Some(Ok(Message::Text(text))) => {
                    if text.starts_with("\u{10}W") {
                        for frame in frames {
                            let _ = socket.send(Message::text(*frame)).await;
                        }
                    }
                    texts.push(text.to_string());
                }
                Some(Ok(Message::Close(close))) => return close.map_or(1005, |close| close.code.into()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return 1006,
            }
        }
    };
    let code = timeout(SOON, all).await.unwrap();
    (texts, code)
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
