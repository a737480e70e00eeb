//! The JSON in the README is the server's output.

use crate::support::{command, start};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

/// Returns the README's blocks of JSON: the line at the start, and a connection in the log.
fn shown() -> [&'static str; 2] {
    let parts = include_str!("../../README.md").split("```json\n").skip(1);
    let blocks: Vec<&str> = parts.map(|part| part.split("```").next().unwrap()).collect();
    blocks.try_into().unwrap()
}

#[test]
fn the_line_at_the_start() {
    let mut server = command(&["--with-parent"]).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    drop(server.stdin.take());
    server.wait().unwrap();
    // Ports differ, and have no fixed length.
    let words = |line: &str| line.split(|c: char| c.is_ascii_digit()).collect::<String>();
    assert_eq!(words(&line), words(shown()[0]));
}

/// Times differ: only their type is compared.
fn timeless(value: &mut Value) {
    match value {
        Value::Array(all) => all.iter_mut().for_each(timeless),
        Value::Object(fields) => {
            for (name, value) in fields {
                if matches!(name.as_str(), "arrived" | "opened" | "ended" | "at") {
                    assert!(value.is_f64(), "{name}: {value}");
                    *value = Value::Null;
                }
                timeless(value);
            }
        }
        _ => {}
    }
}

#[test]
fn a_connection_in_the_log() {
    let server = start();
    let mut client = server.open("/echo?id=a");
    client.0.send(Message::text("hi")).unwrap();
    client.0.send(Message::binary(vec![0, 1, 255])).unwrap();
    // Both echoes are back, so the log is complete.
    client.0.read().unwrap();
    client.0.read().unwrap();
    client.0.close(Some(CloseFrame { code: 3000.into(), reason: "".into() })).unwrap();
    client.closed();
    let (mut logged, mut shown) = (server.ended("a"), serde_json::from_str(shown()[1]).unwrap());
    timeless(&mut logged);
    timeless(&mut shown);
    assert_eq!(logged, shown);
}
