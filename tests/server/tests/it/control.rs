//! The control port.

use crate::support::{silent_raw, start, until_end};
use serde_json::json;
use std::io::{ErrorKind, Read, Write};
use std::time::Duration;
use tokio_tungstenite::tungstenite::{Error, Message};

#[test]
fn every_answer_may_be_read_across_origins() {
    let server = start();
    let answer = server.request("OPTIONS", "/log", b"");
    assert_eq!(answer.status, 204);
    for line in
        ["access-control-allow-origin: *", "access-control-allow-methods: get, head, post, delete, options"]
    {
        assert!(answer.head.contains(line), "{}", answer.head);
    }
    assert!(server.request("GET", "/health", b"").head.contains("access-control-allow-origin: *\r\n"));
    assert_eq!(server.get("/health")["ok"], true);
}

#[test]
fn a_connection_may_carry_several_requests() {
    let server = start();
    let mut tcp = crate::support::connect(server.http);
    let ask = b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n";
    tcp.write_all(&[&ask[..], ask].concat()).unwrap();
    for _ in 0..2 {
        let head = crate::support::read_head(&mut tcp).to_lowercase();
        let length =
            head.split("content-length: ").nth(1).unwrap().split('\r').next().unwrap().parse().unwrap();
        let mut body = vec![0; length];
        tcp.read_exact(&mut body).unwrap();
        assert!(body.starts_with(b"{"));
    }
}

#[test]
fn the_log_is_kept_by_tag_and_cleared() {
    let server = start();
    let mut one = server.open("/echo?id=one");
    let mut two = server.open("/echo?id=two");
    for client in [&mut one, &mut two] {
        client.say("x");
        client.hear();
    }
    assert_eq!(server.get("/log")["connections"].as_array().unwrap().len(), 2);
    assert_eq!(server.get("/log?id=one")["connections"][0]["target"], "/echo?id=one");
    assert!(server.get("/log?id=one&brief")["connections"][0].get("received").is_none());
    drop(one);
    server.ended("one");
    server.json("DELETE", "/log", b"");
    let log = server.get("/log");
    assert_eq!(log["connections"].as_array().unwrap().len(), 1, "a live connection stays");
    assert_eq!(
        (&log["connections"][0]["id"], &log["connections"][0]["messages"]),
        (&json!("two"), &json!(0))
    );
    let late = server.get("/log?id=two&messages=9&timeout_ms=20");
    assert_eq!(late["complete"], false);
}

#[test]
fn the_port_stops_listening_and_starts_again() {
    let server = start();
    let mut before = server.open("/echo");
    assert_eq!(server.post("/stop-listening")["listening"], false);
    match server.try_open("/echo", &[]) {
        Err(Error::Io(error)) => assert_eq!(error.kind(), ErrorKind::ConnectionRefused),
        other => panic!("{:?}", other.map(|_| ())),
    }
    before.say("still here");
    assert_eq!(before.hear(), "still here");
    assert_eq!(server.post("/start-listening")["listening"], true);
    let _again = server.open("/echo");
    assert_eq!(server.post("/stop-listening?kill")["connections"], 2);
    before.dropped();
}

#[test]
fn kill_ends_matching_connections_only() {
    let server = start();
    let mut reset = server.open_raw("/echo?id=a");
    let mut ended = server.open_raw("/sink?id=b");
    let mut stays = server.open("/echo?id=c");
    assert_eq!(server.post("/kill?id=a")["connections"], 1);
    assert_eq!(reset.read(&mut [0]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_eq!(server.post("/kill?id=b&mode=fin")["connections"], 1);
    assert_eq!(until_end(&mut ended).1.unwrap(), 0);
    assert_eq!(server.ended("a")["end"], json!({ "how": "killed", "mode": "rst" }));
    stays.say("x");
    assert_eq!(stays.hear(), "x");
}

#[test]
fn close_and_say_reach_a_connection() {
    let server = start();
    let mut client = server.open("/sink?id=x");
    server.json("POST", "/say?id=x", "grüße".as_bytes());
    assert_eq!(client.hear(), "grüße");
    server.json("POST", "/say?id=x&kind=binary", b"\xff");
    assert_eq!(client.0.read().unwrap(), Message::binary(vec![0xff]));
    assert_eq!(server.post("/close?id=x&code=1013&reason=later")["connections"], 1);
    assert_eq!(client.closed(), (1013, "later".to_owned()));
    assert_eq!(server.request("POST", "/say?id=x", b"\xff").status, 400);
}

#[test]
fn modes_override_the_path() {
    let server = start();
    server.post("/mode?do=refuse&status=502&n=1");
    server.post("/mode?do=1013&n=1");
    server.post("/mode?do=blackhole&n=1&id=hole");
    server.post("/mode?path=%2Fflood%3Fn%3D1%26size%3D2&n=1");
    assert!(matches!(server.try_open("/echo", &[]), Err(Error::Http(answer)) if answer.status() == 502));
    assert_eq!(server.open("/echo").closed().0, 1013);
    assert_eq!(server.open("/echo").hear(), "0 ");
    silent_raw(&mut server.ask_raw("/echo?id=hole"), 40);
    assert_eq!(server.get("/mode"), json!({ "modes": [] }));
    assert_eq!(server.request("POST", "/mode?do=nothing", b"").status, 400);
    server.post("/mode?do=accept-drop");
    assert_eq!(until_end(&mut server.open_raw("/echo")).0, b"");
    server.json("DELETE", "/mode", b"");
    server.open("/echo").say("x");
}

#[test]
fn silence_and_pause_act_from_now() {
    let server = start();
    let mut client = server.open("/echo?id=s");
    client.say("before");
    client.hear();
    server.post("/pause?id=s");
    client.say("unread");
    client.silent_for(30);
    server.post("/resume?id=s");
    assert_eq!(client.hear(), "unread");
    assert_eq!(server.post("/slow?id=s&rate=1000000")["connections"], 1);
    client.say("slowly");
    assert_eq!(client.hear(), "slowly");
    server.post("/silence?id=s");
    client.say("taken");
    client.silent_for(30);
    assert_eq!(server.get("/log?id=s&messages=4")["connections"][0]["messages"], 4);
}

#[test]
fn capacity_turns_the_crowd_away() {
    let server = start();
    server.post("/capacity?per_second=5");
    let opened = (0..10).filter(|_| server.try_open("/echo", &[]).is_ok()).count();
    assert!((1..=3).contains(&opened), "{opened}");
    std::thread::sleep(Duration::from_millis(210));
    assert!(server.try_open("/echo", &[]).is_ok());
    server.post("/capacity?per_second=0");
    assert!((0..10).all(|_| server.try_open("/echo", &[]).is_ok()));
}

#[test]
fn stats_count_handshakes_in_buckets() {
    let server = start();
    let _first = server.open("/echo");
    let _refused = server.try_open("/refuse", &[]);
    std::thread::sleep(Duration::from_millis(60));
    let _second = server.open("/echo");
    let stats = server.get("/stats?bucket_ms=50");
    assert_eq!((&stats["handshakes"], &stats["opened"]), (&json!(3), &json!(2)));
    let buckets: Vec<u64> =
        stats["buckets"].as_array().unwrap().iter().map(|it| it.as_u64().unwrap()).collect();
    assert_eq!((buckets[0], buckets.iter().sum::<u64>()), (2, 3));
    assert_eq!(server.get("/log?ended=1")["complete"], true);
    assert_eq!(server.get("/stats")["connections"], 2);
    server.json("DELETE", "/stats", b"");
    assert_eq!(server.get("/stats")["handshakes"], 0);
}
