//! The faults of the fault server's README, in memory: the client sees what a browser's class shows there.

use crate::support::ms;
use std::time::Duration;
use steady_network::faults::{Fault, Target};
use steady_network::{Connect, ConnectionId, Error, Event, Message, Network, Options};

const README: &str = include_str!("../../../tests/server/README.md");

fn network(bandwidth: Option<u64>) -> Network {
    let options = Options { latency: ms(5), buffer: 1000, bandwidth, ..Options::default() };
    let mut network = Network::new(options).unwrap();
    network.listen("ws://server.test/*").unwrap();
    network
}

/// Returns what a client sees, in words; it sends `messages` when it is open.
fn told(network: &mut Network, id: ConnectionId, until: Duration, messages: &[&str]) -> Vec<String> {
    let mut told = Vec::new();
    while let Some(event) = network.next_event(until).unwrap() {
        match event {
            Event::Request { connection, request, .. } => {
                let target = request.url.strip_prefix("ws://server.test").unwrap().to_owned();
                network.peer(connection).unwrap().fault(&target).unwrap();
            }
            Event::Open { connection, .. } if connection == id => {
                told.push("open".to_owned());
                for message in messages {
                    network.send(id, *message).unwrap();
                }
            }
            Event::Message { connection, message } if connection == id => told.push(match message {
                Message::Text(text) => text,
                Message::Binary(bytes) => format!("{bytes:?}"),
            }),
            Event::Error { connection } if connection == id => told.push("error".to_owned()),
            Event::Closed { connection, code, reason, clean, .. } if connection == id => {
                let clean = if clean { " clean" } else { "" };
                told.push(format!("close {code}{clean}{reason}"));
            }
            _ => {}
        }
    }
    told
}

fn see(target: &str, messages: &[&str]) -> Vec<String> {
    let mut network = network(None);
    let id = network.connect(Connect::to(format!("ws://server.test{target}"))).unwrap();
    let seen = told(&mut network, id, Duration::from_secs(100), messages);
    let _ = network.close(id, None, "");
    told(&mut network, id, Duration::from_secs(300), &[]);
    assert_eq!(network.connections(), 0, "{target}");
    seen
}

#[test]
fn each_does_what_the_readme_says() {
    let failed = ["error", "close 1006"];
    let violated = ["open", "error", "close 1006"];
    let lost = ["open", "close 1006"];
    let echoed = ["open", "a", "b"];
    let ways: Vec<(&str, &[&str])> = vec![
        ("/echo", &echoed),
        ("/", &echoed),
        ("/broadcast", &echoed),
        ("/broadcast?own=0", &["open"]),
        ("/flood?n=3&size=4", &["open", "0 xx", "1 xx", "2 xx", "a", "b"]),
        ("/flood?n=1&kind=binary&size=5", &["open", "[0, 0, 0, 0, 165]", "a", "b"]),
        ("/flood?n=1&kind=unicode&size=5", &["open", "0 €", "a", "b"]),
        ("/flood?n=2&size=1&rate=10&then=close", &["open", "0", "1", "close 1000 clean"]),
        ("/flood?n=1&size=1&start=message", &["open", "0", "0"]),
        ("/sink", &["open"]),
        ("/sink?read=stop", &["open"]),
        ("/sink?read=slow&rate=100&after=1&for_ms=100", &["open"]),
        ("/close", &["open", "close 1000 clean"]),
        ("/close?code=4000&reason=%20why&after=2", &["open", "a", "b", "close 4000 clean why"]),
        ("/close?code=none&after_ms=50", &["open", "a", "b", "close 1005 clean"]),
        ("/close?code=1006", &violated),
        ("/refuse", &failed),
        ("/refuse?status=302&location=/x%0d%0ay:z", &failed),
        ("/refuse?how=accept-key", &failed),
        ("/refuse?how=protocol", &failed),
        ("/refuse?how=extension", &failed),
        ("/refuse?how=never", &[]),
        ("/blackhole", &[]),
        ("/accept-drop", &lost),
        ("/accept-drop?mode=rst", &lost),
        ("/drop?when=before&after=2", &["open", "a", "close 1006"]),
        ("/drop?when=within&after=1", &lost),
        ("/drop?when=after&after=2", &["open", "a", "b", "close 1006"]),
        ("/drop?when=after&after=2&mode=rst", &["open", "a", "b", "close 1006"]),
        ("/drop?when=reading&bytes=8", &["open", "a", "close 1006"]),
        ("/half-open?after=1", &["open", "a"]),
        ("/violate?how=opcode", &violated),
        ("/violate?how=masked", &violated),
        ("/violate?how=utf8", &violated),
        ("/violate?how=oversize", &violated),
        ("/violate?how=length", &violated),
        ("/violate?how=fragmented-control", &violated),
        ("/violate?how=close-code", &violated),
        ("/violate?how=close-length", &violated),
        ("/violate?how=close-utf8", &violated),
        ("/violate?how=rsv", &violated),
        ("/violate?how=continuation", &violated),
        ("/violate?how=interleave", &violated),
        ("/violate?how=data-after-close", &violated),
        ("/violate?after=2", &["open", "a", "b", "error", "close 1006"]),
        ("/echo?delay_ms=500&protocol=x", &echoed),
    ];
    for (target, expected) in &ways {
        assert_eq!(see(target, &["a", "b"]), *expected, "{target}");
    }
    // The README's rows, without anything after the first parameter.
    for row in README.lines().filter(|line| line.starts_with("| `/")) {
        for name in row.split('|').nth(1).unwrap().split(',') {
            let name = name.trim().trim_matches('`');
            Fault::parse(&Target::parse(name)).unwrap();
            let shown = ways.iter().any(|(target, _)| target.starts_with(name)) || name == "/protocol";
            assert!(shown, "{name} is not tried");
        }
    }
}

#[test]
fn the_handshake_is_reported() {
    let mut network = network(None);
    let connect = Connect {
        protocols: vec!["a".to_owned(), "b".to_owned()],
        origin: Some("https://app.test".to_owned()),
        headers: vec![("Cookie".to_owned(), "a=\"b\"".to_owned())],
        ..Connect::to("ws://server.test/protocol?protocol=b")
    };
    let id = network.connect(connect).unwrap();
    let report = concat!(
        r#"{"offered":["a","b"],"chosen":"b","extensions":null,"origin":"https://app.test","#,
        r#""cookie":"a=\"b\"","target":"/protocol?protocol=b"}"#
    );
    assert_eq!(told(&mut network, id, ms(100), &[]), ["open", report]);
}

#[test]
fn a_room_passes_messages_on() {
    let mut network = network(None);
    let url = "ws://server.test/broadcast?room=x";
    let first = network.connect(Connect::to(url)).unwrap();
    let second = network.connect(Connect::to(format!("{url}&own=0"))).unwrap();
    let other = network.connect(Connect::to("ws://server.test/broadcast")).unwrap();
    told(&mut network, first, ms(100), &[]);
    network.send(first, "one").unwrap();
    network.send(second, "two").unwrap();
    let mut heard = Vec::new();
    while let Some(event) = network.next_event(ms(200)).unwrap() {
        if let Event::Message { connection, message } = event {
            heard.push((connection, message));
        }
    }
    let (one, two) = (Message::from("one"), Message::from("two"));
    assert_eq!(heard, [(first, one.clone()), (second, one), (first, two)]);
    assert!(network.connections() == 3 && other > second);
}

#[test]
fn a_flood_has_a_rate_and_gives_way_to_the_link() {
    let mut slow = network(None);
    let id = slow.connect(Connect::to("ws://server.test/flood?n=0&rate=100")).unwrap();
    // Open at 20 ms; one every 10 ms, which take 5 ms.
    assert_eq!(told(&mut slow, id, ms(20 + 1000), &[]).len(), 1 + 101);
    let options = Options { bandwidth: Some(3400), ..Options::default() };
    let mut narrow = Network::new(options).unwrap();
    narrow.listen("ws://server.test/*").unwrap();
    let id = narrow.connect(Connect::to("ws://server.test/flood?n=0")).unwrap();
    told(&mut narrow, id, ms(1000), &[]);
    // Frames of 34 bytes, and segments of 1,460.
    let seen = told(&mut narrow, id, ms(11_000), &[]).len();
    assert!((1000 - 43..=1000 + 43).contains(&seen), "{seen}");
}

#[test]
fn wrong_uses_are_errors() {
    let mut network = network(None);
    let id = network.connect(Connect::to("ws://server.test/x")).unwrap();
    assert!(matches!(network.peer(id).unwrap().fault("/echo"), Err(Error::State { method: "fault", .. })));
    network.next_event(ms(1000)).unwrap();
    let mut wrong = |target: &str| network.peer(id).unwrap().fault(target).unwrap_err().to_string();
    assert_eq!(wrong("/x"), "`fault` no behaviour /x");
    assert_eq!(wrong("/close?code=x"), "`fault` code: x is not a number in range");
    assert!(wrong("/flood?n=0").contains("time would stand still"));
    network.peer(id).unwrap().fault("/echo").unwrap();
    assert!(matches!(network.peer(id).unwrap().fault("/echo"), Err(Error::State { method: "fault", .. })));
}
