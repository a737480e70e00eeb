//! `/session`: an application with sessions behind the faults.

use crate::support::{Client, Server, start};
use serde_json::json;

fn connect(server: &Server) -> Client {
    let (mut client, answer) = server.open_offering("/session?id=s", &["steady.v1"]);
    assert_eq!(answer.headers()["sec-websocket-protocol"], "steady.v1");
    assert!(client.hear().starts_with("\u{10}H1 "));
    client
}

/// The next message that is no control frame.
fn message(client: &mut Client) -> String {
    loop {
        let text = client.hear();
        if !text.starts_with('\u{10}') {
            return text;
        }
    }
}

#[test]
fn a_session_outlives_the_connections_that_are_killed_and_closed() {
    let server = start();
    let mut client = connect(&server);
    client.say("\u{10}O1000");
    let welcome = client.hear();
    let keys: Vec<&str> = welcome.strip_prefix("\u{10}W").unwrap().split(' ').collect();
    client.say("0 a");
    assert_eq!(message(&mut client), "0 a");
    assert_eq!(server.post("/kill?id=s")["connections"], 1);
    client.dropped();

    let mut client = connect(&server);
    client.say(&format!("\u{10}R{} {} {} 1 0 1000", keys[0], keys[1], keys[2]));
    assert!(client.hear().starts_with("\u{10}K"));
    // The echo was not acknowledged.
    assert_eq!(message(&mut client), "0 a");
    client.say("1 b");
    assert_eq!(message(&mut client), "1 b");
    server.post("/close?id=s&code=1012");
    assert_eq!(client.closed().0, 1012);

    // What was handled, once; not what crossed the wire.
    let log = server.get("/log?id=s&connections=3");
    let texts = |of: &str| -> Vec<String> {
        let connections = log["connections"].as_array().unwrap().iter();
        let entries = connections.filter(|one| one["behaviour"] == of);
        let entries = entries.flat_map(|one| one["received"].as_array().unwrap());
        entries
            .filter(|one| one["kind"] == "text")
            .map(|one| one["text"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(json!(texts("session of /session")), json!(["0 a", "1 b"]));
    assert_eq!(json!(texts("session")), json!([]));
}

#[test]
fn a_client_without_sessions_gets_echoes() {
    let server = start();
    let mut client = server.open("/session");
    client.say("plain");
    assert_eq!(client.hear(), "plain");
}
