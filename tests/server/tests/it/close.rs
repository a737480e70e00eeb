//! Closing from either side.

use crate::support::{client_frame, start, until_end};
use serde_json::json;
use std::io::Write;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, frame::coding::CloseCode};

#[test]
fn the_server_closes_with_any_code_after_messages_or_time() {
    let server = start();
    let mut client = server.open("/close?code=4000&reason=b%C3%A4h+bye&after=2&id=c");
    for text in ["one", "two"] {
        client.say(text);
        assert_eq!(client.hear(), text);
    }
    assert_eq!(client.closed(), (4000, "bäh bye".to_owned()));
    let end = json!({ "how": "closed", "by": "server", "code": 4000, "reason": "bäh bye" });
    assert_eq!(server.ended("c")["end"], end);
    assert_eq!(server.open("/close?code=1012").closed().0, 1012);
    assert_eq!(server.open("/close?code=none").closed().0, 1005);
    assert_eq!(server.open("/close?after_ms=40").closed().0, 1000);
}

#[test]
fn an_illegal_code_is_sent_as_it_is() {
    let (bytes, _) = {
        let mut tcp = start_raw("/close?code=1006&reason=x");
        tcp.1.write_all(&client_frame(0x88, &[])).unwrap();
        until_end(&mut tcp.1)
    };
    assert_eq!(bytes, [0x88, 3, 0x03, 0xee, b'x']);
}

fn start_raw(path: &str) -> (crate::support::Server, std::net::TcpStream) {
    let server = start();
    let tcp = server.open_raw(path);
    (server, tcp)
}

#[test]
fn what_the_client_closed_with_is_in_the_log() {
    let server = start();
    let mut client = server.open("/echo?id=c");
    client.0.close(Some(CloseFrame { code: CloseCode::from(4001), reason: "enough".into() })).unwrap();
    assert_eq!(client.closed(), (4001, "enough".to_owned()));
    let connection = server.ended("c");
    assert_eq!(
        connection["end"],
        json!({ "how": "closed", "by": "client", "code": 4001, "reason": "enough" })
    );
    assert_eq!(connection["received"][0]["kind"], "close");
}

#[test]
fn a_client_that_just_leaves_is_an_eof() {
    let server = start();
    drop(server.open("/echo?id=left"));
    assert_eq!(server.ended("left")["end"], json!({ "how": "eof", "by": "client" }));
}
