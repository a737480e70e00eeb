//! Connections that end badly, or not at all.

use crate::support::{client_frame, silent_raw, start, until_end};
use serde_json::json;
use std::io::{ErrorKind, Read, Write};
use tokio_tungstenite::tungstenite::Message;

#[test]
fn a_drop_is_before_within_or_after_a_frame() {
    let server = start();
    for (when, left) in [("before", &b""[..]), ("within", b"\x81\x06ab"), ("after", b"\x81\x06abcdef")] {
        let mut tcp = server.open_raw(&format!("/drop?when={when}&after=2&id={when}"));
        tcp.write_all(&client_frame(0x81, b"1")).unwrap();
        tcp.write_all(&client_frame(0x81, b"abcdef")).unwrap();
        let (bytes, result) = until_end(&mut tcp);
        assert!(result.is_ok(), "{result:?}");
        assert_eq!(bytes, [b"\x81\x011", left].concat(), "{when}");
        drop(tcp);
        let connection = server.ended(when);
        assert_eq!(connection["end"], json!({ "how": "dropped", "mode": "fin" }));
        assert_eq!(connection["messages"], 2);
    }
}

#[test]
fn a_drop_at_open_needs_no_message() {
    let server = start();
    let (bytes, _) = until_end(&mut server.open_raw("/drop?when=within&size=20"));
    assert_eq!(bytes.len(), 11);
    let (bytes, _) = until_end(&mut server.open_raw("/drop?when=before&after_ms=30"));
    assert_eq!(bytes, b"");
}

#[test]
fn a_drop_may_be_a_reset() {
    let server = start();
    let mut tcp = server.open_raw("/drop?when=before&after=1&mode=rst");
    tcp.write_all(&client_frame(0x81, b"1")).unwrap();
    assert_eq!(tcp.read(&mut [0]).unwrap_err().kind(), ErrorKind::ConnectionReset);
}

#[test]
fn a_drop_may_be_within_what_the_client_sends() {
    let server = start();
    let mut client = server.open("/drop?when=reading&bytes=5000&id=r");
    for _ in 0..10 {
        // The connection may end before the last of them.
        let _ = client.0.send(Message::binary(vec![0; 992]));
    }
    client.dropped();
    drop(client);
    let connection = server.ended("r");
    // 1000 bytes on the wire each, the header included.
    assert_eq!((&connection["messages"], &connection["end"]["how"]), (&json!(5), &json!("dropped")));
}

#[test]
fn accept_drop_opens_and_is_gone() {
    let server = start();
    assert_eq!(until_end(&mut server.open_raw("/accept-drop?id=a")).0, b"");
    let connection = server.ended("a");
    assert!(connection["opened"].is_number());
    assert_eq!(connection["end"]["how"], "dropped");
}

#[test]
fn half_open_takes_and_never_answers() {
    let server = start();
    let mut tcp = server.open_raw("/half-open?after=1&id=h");
    tcp.write_all(&client_frame(0x81, b"1")).unwrap();
    let mut echo = [0; 3];
    tcp.read_exact(&mut echo).unwrap();
    assert_eq!(&echo, b"\x81\x011");
    for frame in [client_frame(0x81, b"2"), client_frame(0x89, b""), client_frame(0x88, &[0x03, 0xe8])] {
        tcp.write_all(&frame).unwrap();
    }
    silent_raw(&mut tcp, 60);
    // What it accepted is in the log all the same.
    let log = server.get("/log?id=h&messages=2");
    assert_eq!(
        (&log["connections"][0]["messages"], &log["connections"][0]["end"]),
        (&json!(2), &json!(null))
    );
    drop(tcp);
    assert_eq!(server.ended("h")["end"]["by"], "client");
}
