//! Nodes that are killed under load, with each store: nothing is lost, and nothing doubled but what the promise names.

use crate::client::Client;
use crate::examples::Process;
use crate::node::{Node, echo};
use crate::services::{bound_to_this_thread, postgres, postgres_store, redis, redis_store};
use std::collections::BTreeSet;
use steady_websocket_server::store::{Postgres, Redis};
use steady_websocket_server::{Limits, Sessions};

/// Names the store of the process below.
const STORE: &str = "STEADY_NODE_STORE";

#[tokio::test]
#[ignore = "a node for the tests below, in a process of its own"]
async fn node() {
    let store = std::env::var(STORE).expect("started by the tests below");
    let sessions = if store.starts_with("redis:") {
        Sessions::new(Redis::new(&store).unwrap(), Limits::default())
    } else {
        Sessions::new(Postgres::new(sqlx::PgPool::connect(&store).await.unwrap()), Limits::default())
    };
    let node = Node::start(sessions, echo).await;
    println!("{}", node.address);
    std::future::pending::<()>().await;
}

fn start(store: &str) -> Process {
    let mut command = bound_to_this_thread("KILL");
    command.arg(std::env::current_exe().unwrap()).args([
        "--exact",
        "kills::node",
        "--ignored",
        "--nocapture",
    ]);
    command.env(STORE, store);
    Process::spawn(command)
}

/// Has 400 messages sent back, and kills the node ten times meanwhile.
async fn survives_kills(store: &str) {
    let mut node = start(store);
    let mut client = Client::new();
    client.connect(&node.address).await.unwrap();
    client.until("the session", Client::is_live).await;
    let mut sent = Vec::new();
    let mut unacknowledged = 0;
    for round in 0..10 {
        for number in 0..40 {
            sent.push(format!("{round}.{number}"));
            client.send(&sent[sent.len() - 1]).await;
        }
        let before = client.received.len();
        client.persist(&node.address, "some", |client| client.received.len() >= before + 5).await;
        let stats = client.machine.stats();
        unacknowledged += stats.accepted - stats.acknowledged;
        node = start(store);
        client.cut().await;
    }
    let wanted: BTreeSet<&String> = sent.iter().collect();
    let all = sent.len() as u64;
    client.persist(&node.address, "all", |client| client.machine.stats().acknowledged == all).await;
    // What is acknowledged was sent back before: it is in the store, if it is not here.
    let complete = |client: &Client| client.texts().iter().collect::<BTreeSet<_>>() == wanted;
    client.persist(&node.address, "every echo", complete).await;
    let texts = client.texts();
    let doubled = texts.len() as u64 - all;
    println!(
        "{doubled} of {all} were handled twice, {unacknowledged} were not acknowledged when a node was killed"
    );
    assert!(doubled <= unacknowledged, "{doubled} > {unacknowledged}");
    // In order, but for what was handled again.
    let mut seen = BTreeSet::new();
    let first: Vec<&String> = texts.iter().filter(|text| seen.insert(*text)).collect();
    assert_eq!(first, sent.iter().collect::<Vec<_>>());
}

#[tokio::test]
async fn nodes_with_postgres() {
    let service = postgres().await;
    postgres_store(&service).await;
    survives_kills(&service.address).await;
}

#[tokio::test]
async fn nodes_with_redis() {
    let service = redis().await;
    redis_store(&service).await;
    survives_kills(&service.address).await;
}
