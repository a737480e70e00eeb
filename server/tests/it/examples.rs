//! The examples, as they are built beside the tests.

use crate::client::Client;
use crate::services::bound_to_this_thread;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

/// An example in a process of its own.
pub struct Process {
    child: Child,
    pub address: String,
}

impl Process {
    pub fn start(example: &str, arguments: &[&str]) -> Self {
        let program = std::env::current_exe().unwrap();
        let program = program.ancestors().nth(2).unwrap().join("examples").join(example);
        let mut command = bound_to_this_thread("KILL");
        command.arg(program).args(arguments).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
        assert!(address.starts_with("ws://"), "{address:?}");
        Self { child, address: address.trim().to_owned() }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Two of them talk; the connection of one is cut again and again. Both read the same, each once.
#[tokio::test]
async fn the_chat_loses_nothing() {
    let chat = Process::start("chat", &["0"]);
    let mut clients = [Client::new(), Client::new()];
    for client in &mut clients {
        client.connect(&chat.address).await.unwrap();
        client.until("the session", Client::is_live).await;
        // Its own words come back as soon as it has joined.
        client.send("hello").await;
        client.until("an echo", |client| !client.received.is_empty()).await;
    }
    let [steady, shaken] = &mut clients;
    for number in 0..30 {
        steady.send(&format!("steady {number}")).await;
        shaken.send(&format!("shaken {number}")).await;
        if number % 5 == 0 {
            shaken.cut().await;
            shaken.connect(&chat.address).await.unwrap();
        }
    }
    // The first has read the second's hello, too.
    futures_util::future::join(
        steady.persist(&chat.address, "everything", |client| client.received.len() == 62),
        shaken.persist(&chat.address, "everything", |client| client.received.len() == 61),
    )
    .await;
    assert_eq!(steady.texts()[1..], shaken.texts()[..], "in the same order");
    let distinct: BTreeSet<String> = shaken.texts().into_iter().collect();
    assert_eq!(distinct.len(), 61);
}
