//! Every store passes the conformance kit, and its sessions survive a crash of the store.

use crate::client::{Client, SOON};
use crate::node::{Node, abandoned, echo};
use crate::nodes::two_nodes;
use crate::services::{Service, postgres, postgres_store, redis, redis_store, until_it_answers};
use futures_util::SinkExt;
use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Duration;
use steady_session::Keys;
use steady_websocket_server::store::{
    Bits, Entry, Failure, Postgres, Store, Swap, Write, commit_position, kit,
};
use steady_websocket_server::{Limits, Session, Sessions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};

#[tokio::test]
async fn postgres_conforms() {
    let service = postgres().await;
    let store = postgres_store(&service).await;
    kit::check(store).await.unwrap();
}

#[tokio::test]
async fn redis_conforms() {
    let service = redis().await;
    let store = redis_store(&service).await;
    kit::check(store).await.unwrap();
}

/// Polls a request this many times, then drops it.
async fn polled<T>(times: u32, request: impl Future<Output = T>) {
    let mut request = pin!(request);
    let mut left = times;
    let poll = |context: &mut Context<'_>| match left.checked_sub(1) {
        Some(less) => {
            left = less;
            request.as_mut().poll(context).map(drop)
        }
        None => Poll::Ready(()),
    };
    poll_fn(poll).await;
}

/// Returns options for a pool whose connections get their answers late, so that requests can be dropped before.
async fn delayed(service: &Service) -> PgConnectOptions {
    let options: PgConnectOptions = service.address.parse().unwrap();
    let (listener, port) = (TcpListener::bind("127.0.0.1:0").await.unwrap(), options.get_port());
    let delayed = options.port(listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let (mut requests, mut late) = client.into_split();
            let server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            let (mut answers, mut server) = server.into_split();
            tokio::spawn(async move { tokio::io::copy(&mut requests, &mut server).await });
            tokio::spawn(async move {
                let mut answer = [0; 1_024];
                while let Ok(size @ 1..) = answers.read(&mut answer).await {
                    sleep(Duration::from_millis(2)).await;
                    late.write_all(&answer[..size]).await.unwrap();
                }
            });
        }
    });
    delayed
}

#[tokio::test]
async fn a_request_that_is_dropped_leaves_no_transaction_open() {
    let service = postgres().await;
    postgres_store(&service).await;
    let one = PgPoolOptions::new().max_connections(1);
    let store = Postgres::new(one.connect_with(delayed(&service).await).await.unwrap());
    let mut watching = sqlx::PgConnection::connect(&service.address).await.unwrap();
    let open = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'";
    for times in 1..20 {
        let record = abandoned(times);
        polled(times.into(), store.create(&record, SOON)).await;
        // Waits for the connection.
        store.head(record.id).await.unwrap();
        let count: i64 = sqlx::query_scalar(open).fetch_one(&mut watching).await.unwrap();
        assert_eq!(count, 0, "dropped when polled {times} times");
    }
}

/// How many connections wait for a lock that another one has.
async fn waiting(connection: &mut sqlx::PgConnection) -> i64 {
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
    sqlx::query_scalar(waiting).fetch_one(connection).await.unwrap()
}

/// A request that must wait for the application's transaction fails instead, having changed nothing, and gives its
/// connection back.
#[tokio::test]
async fn a_session_that_something_else_holds_is_busy() {
    let service = postgres().await;
    postgres_store(&service).await;
    let one = PgPoolOptions::new().max_connections(1);
    let pool = one.connect(&service.address).await.unwrap();
    let store = Postgres::new(pool.clone());
    let record = abandoned(7);
    store.create(&record, SOON).await.unwrap();
    let mut connection = sqlx::PgConnection::connect(&service.address).await.unwrap();
    let mut transaction = connection.begin().await.unwrap();
    let lock = sqlx::query("UPDATE steady_sessions SET handled = 6");
    lock.execute(&mut *transaction).await.unwrap();
    let (current, attempt) = (Keys { nonce: Bits([8; 16]), ..record.current }, 1);
    let swap = Swap { current, previous: record.current, attempt };
    let owner = record.current.nonce;
    let entry = [Entry { seq: 2, owner, write: Write::Confirm }];
    for _ in 0..3 {
        let answer = timeout(SOON, store.write(record.id, &entry)).await.unwrap();
        assert!(matches!(answer, Err(Failure::Busy(_))), "{answer:?}");
        let answer = timeout(SOON, store.adopt(record.id, owner, &swap, SOON)).await.unwrap();
        assert!(matches!(answer, Err(Failure::Busy(_))), "{answer:?}");
        assert_eq!(timeout(SOON, store.load(record.id)).await.unwrap().unwrap().as_ref(), Some(&record));
    }
    transaction.commit().await.unwrap();
    assert_eq!(timeout(SOON, store.write(record.id, &entry)).await.unwrap().unwrap(), 6);
    let adopted = timeout(SOON, store.adopt(record.id, owner, &swap, SOON)).await.unwrap().unwrap();
    assert_eq!((adopted.current, adopted.handled, adopted.seq), (current, 6, 2));
    // The pool is the application's, whose own statements wait as long as it says.
    let patience: String = sqlx::query_scalar("SHOW lock_timeout").fetch_one(&pool).await.unwrap();
    assert_eq!(patience, "0");
}

/// Everything that the session writes waits for the application's transaction. It leaves the pool to the others.
#[tokio::test]
async fn a_transaction_that_stays_open_does_not_use_up_the_pool() {
    let service = postgres().await;
    postgres_store(&service).await;
    let options = PgPoolOptions::new().max_connections(3).acquire_timeout(Duration::from_secs(5));
    let store = Postgres::new(options.connect(&service.address).await.unwrap());
    let mut limits = Limits::default();
    limits.store = Duration::from_secs(2);
    let (begun, mut sessions) = mpsc::unbounded_channel::<Session>();
    let node = Node::start(Sessions::new(store, limits).unwrap(), move |session| {
        let begun = begun.clone();
        async move { begun.send(session).unwrap() }
    })
    .await;
    let (mut client, mut other) = (Client::new(), Client::new());
    let mut begin = async |client: &mut Client| {
        client.connect(&node.address).await.unwrap();
        client.until("the session", Client::is_live).await;
        timeout(SOON, sessions.recv()).await.unwrap().unwrap()
    };
    let (mut held, mut free) = (begin(&mut client).await, begin(&mut other).await);
    client.send("one").await;
    let received = timeout(SOON, held.receive()).await.unwrap().unwrap();
    let mut connection = sqlx::PgConnection::connect(&service.address).await.unwrap();
    let mut watching = sqlx::PgConnection::connect(&service.address).await.unwrap();
    let mut transaction = connection.begin().await.unwrap();
    commit_position(&mut transaction, &received).await.unwrap();
    let (mut most, mut none, mut sent) = (0, 0, 0);
    let end = Instant::now() + Duration::from_secs(6);
    while Instant::now() < end {
        held.feed("waits".into()).await.unwrap();
        sent += 1;
        timeout(SOON, free.send("goes on".into())).await.unwrap().unwrap();
        let count = waiting(&mut watching).await;
        most = count.max(most);
        none += u32::from(count == 0);
        sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(most, 1, "connections that wait at once");
    assert!(none > sent / 5, "{none} of {sent} times nothing waited");
    assert!(client.received.is_empty());
    assert!(node.sessions.counters().store_failures >= 3);
    transaction.commit().await.unwrap();
    received.handled().unwrap();
    timeout(SOON, held.flush()).await.unwrap().unwrap();
    client.until("what waited", |client| client.received.len() == sent as usize).await;
}

/// Kills and restarts the store under load, and expects one echo of each message.
async fn survives_crashes<S: Store + Clone>(mut service: Service, store: S) {
    two_nodes(store.clone()).await;
    let node = Node::start(Sessions::new(store.clone(), Limits::default()).unwrap(), echo).await;
    let mut client = Client::new();
    client.connect(&node.address).await.unwrap();
    client.until("the session", Client::is_live).await;
    let mut expected = Vec::new();
    for round in 0..3 {
        for number in 0..60 {
            expected.push(format!("{round}.{number}"));
            client.send(&expected[expected.len() - 1]).await;
        }
        let before = client.received.len();
        client.persist(&node.address, "an echo", |client| client.received.len() > before).await;
        service.kill();
        client.send("while it is away").await;
        expected.push("while it is away".into());
        if round == 1 {
            client.cut().await;
        }
        service.restart().await;
        until_it_answers(&store).await;
    }
    let all = |client: &Client| client.received.len() == expected.len();
    client.persist(&node.address, "the echoes", all).await;
    assert_eq!(client.texts(), expected);
}

#[tokio::test]
async fn postgres_is_killed() {
    let service = postgres().await;
    let store = postgres_store(&service).await;
    survives_crashes(service, store).await;
}

#[tokio::test]
async fn redis_is_killed() {
    let service = redis().await;
    let store = redis_store(&service).await;
    survives_crashes(service, store).await;
}
