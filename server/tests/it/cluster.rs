//! Nodes in processes of their own behind nginx, with a store that they share.

use crate::app::{self, App};
use crate::node::Node;
use crate::proxy::Proxy;
use crate::services::{Folder, Service, bound_to_this_thread, free_port};
use std::env;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use steady_websocket_server::store::{Memory, Postgres, Redis};
use steady_websocket_server::{Limits, Sessions};

/// Environment variables of the process below.
const STORE: &str = "STEADY_NODE_STORE";
const PORT: &str = "STEADY_NODE_PORT";
const JOURNAL: &str = "STEADY_NODE_JOURNAL";
const LIBRARY: &str = "STEADY_NODE_LIBRARY";

#[tokio::test]
#[ignore = "a node for the tests behind nginx, in a process of its own"]
async fn node() {
    let told = |name| env::var(name).expect("started by the tests behind nginx");
    let mut limits = Limits::default();
    // So that senders wait for their clients.
    (limits.window, limits.queue) = (4 << 10, 4 << 10);
    let (store, mut pool) = (told(STORE), None);
    let sessions = if store == "memory" {
        Sessions::new(Memory::new(), limits).unwrap()
    } else if store.starts_with("redis:") {
        Sessions::new(Redis::new(&store).unwrap(), limits).unwrap()
    } else {
        let options = sqlx::postgres::PgPoolOptions::new().acquire_timeout(Duration::from_secs(2));
        let shared = pool.insert(options.connect_lazy(&store).unwrap());
        Sessions::new(Postgres::new(shared.clone()), limits).unwrap()
    };
    let app = App::new(Path::new(&told(JOURNAL)), pool);
    let handler = move |session| app.clone().run(session);
    let journal = PathBuf::from(told(JOURNAL));
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        app::write(&app::open(&journal), &format!("panicked - {}\n", std::process::id()));
        before(panic);
    }));
    let port: u16 = told(PORT).parse().unwrap();
    let _node = if told(LIBRARY) == "axum" {
        Node::axum_at(port, sessions, handler).await
    } else {
        Node::start_at(port, sessions, handler).await
    };
    std::future::pending::<()>().await;
}

/// The nodes, and nginx in front of them.
pub struct Cluster {
    pub proxy: Proxy,
    pub nodes: Vec<Service>,
    journal: PathBuf,
    _folder: Folder,
}

impl Cluster {
    pub async fn start(store: &str, count: usize) -> Self {
        let folder = Folder::new("nodes");
        let journal = folder.0.join("journal");
        let ports: Vec<u16> = (0..count).map(|_| free_port()).collect();
        let mut nodes = Vec::new();
        for (&port, library) in ports.iter().zip(["axum", "tungstenite"].into_iter().cycle()) {
            let (store, journal) = (store.to_owned(), journal.clone());
            let start = move || {
                let mut command = bound_to_this_thread("KILL");
                command.arg(env::current_exe().unwrap());
                command.args(["--exact", "cluster::node", "--ignored", "--nocapture"]);
                command.stdin(Stdio::null()).stdout(Stdio::null());
                command.env(STORE, &store).env(PORT, port.to_string());
                command.env(JOURNAL, &journal).env(LIBRARY, library);
                command
            };
            nodes.push(Service::new(start, port, format!("ws://127.0.0.1:{port}/")).await);
        }
        Self { proxy: Proxy::start(&ports).await, nodes, journal, _folder: folder }
    }

    /// Kills this node, and writes so into the journal.
    pub fn kill(&mut self, node: usize) {
        let node = &mut self.nodes[node];
        let pid = node.pid();
        node.kill();
        app::write(&app::open(&self.journal), &format!("killed - {pid}\n"));
    }

    /// Returns what the application has written in all processes so far.
    pub fn journal(&self) -> String {
        std::fs::read_to_string(&self.journal).unwrap()
    }
}
