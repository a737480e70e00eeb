//! Every store passes the conformance kit, and its sessions survive a crash of the store.

use crate::client::Client;
use crate::node::{Node, echo};
use crate::nodes::two_nodes;
use crate::services::{Service, postgres, postgres_store, redis, redis_store, until_it_answers};
use steady_websocket_server::store::{Store, kit};
use steady_websocket_server::{Limits, Sessions};

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
