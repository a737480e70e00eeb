//! Runs the examples, which are built together with the tests.

use crate::client::Client;
use crate::services::bound_to_this_thread;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// A server in a separate process, which is killed on drop.
pub struct Process {
    child: Child,
    pub address: String,
}

impl Process {
    pub fn start(example: &str, arguments: &[&str]) -> Self {
        let program = std::env::current_exe().unwrap();
        let program = program.ancestors().nth(2).unwrap().join("examples").join(example);
        let mut command = bound_to_this_thread("KILL");
        command.arg(program).args(arguments);
        Self::spawn(command)
    }

    /// Waits until the program prints its address.
    pub fn spawn(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address =
            lines.map(Result::unwrap).find_map(|line| line.find("ws://").map(|at| line[at..].to_owned()));
        Self { child, address: address.unwrap() }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Two clients talk while the connection of one is cut repeatedly. Both receive the same messages, each once.
#[tokio::test]
async fn the_chat_loses_nothing() {
    let chat = Process::start("chat", &["0"]);
    let mut clients = [Client::new(), Client::new()];
    for client in &mut clients {
        client.connect(&chat.address).await.unwrap();
        client.until("the session", Client::is_live).await;
        // The client's own message comes back once it has joined.
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
    // The first client has also received the second one's hello.
    futures_util::future::join(
        steady.persist(&chat.address, "everything", |client| client.received.len() == 62),
        shaken.persist(&chat.address, "everything", |client| client.received.len() == 61),
    )
    .await;
    assert_eq!(steady.texts()[1..], shaken.texts()[..], "in the same order");
    let distinct: BTreeSet<String> = shaken.texts().into_iter().collect();
    assert_eq!(distinct.len(), 61);
}
