//! Wrong uses are errors that name the argument, and change nothing.

use crate::support::{URL, ms, open};
use steady_network::{Connect, Error, Limits, Network, Options};

#[test]
fn options() {
    let wrong = |options| Network::new(options).unwrap_err().to_string();
    assert!(wrong(Options { bandwidth: Some(0), ..Options::default() }).starts_with("`bandwidth`"));
    assert!(wrong(Options { buffer: 0, ..Options::default() }).starts_with("`buffer`"));
    assert!(wrong(Options { latency: ms(3_600_001), ..Options::default() }).starts_with("`latency`"));
}

#[test]
fn urls() {
    let mut network = Network::new(Options::default()).unwrap();
    for url in ["", "peer.test", "ftp://peer.test/", "ws://", "ws://a b/", "ws://h:x/"] {
        let error = network.connect(Connect::to(url)).unwrap_err();
        assert!(matches!(error, Error::Argument { argument: "url", .. }), "{url}: {error}");
    }
    network.listen(URL).unwrap();
    assert!(network.listen("WS://PEER.TEST:80/").unwrap_err().to_string().starts_with("`url`"));
    assert!(network.listen("ws://peer.test/?a").is_err());
    assert!(network.listen("ws://u:p@peer.test/").unwrap_err().to_string().contains("credentials"));
}

#[test]
fn names() {
    let mut network = Network::new(Options::default()).unwrap();
    let mut argument = |connect| match network.connect(connect) {
        Err(Error::Argument { argument, .. }) => argument,
        other => panic!("{other:?}"),
    };
    let protocols = |list: &[&str]| list.iter().map(|&name| name.to_owned()).collect();
    assert_eq!(argument(Connect { protocols: protocols(&["a", "a"]), ..Connect::to(URL) }), "protocols");
    assert_eq!(argument(Connect { protocols: protocols(&["a b"]), ..Connect::to(URL) }), "protocols");
    let headers = vec![("X".to_owned(), "a\r\nb".to_owned())];
    assert_eq!(argument(Connect { headers, ..Connect::to(URL) }), "headers");
    assert_eq!(argument(Connect { origin: Some("\n".to_owned()), ..Connect::to(URL) }), "origin");
}

#[test]
fn the_past() {
    let mut network = Network::new(Options::default()).unwrap();
    network.next_event(ms(10)).unwrap();
    assert!(matches!(network.next_event(ms(9)), Err(Error::Argument { argument: "until", .. })));
    assert_eq!(network.now(), ms(10));
}

#[test]
fn sockets() {
    let mut network = Network::new(Options::default()).unwrap();
    network.listen(URL).unwrap();
    let id = network.connect(Connect::to(URL)).unwrap();
    assert!(matches!(network.send(id, "x"), Err(Error::State { method: "send", .. })));
    assert!(matches!(network.peer(id).unwrap().send("x"), Err(Error::State { method: "send", .. })));
    let (mut network, id) = open(Options::default());
    for code in [0, 999, 1001, 1005, 2999, 5000] {
        assert!(matches!(network.close(id, Some(code), ""), Err(Error::Argument { argument: "code", .. })));
    }
    let long = "x".repeat(124);
    assert!(matches!(network.close(id, None, &long), Err(Error::Argument { argument: "reason", .. })));
    network.peer(id).unwrap().cut().unwrap();
    assert!(matches!(network.peer(id).unwrap().send("x"), Err(Error::State { method: "send", .. })));
    assert!(matches!(network.peer(id).unwrap().cut(), Err(Error::State { method: "cut", .. })));
    network.next_event(ms(100)).unwrap();
    while network.next_event(ms(100)).unwrap().is_some() {}
    assert_eq!(network.send(id, "x"), Err(Error::Unknown));
    assert_eq!(network.peer(id).err(), Some(Error::Unknown));
}

#[test]
fn limits() {
    let limits = Limits { connections: 1, message: 10, ..Limits::default() };
    let (mut network, id) = open(Options { limits, ..Options::default() });
    let error = network.connect(Connect::to(URL)).unwrap_err();
    assert_eq!(error, Error::Limit { limit: "connections", value: 1 });
    assert_eq!(network.send(id, "01234567890"), Err(Error::Limit { limit: "message", value: 10 }));
}
