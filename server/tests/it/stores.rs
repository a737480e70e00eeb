//! Every store passes the conformance kit, and its sessions survive a crash of the store.

use crate::client::Client;
use crate::node::{Node, echo};
use crate::nodes::two_nodes;
use crate::services::{Service, postgres, postgres_store, redis, redis_store, until_it_answers};
use steady_session::Loss;
use steady_websocket_server::store::{Store, kit};
use steady_websocket_server::{Limits, Refusal, Sessions};

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
    let node = Node::start(Sessions::new(store.clone(), Limits::default()), echo).await;
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

/// A session whose stored data is invalid ends with a reason; other sessions continue.
async fn corrupt_entry<S: Store + Clone>(store: S, corrupt: impl AsyncFnOnce(String)) {
    let first = Node::start(Sessions::new(store.clone(), Limits::default()), echo).await;
    let second = Node::start(Sessions::new(store, Limits::default()), echo).await;
    let mut clients = [Client::new(), Client::new()];
    for client in &mut clients {
        client.connect(&first.address).await.unwrap();
        client.until("the session", Client::is_live).await;
        client.cut().await;
    }
    let [broken, whole] = &mut clients;
    let welcome = broken.control.iter().find_map(|text| text.strip_prefix("\u{10}W")).unwrap();
    corrupt(welcome[..32].to_owned()).await;
    broken.connect(&second.address).await.unwrap();
    broken.until("the end", |client| client.machine.is_over()).await;
    assert_eq!(broken.loss(), Some(Loss::Refused(Refusal::Store)));
    whole.connect(&second.address).await.unwrap();
    whole.send("whole").await;
    whole.until("the echo", |client| client.received.len() == 1).await;
}

#[tokio::test]
async fn postgres_has_a_corrupt_entry() {
    let service = postgres().await;
    let store = postgres_store(&service).await;
    corrupt_entry(store, async |id| {
        let pool = sqlx::PgPool::connect(&service.address).await.unwrap();
        let corrupt = "UPDATE steady_sessions SET accepted = 7 WHERE encode(id, 'hex') = $1";
        let changed = sqlx::query(corrupt).bind(id).execute(&pool).await.unwrap();
        assert_eq!(changed.rows_affected(), 1);
    })
    .await;
}

#[tokio::test]
async fn redis_has_a_corrupt_entry() {
    let service = redis().await;
    let store = redis_store(&service).await;
    corrupt_entry(store, async |id| {
        let client = redis::Client::open(service.address.as_str()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let mut command = redis::cmd("HSET");
        command.arg(format!("{{steady}}:session:{id}")).arg("identity").arg("nobody");
        let added: u64 = command.query_async(&mut connection).await.unwrap();
        assert_eq!(added, 0, "the session is there");
    })
    .await;
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
