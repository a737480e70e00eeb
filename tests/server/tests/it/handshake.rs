//! Sub-protocols, refusals, and handshakes that never come.

use crate::support::{read_head, silent_raw, start};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Error;

#[test]
fn the_first_sub_protocol_is_chosen_unless_one_is_named() {
    let server = start();
    for (path, chosen) in [
        ("/echo", Some("a")),
        ("/echo?protocol=b", Some("b")),
        ("/echo?protocol=c", None),
        ("/echo?protocol=", None),
    ] {
        // The client itself objects to an answer without a sub-protocol when it offered some.
        let got = match server.try_open(path, &["a", "b"]) {
            Ok((_, response)) => {
                response.headers().get("sec-websocket-protocol").map(|it| it.to_str().unwrap().into())
            }
            Err(Error::Protocol(_)) => None::<String>,
            Err(other) => panic!("{other}"),
        };
        assert_eq!(got.as_deref(), chosen, "{path}");
    }
}

#[test]
fn protocol_says_what_was_chosen_then_echoes() {
    let server = start();
    let (mut client, _) = server.open_offering("/protocol?protocol=b&id=p", &["a", "b"]);
    let said: Value = serde_json::from_str(&client.hear()).unwrap();
    assert_eq!((&said["offered"], &said["chosen"]), (&json!(["a", "b"]), &json!("b")));
    assert_eq!(server.get("/log?id=p")["connections"][0]["protocol"], "b");
    client.say("and on");
    assert_eq!(client.hear(), "and on");
}

#[test]
fn any_status_refuses() {
    let server = start();
    for status in [200, 302, 401, 404, 502, 599] {
        let path = format!("/refuse?status={status}&id=s{status}&location=/echo");
        match server.try_open(&path, &[]) {
            Err(Error::Http(response)) => assert_eq!(response.status(), status),
            other => panic!("{:?}", other.map(|_| ())),
        }
        assert_eq!(server.ended(&format!("s{status}"))["end"], json!({ "how": "refused", "status": status }));
    }
}

#[test]
fn a_flawed_answer_is_a_flaw_only() {
    let server = start();
    let head =
        |how: &str| read_head(&mut server.ask_raw(&format!("/refuse?how={how}&id={how}"))).to_lowercase();
    let good = "sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=\r\n";
    let wrong_key = head("accept-key");
    assert!(wrong_key.contains("sec-websocket-accept: ") && !wrong_key.contains(good), "{wrong_key}");
    let wrong_protocol = head("protocol");
    assert!(wrong_protocol.contains(good) && wrong_protocol.contains("sec-websocket-protocol: nobody"));
    let wrong_extension = head("extension");
    assert!(wrong_extension.contains(good) && wrong_extension.contains("sec-websocket-extensions: x-nobody"));
    assert_eq!(server.ended("accept-key")["end"]["how"], "flawed handshake");
}

#[test]
fn a_handshake_may_never_be_answered() {
    let server = start();
    for path in ["/refuse?how=never&id=never", "/blackhole?id=hole"] {
        let mut tcp = server.ask_raw(path);
        silent_raw(&mut tcp, 50);
    }
    for id in ["never", "hole"] {
        let connection = server.ended(id);
        assert_eq!(
            (&connection["opened"], &connection["end"]["how"]),
            (&Value::Null, &json!("never answered"))
        );
    }
}

#[test]
fn a_handshake_may_be_late() {
    let server = start();
    let mut client = server.open("/echo?delay_ms=60&id=late");
    client.say("x");
    client.hear();
    let connection = &server.get("/log?id=late")["connections"][0];
    assert!(connection["opened"].as_f64().unwrap() - connection["arrived"].as_f64().unwrap() >= 59.0);
}

#[test]
fn an_unknown_path_or_parameter_is_refused_with_400() {
    let server = start();
    for path in ["/nothing", "/close?code=many", "/drop?when=never", "/violate?how=politely"] {
        match server.try_open(path, &[]) {
            Err(Error::Http(response)) => assert_eq!(response.status(), 400, "{path}"),
            other => panic!("{path}: {:?}", other.map(|_| ())),
        }
    }
}

#[test]
fn the_control_port_speaks_websocket_too() {
    let server = start();
    let (mut client, _) = server.try_open_at(server.http, "/echo", &[]).unwrap();
    client.say("same origin");
    assert_eq!(client.hear(), "same origin");
}
