//! A session can be resumed at any node, whatever happened to the previous one.

use crate::client::{Client, SOON};
use crate::examples::Process;
use crate::node::{Node, abandoned, echo};
use crate::services::{postgres, postgres_store, until_it_answers};
use futures_util::{SinkExt, StreamExt};
use sqlx::Connection;
use std::time::Duration;
use steady_session::{ClientInput, Loss};
use steady_websocket_server::store::{
    Bits, Entry, Failure, Head, Memory, Postgres, Record, Store, Swap, Tombstone, Write, commit_position,
};
use steady_websocket_server::{EndReason, Limits, Refusal, Session, Sessions};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// Sends messages, changes the node after every ten, and expects one echo of each. Before each change everything is
/// acknowledged: unacknowledged messages may be handled again at the next node, unless a transaction has the
/// position.
pub async fn two_nodes<S: Store + Clone>(store: S) {
    let first = Node::start(Sessions::new(store.clone(), Limits::default()).unwrap(), echo).await;
    let second = Node::axum(Sessions::new(store, Limits::default()).unwrap(), echo).await;
    let mut client = Client::new();
    client.connect(&first.address).await.unwrap();
    client.until("the session", Client::is_live).await;
    let mut expected = Vec::new();
    for round in 0..12 {
        for number in 0..10 {
            let text = format!("{round}.{number}");
            client.send(&text).await;
            expected.push(text);
        }
        client.input(ClientInput::Ask).await;
        let sent = expected.len() as u64;
        // The first acknowledgement may not include everything.
        while client.machine.stats().acknowledged < sent {
            client.turn().await;
            if client.is_live() && client.machine.stats().acknowledged < sent {
                client.input(ClientInput::Ask).await;
            }
        }
        client.cut().await;
        let node = if round % 2 == 0 { &second } else { &first };
        client.connect(&node.address).await.unwrap();
        client.until("the session", Client::is_live).await;
    }
    client.until("the echoes", |client| client.received.len() == expected.len()).await;
    assert_eq!(client.texts(), expected);
    let (one, other) = (first.sessions.counters(), second.sessions.counters());
    assert_eq!((one.adopted, other.adopted), (6, 6), "{one:?} {other:?}");
}

#[tokio::test]
async fn two_nodes_with_one_memory() {
    two_nodes(Memory::new()).await;
}

#[tokio::test]
async fn a_stale_owner_that_keeps_writing() {
    let store = Memory::new();
    let (begun, mut sessions) = mpsc::unbounded_channel::<Session>();
    let handler = move |session| {
        let begun = begun.clone();
        async move { begun.send(session).unwrap() }
    };
    let first = Node::start(Sessions::new(store.clone(), Limits::default()).unwrap(), handler.clone()).await;
    let second = Node::start(Sessions::new(store, Limits::default()).unwrap(), handler).await;
    let mut client = Client::new();
    client.connect(&first.address).await.unwrap();
    client.until("the session", Client::is_live).await;
    let mut stale = timeout(SOON, sessions.recv()).await.unwrap().unwrap();
    client.cut().await;
    client.connect(&second.address).await.unwrap();
    client.until("the session", Client::is_live).await;
    let mut session = timeout(SOON, sessions.recv()).await.unwrap().unwrap();
    // The store refuses this write, which tells the first node that it lost the session.
    stale.feed("from a stale owner".into()).await.unwrap();
    let end = timeout(SOON, stale.ended()).await.unwrap();
    assert_eq!(end.reason, EndReason::Lost(Loss::Taken));
    assert!(stale.send("again".into()).await.is_err());
    session.send("from the owner".into()).await.unwrap();
    client.until("the message", |client| client.received.len() == 1).await;
    assert_eq!(client.texts(), ["from the owner"]);
    client.send("to the owner").await;
    assert_eq!(timeout(SOON, session.next()).await.unwrap().unwrap().as_text(), Some("to the owner"));
    // Back to the first node, which once had a machine of the session.
    client.cut().await;
    client.connect(&first.address).await.unwrap();
    client.until("the session", Client::is_live).await;
    let back = timeout(SOON, sessions.recv()).await.unwrap().unwrap();
    assert_eq!((back.id(), back.is_adopted()), (session.id(), true));
}

/// If no node renews a session's lease, any node of the store ends it and keeps a tombstone.
#[tokio::test]
async fn a_session_whose_node_is_gone_expires() {
    let store = Memory::new();
    let mut limits = Limits::default();
    limits.life = Duration::from_millis(80);
    let gone = abandoned(3);
    store.create(&gone, Duration::ZERO).await.unwrap();
    let node = Node::start(Sessions::new(store.clone(), limits).unwrap(), echo).await;
    let mut client = Client::new();
    client.connect(&node.address).await.unwrap();
    client.until("the session", Client::is_live).await;
    let expired = async {
        loop {
            if let Some(end) = store.load(gone.id).await.unwrap().unwrap().end {
                return end;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let end = timeout(SOON, expired).await.unwrap();
    assert_eq!(end, Tombstone { why: Refusal::Expired, handled: 5 });
    client.send("still there").await;
    client.until("the echo", |client| client.received.len() == 1).await;
}

/// A store whose answers to changes of the owner are withheld.
struct Withholding {
    store: Postgres,
    carried_out: mpsc::UnboundedSender<()>,
}

impl Store for Withholding {
    async fn create(&self, record: &Record, lease: Duration) -> Result<(), Failure> {
        self.store.create(record, lease).await
    }

    async fn load(&self, id: Bits) -> Result<Option<Record>, Failure> {
        self.store.load(id).await
    }

    async fn head(&self, id: Bits) -> Result<Option<Head>, Failure> {
        self.store.head(id).await
    }

    async fn adopt(&self, id: Bits, owner: Bits, swap: &Swap, lease: Duration) -> Result<Record, Failure> {
        self.store.adopt(id, owner, swap, lease).await
    }

    async fn write(&self, id: Bits, entries: &[Entry]) -> Result<u64, Failure> {
        let answer = self.store.write(id, entries).await;
        if entries.iter().any(|entry| matches!(entry.write, Write::Swap(_))) {
            self.carried_out.send(()).unwrap();
            std::future::pending::<()>().await;
        }
        answer
    }

    async fn renew(&self, sessions: &[(Bits, Bits)], lease: Duration) -> Result<(), Failure> {
        self.store.renew(sessions, lease).await
    }

    async fn expire(&self, tombstone: Duration) -> Result<u64, Failure> {
        self.store.expire(tombstone).await
    }
}

/// The position is this node's to commit, whichever of the client's returns the store knows of.
#[tokio::test]
async fn a_client_that_comes_back_twice_while_its_message_is_handled() {
    let service = postgres().await;
    let store = postgres_store(&service).await;
    let mut limits = Limits::default();
    // The answer never comes.
    limits.store = SOON * 2;
    let (carried_out, mut changes) = mpsc::unbounded_channel();
    let (begun, mut sessions) = mpsc::unbounded_channel::<Session>();
    let node =
        Node::start(Sessions::new(Withholding { store, carried_out }, limits).unwrap(), move |session| {
            let begun = begun.clone();
            async move { begun.send(session).unwrap() }
        })
        .await;
    let mut client = Client::new();
    client.connect(&node.address).await.unwrap();
    client.send("one").await;
    client.until("the session", Client::is_live).await;
    let mut session = timeout(SOON, sessions.recv()).await.unwrap().unwrap();
    let received = timeout(SOON, session.receive()).await.unwrap().unwrap();
    client.cut().await;
    // It asks as soon as the server has spoken.
    client.connect(&node.address).await.unwrap();
    client.turn().await;
    timeout(SOON, changes.recv()).await.unwrap().unwrap();
    let first = received.position().unwrap().owners;
    client.cut().await;
    client.connect(&node.address).await.unwrap();
    client.turn().await;
    let again = async {
        while received.position().unwrap().owners == first {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(SOON, again).await.unwrap();
    let mut connection = sqlx::PgConnection::connect(&service.address).await.unwrap();
    commit_position(&mut connection, &received).await.unwrap();
}

/// Books 400 amounts while the node is killed five times, and the database once.
#[tokio::test]
async fn killed_nodes_book_every_amount_once() {
    let mut service = postgres().await;
    let store = postgres_store(&service).await;
    let mut node = Process::start("ledger", &[&service.address, "0"]);
    let mut client = Client::new();
    client.connect(&node.address).await.unwrap();
    client.until("the session", Client::is_live).await;
    let mut amounts = Vec::new();
    for round in 0..8_u64 {
        for number in 0..50 {
            amounts.push(format!("{round}.{number}"));
            client.send(&amounts[amounts.len() - 1]).await;
        }
        // Kill while bookings are in progress.
        let before = client.machine.stats().acknowledged;
        client.persist(&node.address, "some", |client| client.machine.stats().acknowledged > before).await;
        match round {
            0..5 => {
                node = Process::start("ledger", &[&service.address, "0"]);
                client.cut().await;
            }
            5 => {
                service.kill();
                service.restart().await;
                until_it_answers(&store).await;
            }
            _ => {}
        }
    }
    let all = amounts.len() as u64;
    client.persist(&node.address, "all", |client| client.machine.stats().acknowledged == all).await;
    let pool = sqlx::PgPool::connect(&service.address).await.unwrap();
    let booked: Vec<String> =
        sqlx::query_scalar("SELECT amount FROM amounts ORDER BY id").fetch_all(&pool).await.unwrap();
    assert_eq!(booked, amounts);
    drop(node);
}

async fn expiry(connection: &mut sqlx::PgConnection, id: Bits) -> f64 {
    let expires = "SELECT extract(epoch FROM expires)::float8 FROM steady_sessions WHERE id = $1";
    sqlx::query_scalar(expires).bind(&id.0[..]).fetch_one(connection).await.unwrap()
}

/// It makes only its own session wait. The leases of the others are renewed meanwhile, and its own afterwards.
#[tokio::test]
async fn a_transaction_that_stays_open_after_its_position() {
    let service = postgres().await;
    let mut limits = Limits::default();
    limits.life = Duration::from_millis(800);
    let sessions = Sessions::new(postgres_store(&service).await, limits).unwrap();
    let (begun, mut receiver) = mpsc::unbounded_channel::<Session>();
    let node = Node::start(sessions, move |session| {
        let begun = begun.clone();
        async move { begun.send(session).unwrap() }
    })
    .await;
    let mut clients = Vec::new();
    let mut others = Vec::new();
    for _ in 0..4 {
        let mut client = Client::new();
        client.connect(&node.address).await.unwrap();
        client.until("the session", Client::is_live).await;
        others.push(timeout(SOON, receiver.recv()).await.unwrap().unwrap());
        clients.push(client);
    }
    let (mut held, client) = (others.remove(3), &mut clients[3]);
    client.send("one").await;
    let received = timeout(SOON, held.receive()).await.unwrap().unwrap();
    let mut connection = sqlx::PgConnection::connect(&service.address).await.unwrap();
    let mut watching = sqlx::PgConnection::connect(&service.address).await.unwrap();
    let mut transaction = connection.begin().await.unwrap();
    commit_position(&mut transaction, &received).await.unwrap();
    for _round in 0..2 {
        let mut before = Vec::new();
        for session in &others {
            before.push(expiry(&mut watching, session.id()).await);
        }
        for (session, before) in others.iter_mut().zip(before) {
            let renewed = async {
                while expiry(&mut watching, session.id()).await == before {
                    session.send("still there".into()).await.unwrap();
                }
            };
            timeout(SOON, renewed).await.unwrap();
        }
    }
    transaction.commit().await.unwrap();
    received.handled().unwrap();
    let before = expiry(&mut watching, held.id()).await;
    let renewed = async { while expiry(&mut watching, held.id()).await == before {} };
    timeout(SOON, renewed).await.unwrap();
    timeout(SOON, held.send("still there".into())).await.unwrap().unwrap();
}

/// Leases that cannot be renewed, because somebody writes to their sessions, are extended by the writes.
#[tokio::test]
async fn a_session_whose_row_is_locked_is_not_expired() {
    let service = postgres().await;
    let store = postgres_store(&service).await;
    let record = abandoned(3);
    store.create(&record, Duration::ZERO).await.unwrap();
    let mut connection = sqlx::PgConnection::connect(&service.address).await.unwrap();
    let mut transaction = connection.begin().await.unwrap();
    let lock = sqlx::query("SELECT 1 FROM steady_sessions FOR UPDATE");
    lock.execute(&mut *transaction).await.unwrap();
    let owned = [(record.id, record.current.nonce)];
    timeout(SOON, store.renew(&owned, SOON)).await.unwrap().unwrap();
    assert_eq!(timeout(SOON, store.expire(SOON)).await.unwrap().unwrap(), 0);
    transaction.rollback().await.unwrap();
    let before = expiry(&mut connection, record.id).await;
    let entry = Entry { seq: 2, owner: record.current.nonce, write: Write::Confirm };
    store.write(record.id, &[entry]).await.unwrap();
    let extended = expiry(&mut connection, record.id).await - before;
    assert!(extended >= record.life as f64 / 1_000.0, "{extended}");
    // A write that is refused leaves no lock.
    for _ in 0..100 {
        let entry = Entry { seq: 9, owner: record.current.nonce, write: Write::Confirm };
        assert!(matches!(store.write(record.id, &[entry]).await, Err(Failure::Gap)));
        let before = expiry(&mut connection, record.id).await;
        store.renew(&owned, SOON).await.unwrap();
        assert!(expiry(&mut connection, record.id).await > before);
    }
    store.renew(&owned, Duration::ZERO).await.unwrap();
    // Nobody renews it any more.
    let ended = async { while store.expire(SOON).await.unwrap() == 0 {} };
    timeout(SOON, ended).await.unwrap();
}
