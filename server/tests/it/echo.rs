//! Every message exactly once and in order, both ways, wherever the connection is cut.

use crate::client::Client;
use crate::node::{Node, echo};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use steady_session::ClientInput;
use steady_websocket_server::store::{Bits, Entry, Failure, Head, Memory, Record, Store, Swap};
use steady_websocket_server::{Limits, Sessions};

/// Sends `count` messages over connections that are cut after `frames` frames, and expects one echo of each.
async fn survives_cuts(node: &Node, count: usize, frames: u32) {
    let mut client = Client::new();
    let sent: Vec<String> = (0..count).map(|number| format!("{number}")).collect();
    // Cut established sessions only: with fewer frames none could be established.
    client.connect(&node.address).await.unwrap();
    client.until("the session", Client::is_live).await;
    for text in &sent {
        client.frames = client.frames.or(Some(frames));
        client.send(text).await;
        if !client.is_connected() {
            client.frames = None;
            client.persist(&node.address, "the session", Client::is_live).await;
            client.frames = Some(frames);
        }
    }
    let mut cuts = 0;
    while client.received.len() < count || client.machine.stats().acknowledged < count as u64 {
        if !client.is_connected() {
            cuts += 1;
            client.frames = None;
            client.persist(&node.address, "the session", Client::is_live).await;
            client.frames = Some(frames + cuts);
        }
        client.turn().await;
    }
    assert_eq!(client.texts(), sent, "cut after {frames} frames");
    assert_eq!(client.machine.stats().acknowledged, count as u64);
    client.frames = None;
    if client.is_connected() {
        client.cut().await;
    }
    client.connect(&node.address).await.unwrap();
    client.until("the session", Client::is_live).await;
    client.input(ClientInput::Close).await;
    client.until("the end", |client| client.machine.is_over()).await;
    assert_eq!(client.loss(), None);
}

#[tokio::test]
async fn cut_after_any_frame() {
    let node = Node::start(Sessions::new(Memory::new(), Limits::default()).unwrap(), echo).await;
    for frames in 0..40 {
        survives_cuts(&node, 60, frames).await;
    }
    let counters = node.sessions.counters();
    assert_eq!((counters.opened, counters.accepted, counters.received), (40, 2_400, 2_400), "{counters:?}");
    assert!(counters.resumed > 40, "{counters:?}");
}

#[tokio::test]
async fn on_axum() {
    let node = Node::axum(Sessions::new(Memory::new(), Limits::default()).unwrap(), echo).await;
    for frames in [3, 7, 20] {
        survives_cuts(&node, 100, frames).await;
    }
}

/// A store of which every third write has to wait.
#[derive(Default)]
struct Sometimes {
    store: Memory,
    writes: AtomicUsize,
}

impl Store for Sometimes {
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
        tokio::task::yield_now().await;
        self.store.write(id, entries).await
    }

    fn write_now(&self, id: Bits, entries: &[Entry]) -> Option<Result<u64, Failure>> {
        let waits = self.writes.fetch_add(1, Ordering::Relaxed).is_multiple_of(3);
        if waits { None } else { self.store.write_now(id, entries) }
    }

    async fn renew(&self, sessions: &[(Bits, Bits)], lease: Duration) -> Result<(), Failure> {
        self.store.renew(sessions, lease).await
    }

    async fn expire(&self, tombstone: Duration) -> Result<u64, Failure> {
        self.store.expire(tombstone).await
    }
}

/// The store refuses writes that are not in order, and then the session is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_writes_by_all_tasks_of_a_session() {
    let node = Node::start(Sessions::new(Sometimes::default(), Limits::default()).unwrap(), echo).await;
    for frames in [5, 23, 200] {
        survives_cuts(&node, 400, frames).await;
    }
}
