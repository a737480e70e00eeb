//! Echo, broadcast, flood and sink.

use crate::support::start;
use std::time::{Duration, Instant};
use tokio_tungstenite::tungstenite::Message;

#[test]
fn echo_returns_every_kind_and_logs_it_in_order() {
    let server = start();
    let mut client = server.open("/echo?id=e");
    let long = "€".repeat(400_000);
    for message in [
        Message::text(""),
        Message::text("grüße"),
        Message::binary(vec![0, 1, 255]),
        Message::text(long.clone()),
        Message::binary(vec![7; 3_000_000]),
    ] {
        client.0.send(message.clone()).unwrap();
        assert_eq!(client.0.read().unwrap(), message);
    }
    client.0.send(Message::Ping(b"p".as_slice().into())).unwrap();
    assert_eq!(client.0.read().unwrap(), Message::Pong(b"p".as_slice().into()));
    let log = server.get("/log?id=e&messages=5");
    let connection = &log["connections"][0];
    assert_eq!(connection["messages"], 5);
    assert_eq!(connection["bytes"], 7 + 3 + 1_200_000 + 3_000_000);
    assert_eq!(connection["sent"]["messages"], 5);
    let received = connection["received"].as_array().unwrap();
    let kinds: Vec<_> = received.iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["text", "text", "binary", "text", "binary", "ping"]);
    assert_eq!(received[1]["text"], "grüße");
    // FNV-1a of 00 01 ff.
    assert_eq!(received[2]["hash"], "afaf581f");
    assert_eq!(received[3]["text"].as_str().unwrap().chars().count(), 256);
    assert!(received[3]["hash"].is_string());
}

#[test]
fn a_burst_is_echoed_in_order() {
    let server = start();
    let mut client = server.open("/echo?id=b&keep=10");
    for number in 0..2000 {
        client.0.write(Message::text(number.to_string())).unwrap();
    }
    client.0.flush().unwrap();
    for number in 0..2000 {
        assert_eq!(client.hear(), number.to_string());
    }
    let connection = server.get("/log?id=b")["connections"][0].clone();
    assert_eq!(
        (connection["messages"].as_u64(), connection["received"].as_array().unwrap().len()),
        (Some(2000), 10)
    );
}

#[test]
fn broadcast_reaches_its_room_only() {
    let server = start();
    let mut here = server.open("/broadcast?room=x");
    let mut there = server.open("/broadcast?room=x&own=0");
    let mut elsewhere = server.open("/broadcast?room=y");
    // Its own message coming back shows that the sender is in the room.
    here.say("first");
    assert_eq!((here.hear().as_str(), there.hear().as_str()), ("first", "first"));
    there.say("second");
    assert_eq!(here.hear(), "second");
    elsewhere.say("alone");
    assert_eq!(elsewhere.hear(), "alone");
    there.silent_for(30);
}

#[test]
fn a_flood_is_numbered_and_complete() {
    let server = start();
    let mut text = server.open("/flood?n=3000&size=8&then=close");
    for number in 0..3000 {
        let heard = text.hear();
        assert_eq!((heard.len(), heard.split(' ').next().unwrap()), (8, number.to_string().as_str()));
    }
    assert_eq!(text.closed().0, 1000);
    let mut binary = server.open("/flood?n=300&size=70000&kind=binary");
    for number in 0..300_u32 {
        let heard = binary.0.read().unwrap().into_data();
        assert_eq!((heard.len(), &heard[..4]), (70_000, number.to_be_bytes().as_slice()));
    }
    binary.say("then an echo");
    assert_eq!(binary.hear(), "then an echo");
}

#[test]
fn a_flood_keeps_its_rate_and_starts_when_asked() {
    let server = start();
    let mut client = server.open("/flood?n=21&rate=200&start=message");
    client.silent_for(30);
    for _ in 0..2 {
        client.say("go");
        let start = Instant::now();
        for _ in 0..21 {
            client.hear();
        }
        let took = start.elapsed();
        assert!(took >= Duration::from_millis(95) && took < Duration::from_millis(800), "{took:?}");
    }
}

#[test]
fn a_sink_takes_everything_and_says_nothing() {
    let server = start();
    let mut client = server.open("/sink?id=s");
    client.say("x");
    client.silent_for(30);
    client.0.close(None).unwrap();
    assert_eq!(server.ended("s")["end"]["by"], "client");
}

/// Writes until nothing more is accepted; returns the number of bytes.
fn fill(client: &mut crate::support::Client, limit: usize) -> usize {
    let tcp = client.0.get_ref();
    tcp.set_write_timeout(Some(Duration::from_millis(100))).unwrap();
    let mut taken = 0;
    while taken < limit {
        if client.0.send(Message::binary(vec![0; 65_536])).is_err() {
            break;
        }
        taken += 65_536;
    }
    taken
}

#[test]
fn a_sink_that_stops_is_felt_and_may_go_on() {
    let server = start();
    let limit = 64 * 1024 * 1024;
    let mut client = server.open("/sink?read=stop&buffer=8192&id=stop");
    assert!(fill(&mut client, limit) < limit);
    assert_eq!(server.get("/log?id=stop")["connections"][0]["messages"], 0);
    server.post("/resume?id=stop");
    assert_eq!(server.get("/log?id=stop&messages=1")["complete"], true);
    drop(client);

    let mut client = server.open("/sink?read=stop&after=1&for_ms=80&id=pause");
    client.say("read at once");
    assert_eq!(server.get("/log?id=pause&messages=1")["complete"], true);
    client.say("read later");
    let log = server.get("/log?id=pause&messages=2");
    let at = |index: usize| log["connections"][0]["received"][index]["at"].as_f64().unwrap();
    assert!(at(1) - at(0) >= 79.0, "{log}");
}

#[test]
fn a_stopped_sink_notices_that_its_peer_left() {
    let server = start();
    let mut client = server.open("/sink?read=stop&id=left");
    client.say("never read");
    drop(client);
    assert_eq!(server.ended("left")["end"]["how"], "broken");
}

#[test]
fn a_slow_sink_reads_at_its_rate() {
    let server = start();
    let mut client = server.open("/sink?read=slow&rate=20000&id=slow");
    let start = Instant::now();
    client.0.send(Message::binary(vec![0; 4000])).unwrap();
    assert_eq!(server.get("/log?id=slow&messages=1")["complete"], true);
    let took = start.elapsed();
    assert!(took >= Duration::from_millis(140) && took < Duration::from_secs(2), "{took:?}");
}
