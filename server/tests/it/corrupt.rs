//! Corrupt entries of a store: the session ends with a reason, and the others go on.

use crate::client::Client;
use crate::node::{Node, abandoned, echo};
use crate::services::{postgres, postgres_store, redis, redis_store};
use std::time::Duration;
use steady_session::{Loss, Write};
use steady_websocket_server::store::{Bits, Entry, Memory, Record, Store};
use steady_websocket_server::{Limits, Refusal, Sessions};

const LONG: Duration = Duration::from_secs(60);

async fn live(node: &Node) -> Client {
    let mut client = Client::new();
    client.connect(&node.address).await.unwrap();
    client.until("the session", Client::is_live).await;
    client
}

/// Corrupts sessions in each of these ways. The client reconnects to another node, or stays at its own, and is informed;
/// another session continues.
async fn ends_with_a_reason<S: Store + Clone, C: Copy + std::fmt::Debug>(
    store: S,
    ways: &[C],
    corrupt: impl AsyncFn(C, Bits),
) {
    let first = Node::start(Sessions::new(store.clone(), Limits::default()).unwrap(), echo).await;
    let second = Node::axum(Sessions::new(store, Limits::default()).unwrap(), echo).await;
    let mut whole = live(&first).await;
    for way in ways {
        for node in [&second, &first] {
            let mut broken = live(&first).await;
            broken.send("whole").await;
            broken.until("the echo", |client| client.received.len() == 1).await;
            broken.cut().await;
            corrupt(*way, broken.id()).await;
            broken.connect(&node.address).await.unwrap();
            broken.send("broken").await;
            broken.until(&format!("the end, {way:?}"), |client| client.machine.is_over()).await;
            assert_eq!(broken.loss(), Some(Loss::Refused(Refusal::Store)), "{way:?}");
        }
    }
    let next = whole.received.len() + 1;
    whole.send("whole").await;
    whole.until("the echo", |client| client.received.len() == next).await;
    whole.cut().await;
    whole.connect(&second.address).await.unwrap();
    whole.send("whole").await;
    whole.until("the echo", |client| client.received.len() == next + 1).await;
}

/// Corrupts sessions that are connected, in each of these ways: the next write finds it.
async fn is_found_by_the_next_write<S: Store, C: Copy + std::fmt::Debug>(
    store: S,
    ways: &[C],
    corrupt: impl AsyncFn(C, Bits),
) {
    let node = Node::start(Sessions::new(store, Limits::default()).unwrap(), echo).await;
    let mut whole = live(&node).await;
    for way in ways {
        let mut broken = live(&node).await;
        corrupt(*way, broken.id()).await;
        broken.send("broken").await;
        broken.until(&format!("the end, {way:?}"), |client| client.machine.is_over()).await;
        assert_eq!(broken.loss(), Some(Loss::Refused(Refusal::Store)), "{way:?}");
    }
    whole.send("whole").await;
    whole.until("the echo", |client| client.received.len() == 1).await;
    assert_eq!(node.sessions.counters().store_failures, 0, "the store was never away");
}

/// Leases of other sessions are renewed, and run out.
async fn leases_go_on<S: Store, C: Copy>(store: S, ways: &[C], corrupt: impl AsyncFn(C, Bits)) {
    for (number, way) in (10..).zip(ways) {
        let (broken, lasting, gone) = (abandoned(number), abandoned(number + 100), abandoned(number + 200));
        for one in [&broken, &lasting, &gone] {
            store.create(one, Duration::ZERO).await.unwrap();
        }
        corrupt(*way, broken.id).await;
        let owned = [&broken, &lasting].map(|record| (record.id, record.current.nonce));
        store.renew(&owned, LONG).await.unwrap();
        store.renew(&owned[..1], Duration::ZERO).await.unwrap();
        store.expire(LONG).await.unwrap();
        assert_eq!(store.load(lasting.id).await.unwrap(), Some(lasting));
        let ended = store.load(gone.id).await.unwrap().unwrap().end.unwrap();
        assert_eq!((ended.why, ended.handled), (Refusal::Expired, 5));
    }
}

#[tokio::test]
async fn a_corrupt_entry_in_memory() {
    let store = Memory::new();
    ends_with_a_reason(store.clone(), &[()], async |(), id| {
        let Record { current, seq, .. } = store.load(id).await.unwrap().unwrap();
        let write = Write::Handled { count: u64::MAX, cost: 1 };
        store.write(id, &[Entry { seq: seq + 1, owner: current.nonce, write }]).await.unwrap();
    })
    .await;
}

const ROWS: &[&str] = &[
    "UPDATE steady_sessions SET accepted = 7 WHERE id = $1",
    "UPDATE steady_sessions SET handled = -1 WHERE id = $1",
    "UPDATE steady_sessions SET handled = 9223372036854775807 WHERE id = $1",
    "UPDATE steady_sessions SET acked = 9223372036854775807 WHERE id = $1",
    "UPDATE steady_sessions SET acked = 9223372036854775807, accepted = -9223372036854775808 WHERE id = $1",
    "UPDATE steady_sessions SET identity = 'nobody' WHERE id = $1",
    "UPDATE steady_sessions SET own_window = 0 WHERE id = $1",
    "UPDATE steady_sessions SET secret = 'short' WHERE id = $1",
    "UPDATE steady_sessions SET owner = 'short' WHERE id = $1",
    "UPDATE steady_sessions SET end_why = 'nonsense' WHERE id = $1",
    "INSERT INTO steady_messages SELECT $1, number, 1, 1, 'x' FROM generate_series(2, 60) AS number",
];

#[tokio::test]
async fn a_corrupt_entry_in_postgres() {
    let service = postgres().await;
    let store = postgres_store(&service).await;
    let pool = sqlx::PgPool::connect(&service.address).await.unwrap();
    let corrupt = async |row: &str, id: Bits| {
        let changed = sqlx::query(sqlx::AssertSqlSafe(row)).bind(&id.0[..]).execute(&pool).await.unwrap();
        assert!(changed.rows_affected() > 0, "{row}");
    };
    ends_with_a_reason(store.clone(), ROWS, corrupt).await;
    let written = [ROWS[1], ROWS[8], "INSERT INTO steady_messages VALUES ($1, 1, 1, 1, 'x')"];
    is_found_by_the_next_write(store.clone(), &written, corrupt).await;
    leases_go_on(store, ROWS, corrupt).await;
}

/// Commands for the keys of a session: its hash `%h` and its stream `%s`.
const COMMANDS: &[&str] = &[
    "HSET %h identity nobody",
    "HSET %h accepted many",
    "HSET %h handled many",
    "HSET %h handled 18446744073709551615",
    "HSET %h acked 18446744073709551615",
    "HSET %h window 0",
    "HSET %h owner short",
    "HSET %h end nonsense",
    "HDEL %h seq",
    "HDEL %h acked accepted",
    "SET %h text",
    "SET %s text",
    "XADD %s 77-0 text x cost 1",
    "XADD %s 77-0 nonsense x",
];

#[tokio::test]
async fn a_corrupt_entry_in_redis() {
    let service = redis().await;
    let store = redis_store(&service).await;
    let client = redis::Client::open(service.address.as_str()).unwrap();
    let connection = client.get_multiplexed_async_connection().await.unwrap();
    let corrupt = async |command: &str, id: Bits| {
        let command = command.replace("%h", &format!("{{steady}}:session:{id}"));
        let command = command.replace("%s", &format!("{{steady}}:messages:{id}"));
        let mut words = command.split(' ');
        let mut asked = redis::cmd(words.next().unwrap());
        asked.arg(words.collect::<Vec<_>>());
        asked.query_async::<redis::Value>(&mut connection.clone()).await.unwrap();
    };
    ends_with_a_reason(store.clone(), COMMANDS, corrupt).await;
    let written =
        [COMMANDS[1], COMMANDS[2], COMMANDS[8], COMMANDS[9], COMMANDS[10], COMMANDS[11], COMMANDS[12]];
    is_found_by_the_next_write(store.clone(), &written, corrupt).await;
    leases_go_on(store, COMMANDS, corrupt).await;
}
