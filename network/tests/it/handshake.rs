//! The opening handshake, and its refusals.

use crate::support::{URL, closed, events, ms, open, peer_closed, run};
use steady_network::{Accept, Connect, Error, Event, Network, Options, ReadyState, Refuse};

fn network() -> Network {
    Network::new(Options { latency: ms(10), ..Options::default() }).unwrap()
}

fn failed(id: steady_network::ConnectionId) -> [Event; 2] {
    [Event::Error { connection: id }, closed(id, 1006, "", false)]
}

#[test]
fn a_request_has_what_was_asked_for() {
    let mut network = network();
    let listener = network.listen("wss://chat.test/room/*").unwrap();
    let id = network
        .connect(Connect {
            protocols: vec!["a".to_owned(), "b".to_owned()],
            origin: Some("https://app.test".to_owned()),
            headers: vec![("Cookie".to_owned(), "token=1".to_owned())],
            ..Connect::to("wss://chat.test/room/1?user=2#part")
        })
        .unwrap();
    assert_eq!(network.ready_state(id), ReadyState::Connecting);
    let Some(Event::Request { connection, listener: at, request }) = network.next_event(ms(1000)).unwrap()
    else {
        panic!("a request");
    };
    assert_eq!((connection, at, network.now()), (id, listener, ms(30)));
    assert_eq!(request.url, "wss://chat.test/room/1?user=2");
    assert_eq!(request.protocols, ["a", "b"]);
    assert_eq!(request.origin.as_deref(), Some("https://app.test"));
    assert_eq!(request.header("cookie"), Some("token=1"));
    let accept = Accept { protocol: Some("b".to_owned()), ..Accept::default() };
    network.peer(id).unwrap().accept(accept).unwrap();
    let opened = network.next_event(ms(1000)).unwrap();
    let expected = Event::Open { connection: id, protocol: "b".to_owned(), extensions: String::new() };
    assert_eq!((opened, network.now()), (Some(expected), ms(40)));
}

#[test]
fn where_nobody_listens_it_fails_after_two_latencies() {
    let mut network = network();
    let id = network.connect(Connect::to(URL)).unwrap();
    let log = run(&mut network, ms(1000));
    assert_eq!(log.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [ms(20), ms(20)]);
    assert_eq!(events(log), failed(id));
    assert_eq!(network.connections(), 0);
}

#[test]
fn a_path_for_which_nobody_listens_is_refused_with_404() {
    let mut network = network();
    network.listen("ws://peer.test/one").unwrap();
    let id = network.connect(Connect::to("ws://peer.test/other")).unwrap();
    assert_eq!(events(run(&mut network, ms(1000))), failed(id));
    assert!(network.wire().text().contains("HTTP/1.1 404 Not Found"), "{}", network.wire().text());
}

#[test]
fn the_longest_pattern_wins_and_a_listener_can_end() {
    let mut network = network();
    let all = network.listen("ws://peer.test/*").unwrap();
    let some = network.listen("ws://peer.test/some/*").unwrap();
    let one = network.listen("ws://peer.test/some/one").unwrap();
    let mut at = |path: &str| {
        network.connect(Connect::to(format!("ws://peer.test{path}"))).unwrap();
        let until = network.now() + ms(1000);
        match network.next_event(until).unwrap() {
            Some(Event::Request { connection, listener, .. }) => {
                network.peer(connection).unwrap().refuse(Refuse::with(403)).unwrap();
                run(&mut network, until);
                listener
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!([at("/"), at("/some/one"), at("/some/other")], [all, one, some]);
    network.unlisten(one).unwrap();
    assert!(network.unlisten(one).is_err());
    network.listen("ws://peer.test/some/one").unwrap();
}

#[test]
fn a_refusal_fails_it() {
    let mut network = network();
    network.listen(URL).unwrap();
    let id = network.connect(Connect::to(URL)).unwrap();
    network.next_event(ms(1000)).unwrap();
    let refuse = Refuse { body: b"no".to_vec(), ..Refuse::with(403) };
    network.peer(id).unwrap().refuse(refuse).unwrap();
    let [error, end] = failed(id);
    assert_eq!(events(run(&mut network, ms(1000))), [peer_closed(id, 1006, "", false), error, end]);
    assert_eq!(network.connections(), 0);
}

#[test]
fn offline_it_fails_at_once_but_not_within_the_call() {
    let mut network = network();
    network.listen(URL).unwrap();
    network.set_offline(true);
    let id = network.connect(Connect::to(URL)).unwrap();
    assert_eq!(network.ready_state(id), ReadyState::Connecting);
    let log = run(&mut network, ms(0));
    assert_eq!(events(log), failed(id));
}

#[test]
fn closing_while_connecting_fails_it() {
    // Until 20 ms the server has no connection; at 30 ms it has the request.
    for (time, heard) in [(5, 0), (15, 0), (25, 2), (35, 1)] {
        let mut network = network();
        network.listen(URL).unwrap();
        let id = network.connect(Connect::to(URL)).unwrap();
        run(&mut network, ms(time));
        network.close(id, None, "").unwrap();
        let log = events(run(&mut network, ms(5000)));
        assert_eq!(log[..2], failed(id), "at {time} ms");
        assert_eq!(log[2..].len(), heard, "at {time} ms: {log:?}");
        assert_eq!(network.connections(), 0, "at {time} ms");
    }
}

#[test]
fn an_answer_that_is_never_given_leaves_it_connecting() {
    let mut network = network();
    network.listen(URL).unwrap();
    let id = network.connect(Connect::to(URL)).unwrap();
    network.next_event(ms(1000)).unwrap();
    assert_eq!(network.next_event(ms(600_000)), Ok(None));
    assert_eq!(network.ready_state(id), ReadyState::Connecting);
}

#[test]
fn accepting_twice_is_an_error() {
    let (mut network, id) = open(Options::default());
    let twice = network.peer(id).unwrap().accept(Accept::default());
    assert_eq!(twice, Err(Error::State { method: "accept", problem: "the request is answered already" }));
    assert!(network.peer(id).unwrap().refuse(Refuse::with(403)).is_err());
}

#[test]
fn what_was_not_offered_cannot_be_accepted() {
    let mut network = network();
    network.listen(URL).unwrap();
    let id = network.connect(Connect::to(URL)).unwrap();
    network.next_event(ms(1000)).unwrap();
    let accept = Accept { protocol: Some("x".to_owned()), ..Accept::default() };
    let error = network.peer(id).unwrap().accept(accept).unwrap_err();
    assert_eq!(error.to_string(), "`protocol` was not offered: x");
    let accept = Accept { extensions: Some("x".to_owned()), ..Accept::default() };
    let error = network.peer(id).unwrap().accept(accept).unwrap_err();
    assert_eq!(error.to_string(), "`extensions` were not offered: x");
    // It can still be accepted correctly.
    network.peer(id).unwrap().accept(Accept::default()).unwrap();
}

#[test]
fn a_sub_protocol_that_is_not_chosen_fails_it() {
    let mut network = network();
    network.listen(URL).unwrap();
    let connect = Connect { protocols: vec!["a".to_owned()], ..Connect::to(URL) };
    let id = network.connect(connect).unwrap();
    network.next_event(ms(1000)).unwrap();
    network.peer(id).unwrap().accept(Accept::default()).unwrap();
    assert_eq!(events(run(&mut network, ms(1000)))[..2], failed(id));
}

#[test]
fn raw_answers_are_judged() {
    for answer in [
        "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n",
        "nonsense\r\n\r\n",
    ] {
        let mut network = network();
        network.listen(URL).unwrap();
        let id = network.connect(Connect::to(URL)).unwrap();
        network.next_event(ms(1000)).unwrap();
        network.peer(id).unwrap().write(answer.as_bytes()).unwrap();
        assert_eq!(events(run(&mut network, ms(1000)))[..2], failed(id), "{answer}");
    }
}

#[test]
fn connections_to_one_host_are_made_one_after_the_other() {
    let mut network = network();
    network.listen("ws://peer.test/*").unwrap();
    network.listen("ws://peer.test:81/*").unwrap();
    let urls = ["ws://peer.test/1", "ws://peer.test/2", "ws://peer.test/3", "ws://peer.test:81/"];
    let [one, two, three, other] = urls.map(|url| network.connect(Connect::to(url)).unwrap());
    assert!(network.waiting().contains("the client waits for another connection to this host"));
    // It waits no more, and the third does not wait for it.
    network.close(two, None, "").unwrap();
    let opened: Vec<_> = run(&mut network, ms(1000))
        .into_iter()
        .filter_map(|(at, event)| match event {
            Event::Open { connection, .. } => Some((at, connection)),
            _ => None,
        })
        .collect();
    assert_eq!(opened, [(ms(40), one), (ms(40), other), (ms(80), three)]);
}

#[test]
fn a_connection_that_fails_lets_the_next_one_begin() {
    let mut network = network();
    let [one, two] = [0, 1].map(|_| network.connect(Connect::to(URL)).unwrap());
    let log = run(&mut network, ms(1000));
    let expected = [failed(one).map(|event| (ms(20), event)), failed(two).map(|event| (ms(40), event))];
    assert_eq!(log, expected.concat());
}

#[test]
fn credentials_of_the_url_are_sent_as_a_header_field() {
    let mut network = network();
    network.listen(URL).unwrap();
    network.connect(Connect::to("ws://a%C3%A9:b%@peer.test/")).unwrap();
    let Some(Event::Request { request, .. }) = network.next_event(ms(1000)).unwrap() else { panic!() };
    assert_eq!((request.url.as_str(), request.header("authorization")), (URL, Some("Basic YcOpOmIl")));
}
