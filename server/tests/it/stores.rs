//! Every store passes the conformance kit, and its sessions survive a crash of the store.

use crate::client::{Client, SOON};
use crate::node::{Node, abandoned, echo};
use crate::nodes::two_nodes;
use crate::services::{Service, postgres, postgres_store, redis, redis_store, until_it_answers};
use sqlx::Connection;
use sqlx::postgres::PgConnectOptions;
use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Duration;
use steady_websocket_server::store::{Postgres, Store, kit};
use steady_websocket_server::{Limits, Sessions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

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
    let one = sqlx::postgres::PgPoolOptions::new().max_connections(1);
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
