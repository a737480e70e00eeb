//! The Rust API over a network in memory, as an app's own tests use it.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "clippy does not know these tests for tests")]

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;
use steady_websocket::network::{Accept, Error, Network, Options, Peer, Refuse};
use steady_websocket::{Event, Heartbeat, Marks, OpenError, Retry, WebSocket};

const URL: &str = "wss://app.test/live";

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn network() -> Network {
    Network::new(Options { latency: ms(10), ..Options::default() }).unwrap()
}

/// Accepts everything, and keeps the servers' ends.
fn accepting(network: &Network) -> Rc<RefCell<Vec<Peer>>> {
    let peers: Rc<RefCell<Vec<Peer>>> = Rc::default();
    let kept = peers.clone();
    let accept = move |request: steady_websocket::network::Request| {
        kept.borrow_mut().push(request.accept(Accept::default()).unwrap());
    };
    network.listen(URL, accept).unwrap();
    peers
}

fn every_100_ms() -> Retry {
    Retry { first: 100, floor: 100, ceiling: 100, ..Retry::default() }
}

#[test]
fn messages_pass_in_both_directions() {
    let network = network();
    let peers = accepting(&network);
    network
        .run(async {
            let mut socket = WebSocket::open(URL).unwrap();
            socket.opened().await.unwrap();
            assert_eq!(network.now(), ms(40));
            let peer = peers.borrow()[0].clone();
            socket.send("up").await.unwrap();
            assert_eq!(peer.next().await.unwrap().bytes(), b"up");
            peer.send(vec![1, 2]).unwrap();
            assert_eq!(socket.next().await.unwrap().as_bytes(), [1, 2]);
            let end = socket.close(3000, "bye").await.unwrap();
            assert_eq!((end.code, end.was_clean), (3000, true));
            assert_eq!(peer.next().await, None);
        })
        .unwrap();
    assert!(network.text().contains("code=3000 reason=\"bye\""));
}

#[test]
fn it_reconnects_after_a_cut_and_sends_what_was_queued() {
    let network = network();
    let peers = accepting(&network);
    network
        .run(async {
            let socket = WebSocket::builder(URL).reconnect(every_100_ms()).open().unwrap();
            let mut events = socket.events();
            assert_eq!(events.next().await, Some(Event::Open { attempt: 1 }));
            peers.borrow()[0].cut().unwrap();
            let lost = network.now() + ms(10);
            assert!(matches!(events.next().await, Some(Event::Reconnecting { attempt: 2, .. })));
            assert_eq!(network.now(), lost);
            socket.send_now("queued").unwrap();
            assert_eq!(events.next().await, Some(Event::Open { attempt: 2 }));
            assert_eq!(network.now(), lost + ms(100 + 40));
            let peer = peers.borrow()[1].clone();
            assert_eq!(peer.next().await.unwrap().bytes(), b"queued");
        })
        .unwrap();
}

#[test]
fn a_heartbeat_notices_a_silent_peer() {
    let network = network();
    let peers = accepting(&network);
    network
        .run(async {
            let heartbeat = Heartbeat::new("ping").every(ms(1000)).timeout(ms(500));
            let builder = WebSocket::builder(URL).reconnect(every_100_ms()).heartbeat(heartbeat);
            let socket = builder.open().unwrap();
            let mut events = socket.events();
            assert_eq!(events.next().await, Some(Event::Open { attempt: 1 }));
            let opened = network.now();
            peers.borrow()[0].silence().unwrap();
            assert!(matches!(events.next().await, Some(Event::Reconnecting { .. })));
            assert_eq!(network.now() - opened, ms(1500));
        })
        .unwrap();
}

#[test]
fn a_sender_waits_for_a_peer_that_does_not_read() {
    let network = Network::new(Options { buffer: 1000, ..Options::default() }).unwrap();
    let peers = accepting(&network);
    network
        .run(async {
            let socket = WebSocket::builder(URL).flow(Marks { high: 5000, low: 1000 }).open().unwrap();
            socket.opened().await.unwrap();
            let peer = peers.borrow()[0].clone();
            peer.stop_reading().unwrap();
            let sent = Rc::new(Cell::new(0));
            let (sender, count) = (socket.as_ref().clone(), sent.clone());
            network.spawn(async move {
                for _ in 0..20 {
                    sender.send(vec![0; 1000]).await.unwrap();
                    count.set(count.get() + 1);
                }
            });
            network.sleep(ms(5000)).await;
            assert!(sent.get() < 10, "{}", sent.get());
            assert!(socket.buffered_amount() >= 5000);
            peer.resume_reading().unwrap();
            network.sleep(ms(1000)).await;
            assert_eq!((sent.get(), socket.buffered_amount()), (20, 0));
        })
        .unwrap();
}

#[test]
fn a_peer_with_a_full_inbox_stops_reading() {
    const MIB: usize = 1024 * 1024;
    for (size, most) in [(10, 65_536), (MIB, 16)] {
        let network = Network::new(Options { buffer: 1000, ..Options::default() }).unwrap();
        let peers = accepting(&network);
        network
            .run(async {
                let socket = WebSocket::open(URL).unwrap();
                socket.opened().await.unwrap();
                let peer = peers.borrow_mut().remove(0);
                let count = most + if size == MIB { 10 } else { 1000 };
                for _ in 0..count {
                    socket.send_now(vec![0; size]).unwrap();
                }
                network.sleep(ms(10_000)).await;
                // Two buffers are full, and one segment was read too many.
                let left = ((count - most) * size) as u64 - socket.buffered_amount();
                assert!(left < 3000, "{left}");
                for _ in 0..most {
                    assert_eq!(peer.next().await.unwrap().len(), size);
                }
                network.sleep(ms(10_000)).await;
                assert_eq!(socket.buffered_amount(), 0);
                for _ in 0..most {
                    socket.send_now(vec![0; size]).unwrap();
                }
                network.sleep(ms(10_000)).await;
                assert!(socket.buffered_amount() > 0);
                // Nobody can read it any more.
                drop(peer);
                network.sleep(ms(10_000)).await;
                assert_eq!(socket.buffered_amount(), 0);
            })
            .unwrap();
    }
}

#[test]
fn a_refused_handshake_is_tried_again_with_a_fresh_token() {
    let network = network();
    network
        .listen("wss://app.test/*", |request| {
            let accepted = if request.url.ends_with("token=2") {
                request.accept(Accept::default()).map(|_| ())
            } else {
                request.refuse(Refuse::with(401))
            };
            accepted.unwrap();
        })
        .unwrap();
    network
        .run(async {
            let tokens = Cell::new(0);
            let address = move || {
                tokens.set(tokens.get() + 1);
                std::future::ready(format!("{URL}?token={}", tokens.get()))
            };
            let socket = WebSocket::builder(address).reconnect(every_100_ms()).open().unwrap();
            socket.opened().await.unwrap();
            assert_eq!(socket.stats().attempts, 2);
        })
        .unwrap();
}

#[test]
fn offline_is_told_to_the_sockets() {
    let network = network();
    let peers = accepting(&network);
    network
        .run(async {
            let retry = Retry { first: 60_000, floor: 60_000, ceiling: 60_000, ..Retry::default() };
            let socket = WebSocket::builder(URL).reconnect(retry).open().unwrap();
            socket.opened().await.unwrap();
            let mut events = socket.events();
            peers.borrow()[0].cut().unwrap();
            assert!(matches!(events.next().await, Some(Event::Reconnecting { .. })));
            network.set_offline(true);
            network.sleep(ms(5000)).await;
            network.set_offline(false);
            let online = network.now();
            assert_eq!(events.next().await, Some(Event::Open { attempt: 2 }));
            // Not after the minute of the backoff.
            assert!(network.now() - online < ms(5000), "{:?}", network.now() - online);
        })
        .unwrap();
}

#[test]
fn a_fault_of_the_fault_server_can_be_asked_for() {
    let network = network();
    network.listen("wss://app.test/*", |request| request.fault("/violate?how=rsv").unwrap()).unwrap();
    let end = network.run(async { WebSocket::open(URL).unwrap().closed().await }).unwrap();
    assert_eq!((end.code, end.was_clean), (1006, false));
    // The client's Close frame is on its way.
    network.advance(ms(10)).unwrap();
    assert!(network.text().contains("code=1002"));
}

#[test]
fn waiting_for_nothing_is_an_error_that_says_for_what() {
    let network = network();
    network.listen(URL, |_| ()).unwrap();
    let socket = WebSocket::open(URL).unwrap();
    let error = network.run(socket.opened()).unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, Error::Stalled { .. }));
    assert!(text.contains("the client is connecting, the server has not answered the request"), "{text}");
}

#[test]
fn wrong_uses_are_errors() {
    let network = network();
    assert!(matches!(Network::new(Options::default()), Err(Error::State { method: "new", .. })));
    network.listen(URL, |_| ()).unwrap();
    assert!(matches!(network.listen(URL, |_| ()), Err(Error::Argument { argument: "url", .. })));
    network
        .run(async {
            assert!(matches!(network.advance(ms(1)), Err(Error::State { method: "advance", .. })));
            assert!(matches!(network.run(async {}), Err(Error::State { method: "run", .. })));
        })
        .unwrap();
    network.advance(ms(1)).unwrap();
    assert_eq!(network.now(), ms(1));
}

#[test]
fn the_browser_is_back_in_its_place_when_the_network_is_dropped() {
    let socket = {
        let network = network();
        accepting(&network);
        let socket = WebSocket::builder(URL).steady().open().unwrap();
        network.run(socket.opened()).unwrap().unwrap();
        network.spawn(std::future::pending());
        socket
    };
    drop(socket);
    assert!(matches!(WebSocket::open(URL), Err(OpenError::NoBrowser)));
    drop(network());
}

#[test]
fn the_same_seed_gives_the_same_wire() {
    let capture = |seed| {
        let options = Options { seed, latency: ms(10), ..Options::default() };
        let network = Network::new(options).unwrap();
        network.listen(URL, |request| request.fault("/drop?after=1").unwrap()).unwrap();
        let socket = WebSocket::builder(URL).steady().open().unwrap();
        socket.send_now("x").unwrap();
        network.advance(Duration::from_secs(60)).unwrap();
        network.pcapng()
    };
    assert_eq!(capture(1), capture(1));
    assert_ne!(capture(1), capture(2));
}

/// Drops a socket when its thread ends, and reports whether that panicked.
struct AtExit {
    socket: Option<WebSocket>,
    reports: std::sync::mpsc::Sender<bool>,
}

impl Drop for AtExit {
    fn drop(&mut self) {
        let socket = self.socket.take();
        let dropped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(socket)));
        let _ = self.reports.send(dropped.is_ok());
    }
}

/// One of the two is dropped after what the crate itself keeps for each thread, whatever the order.
#[test]
fn a_socket_may_be_dropped_by_the_end_of_its_thread() {
    thread_local! {
        static EARLY: RefCell<Option<AtExit>> = const { RefCell::new(None) };
        static LATE: RefCell<Option<AtExit>> = const { RefCell::new(None) };
        static NETWORK: RefCell<Option<Network>> = const { RefCell::new(None) };
    }
    let (reports, reported) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        EARLY.with_borrow(|_| ());
        let network = network();
        accepting(&network);
        let open = || {
            let socket = WebSocket::builder(URL).steady().open().unwrap();
            network.run(socket.opened()).unwrap().unwrap();
            socket.send_now("on its way").unwrap();
            Some(AtExit { socket: Some(socket), reports: reports.clone() })
        };
        let (early, late) = (open(), open());
        EARLY.set(early);
        LATE.set(late);
        NETWORK.set(Some(network));
    });
    thread.join().unwrap();
    assert_eq!(reported.iter().collect::<Vec<_>>(), [true, true]);
}
