//! Messages that may be handled again: those not acknowledged when their node died, with the same numbers. And those that
//! are not, because the application has committed the position itself.

use crate::client::{Client, SOON};
use crate::node::Node;
use crate::raw::Raw;
use crate::services::{postgres, postgres_store, redis, redis_store};
use sqlx::Connection;
use std::sync::Arc;
use std::time::Duration;
use steady_session::ClientInput;
use steady_websocket_server::store::kit::Failing;
use steady_websocket_server::store::{Memory, Store, commit_position};
use steady_websocket_server::{Limits, Received, Session, Sessions};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// Connects the client to a new node, which handles nothing by itself. Returns the node and the client's session there.
async fn begin(client: &mut Client, store: impl Store) -> (Node, Session) {
    let (begun, mut sessions) = mpsc::unbounded_channel();
    let node = Node::start(Sessions::new(store, Limits::default()).unwrap(), move |session| {
        let begun = begun.clone();
        async move { begun.send(session).unwrap() }
    })
    .await;
    client.connect(&node.address).await.unwrap();
    client.until("the session", Client::is_live).await;
    let session = timeout(SOON, sessions.recv()).await.unwrap().unwrap();
    (node, session)
}

async fn next(session: &mut Session) -> Received {
    timeout(SOON, session.receive()).await.unwrap().unwrap()
}

/// The first node handles 45 messages, and is gone when 40 of them are acknowledged. The second gets the last five.
async fn the_last_are_handled_again<S: Store + Clone>(store: S) {
    let mine = Arc::new(Failing::new(store.clone(), 0));
    let mut client = Client::new();
    let (_first, mut session) = begin(&mut client, mine.clone()).await;
    for number in 1..=40_u64 {
        client.send(&number.to_string()).await;
        assert_eq!(next(&mut session).await.handled().unwrap().as_text(), Some(&*number.to_string()));
    }
    client.input(ClientInput::Ask).await;
    client.until("the acknowledgement", |client| client.machine.stats().acknowledged == 40).await;
    // As if it had died: what it writes from now on never arrives.
    mine.set_away(true);
    for number in 41..=45 {
        client.send(&number.to_string()).await;
        next(&mut session).await.handled().unwrap();
    }
    assert_eq!(session.stats().handled, 45);
    client.cut().await;
    let (_second, mut session) = begin(&mut client, store).await;
    client.send("46").await;
    for number in 41..=46 {
        let received = next(&mut session).await;
        assert_eq!(received.number(), number);
        assert_eq!(received.handled().unwrap().as_text(), Some(&*number.to_string()));
    }
    client.input(ClientInput::Ask).await;
    client.until("the acknowledgement", |client| client.machine.stats().acknowledged == 46).await;
}

/// The first node handles five messages, of which none is acknowledged when the connection ends, and is gone when the
/// store has its position. The second gets none of them.
#[tokio::test]
async fn what_was_handled_when_the_connection_ended_is_not_handled_again() {
    let store = Memory::new();
    let mine = Arc::new(Failing::new(store.clone(), 0));
    let mut client = Client::new();
    let (_first, mut session) = begin(&mut client, mine.clone()).await;
    for number in 1..=5 {
        client.send(&number.to_string()).await;
        next(&mut session).await.handled().unwrap();
    }
    client.cut().await;
    let stored = async {
        while store.load(session.id()).await.unwrap().unwrap().handled < 5 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    timeout(SOON, stored).await.unwrap();
    assert_eq!(client.machine.stats().acknowledged, 0);
    mine.set_away(true);
    let (_second, mut session) = begin(&mut client, store).await;
    client.send("6").await;
    assert_eq!(next(&mut session).await.number(), 6);
}

#[tokio::test]
async fn the_last_unacknowledged_are_handled_again_with_memory() {
    the_last_are_handled_again(Memory::new()).await;
}

#[tokio::test]
async fn the_last_unacknowledged_are_handled_again_with_postgres() {
    let service = postgres().await;
    the_last_are_handled_again(postgres_store(&service).await).await;
}

#[tokio::test]
async fn the_last_unacknowledged_are_handled_again_with_redis() {
    let service = redis().await;
    the_last_are_handled_again(redis_store(&service).await).await;
}

/// How a session ends while the application has committed a position that it has not reported yet.
#[derive(Clone, Copy, Debug)]
enum End {
    Broken,
    Closed,
    Expired,
}

/// The client hears of the position that is in the store, at once and when it comes back.
#[tokio::test]
async fn a_committed_position_that_was_not_reported_counts_at_the_end() {
    let service = postgres().await;
    let store = postgres_store(&service).await;
    let mut connection = sqlx::PgConnection::connect(&service.address).await.unwrap();
    for end in [End::Broken, End::Closed, End::Expired] {
        let mut limits = Limits::default();
        if matches!(end, End::Expired) {
            limits.life = Duration::from_millis(50);
        }
        let (begun, mut sessions) = mpsc::unbounded_channel();
        let node = Node::start(Sessions::new(store.clone(), limits).unwrap(), move |session| {
            let begun = begun.clone();
            async move { begun.send(session).unwrap() }
        })
        .await;
        let other = Node::start(Sessions::new(store.clone(), Limits::default()).unwrap(), async |_| {}).await;
        let (mut raw, resume) = Raw::open(&node, "alice").await;
        let mut session: Session = timeout(SOON, sessions.recv()).await.unwrap().unwrap();
        for text in ["1", "2", "3"] {
            raw.send(text).await;
        }
        next(&mut session).await.handled().unwrap();
        let received = next(&mut session).await;
        let mut transaction = connection.begin().await.unwrap();
        commit_position(&mut transaction, &received).await.unwrap();
        transaction.commit().await.unwrap();
        let tombstone = match end {
            End::Broken => {
                raw.send("\u{10}").await;
                let rest = raw.rest().await;
                assert_eq!((rest.texts.last().unwrap().as_str(), rest.code), ("\u{10}Nbroken 2", 4501));
                assert!(timeout(SOON, session.receive()).await.unwrap().is_none());
                "\u{10}Nbroken 2"
            }
            End::Closed => {
                drop(session);
                let rest = raw.rest().await;
                let [.., ack, bye] = &rest.texts[..] else { panic!("{rest:?}") };
                assert!(ack.starts_with("\u{10}A2 "), "{rest:?}");
                assert_eq!((bye.as_str(), rest.code), ("\u{10}B", 1000));
                "\u{10}Nclosed 2"
            }
            End::Expired => {
                drop(raw);
                timeout(SOON, session.ended()).await.unwrap();
                assert_eq!(session.stats().handled, 2);
                "\u{10}Nexpired 2"
            }
        };
        for node in [&node, &other] {
            let mut raw = Raw::connect(node, "alice").await;
            raw.send(resume).await;
            assert_eq!(raw.text().await, tombstone, "{end:?}");
        }
    }
}
