//! Three nodes behind nginx, which knows nothing of sessions: under load both ways, nodes are killed and started again, the
//! store, too, nginx is reloaded, and connections are cut. Nothing is lost, all is in order, and nothing is doubled but what
//! the promise names.

use crate::app::TABLE;
use crate::client::SOON;
use crate::cluster::Cluster;
use crate::load::{Journal, Load, Run, Sums};
use crate::services::{Service, postgres, postgres_store, redis, redis_store};
use futures_util::future::join_all;
use std::cell::Cell;
use tokio::sync::watch;
use tokio::time::timeout;

const CLIENTS: u64 = 4;
/// Says how often everything is broken, for longer runs.
const ROUNDS: &str = "STEADY_ROUNDS";

fn rounds() -> usize {
    std::env::var(ROUNDS).map_or(8, |number| number.parse().expect(ROUNDS))
}

/// Waits until this number is greater by so much.
async fn grows(number: &watch::Sender<u64>, by: u64) {
    let mut number = number.subscribe();
    let target = *number.borrow() + by;
    let has_grown = timeout(SOON, number.wait_for(|number| *number >= target)).await;
    assert!(has_grown.is_ok(), "no progress");
}

/// Breaks everything in turn, always under load.
async fn disrupt(cluster: &mut Cluster, mut store: Option<&mut Service>, run: &Run) -> Sums {
    let mut sums = Sums::default();
    let count = cluster.nodes.len();
    for round in 0..rounds() {
        grows(&run.progress, 400).await;
        if count > 1 {
            // Two of them, now and then.
            let last = round + usize::from(round % 4 == 3);
            for victim in round..=last {
                cluster.kill(victim % count);
                sums.kills += 1;
            }
            grows(&run.progress, 200).await;
            for victim in round..=last {
                cluster.nodes[victim % count].restart().await;
            }
        }
        if round % 3 == 1 {
            cluster.proxy.reload();
            sums.reloads += 1;
            grows(&run.ended, 1).await;
        }
        if round % 4 == 2
            && let Some(store) = &mut store
        {
            grows(&run.progress, 200).await;
            store.kill();
            sums.crashes += 1;
            store.restart().await;
        }
    }
    grows(&run.progress, 400).await;
    run.ends.set(true);
    sums
}

async fn survives(address: &str, nodes: usize, store: Option<&mut Service>) -> (Vec<Load>, Sums) {
    let mut cluster = Cluster::start(address, nodes).await;
    let front = cluster.proxy.address().to_owned();
    let mut clients: Vec<Load> = (0..CLIENTS).map(Load::new).collect();
    let run = Run { progress: watch::Sender::new(0), ended: watch::Sender::new(0), ends: Cell::new(false) };
    let loads = join_all(clients.iter_mut().map(|client| client.run(&front, &run)));
    let (_, mut sums) = tokio::join!(loads, disrupt(&mut cluster, store, &run));
    let text = cluster.journal();
    let journal = Journal::parse(&text);
    for client in &clients {
        client.judge(&journal, &mut sums);
    }
    println!("{address}: {sums:?}");
    (clients, sums)
}

#[tokio::test]
async fn three_nodes_with_postgres() {
    let mut service = postgres().await;
    postgres_store(&service).await;
    let pool = sqlx::PgPool::connect(&service.address).await.unwrap();
    sqlx::raw_sql(TABLE).execute(&pool).await.unwrap();
    let address = service.address.clone();
    let (clients, _) = survives(&address, 3, Some(&mut service)).await;
    for client in &clients {
        client.judge_booked(&pool).await;
    }
}

#[tokio::test]
async fn three_nodes_with_redis() {
    let mut service = redis().await;
    redis_store(&service).await;
    let address = service.address.clone();
    survives(&address, 3, Some(&mut service)).await;
}

#[tokio::test]
async fn one_node_with_memory() {
    let (_, sums) = survives("memory", 1, None).await;
    // Nothing crashed, and no other node took over.
    assert_eq!((sums.doubled, sums.taken_over, sums.untold), (0, 0, 0), "{sums:?}");
}
