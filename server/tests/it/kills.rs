//! Nodes with each store are killed under load. No message is lost, and only unacknowledged ones may be handled
//! twice.

use crate::client::Client;
use crate::examples::Process;
use crate::node::{Node, echo};
use crate::services::{bound_to_this_thread, postgres, postgres_store, redis, redis_store};
use std::collections::BTreeSet;
use steady_websocket_server::store::{Postgres, Redis};
use steady_websocket_server::{Limits, Sessions};

/// The environment variable with the store's address for the process below.
const STORE: &str = "STEADY_NODE_STORE";

#[tokio::test]
#[ignore = "a node for the tests below, in a process of its own"]
async fn node() {
    let store = std::env::var(STORE).expect("started by the tests below");
    let sessions = if store.starts_with("redis:") {
        Sessions::new(Redis::new(&store).unwrap(), Limits::default()).unwrap()
    } else {
        Sessions::new(Postgres::new(sqlx::PgPool::connect(&store).await.unwrap()), Limits::default()).unwrap()
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

/// Sends 400 messages to be echoed, and kills the node ten times meanwhile.
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
    // The echo of an acknowledged message is stored, even if it has not arrived yet.
    let complete = |client: &Client| client.texts().iter().collect::<BTreeSet<_>>() == wanted;
    client.persist(&node.address, "every echo", complete).await;
    let texts = client.texts();
    let doubled = texts.len() as u64 - all;
    println!(
        "{doubled} of {all} messages were handled twice; {unacknowledged} were unacknowledged when a node was killed"
    );
    assert!(doubled <= unacknowledged, "{doubled} > {unacknowledged}");
    // First occurrences are in order; repetitions may follow.
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
