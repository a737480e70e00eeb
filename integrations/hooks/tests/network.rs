//! What the hooks share, over a network in memory and in virtual time.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "clippy does not know these tests for tests"
)]

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use steady_websocket::network::{Accept, Network, Options, Peer, Request};
use steady_websocket::{Retry, SendError};
use steady_websocket_hooks::{Callbacks, Decoder, Handle, Setter, View, end, open, reconnect};

const URL: &str = "wss://app.test/live";

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

type Log = Rc<RefCell<Vec<String>>>;

/// A component that records what it is shown and told.
fn component() -> (Handle, Rc<View<String>>, Log) {
    let log = Log::default();
    fn shows<T: std::fmt::Debug + 'static>(log: &Log, what: &'static str) -> Setter<T> {
        let log = log.clone();
        Box::new(move |value| log.borrow_mut().push(format!("{what} {value:?}")))
    }
    let told = log.clone();
    let callbacks = Callbacks {
        configure: Some(Rc::new(|builder| {
            builder.reconnect(Retry { first: 100, floor: 100, ceiling: 100, ..Retry::default() })
        })),
        on_message: Some(Rc::new(move |text: String| told.borrow_mut().push(format!("told {text}")))),
        ..Callbacks::default()
    };
    let read: Decoder<String> = Rc::new(|message| Ok(message.as_text().unwrap().to_owned()));
    let view = View {
        callbacks: Rc::new(RefCell::new(callbacks)),
        read: Rc::new(RefCell::new(read)),
        ready_state: shows(&log, "state"),
        message: shows(&log, "message"),
        closed: shows(&log, "closed"),
        error: shows(&log, "error"),
    };
    (Handle::new(), Rc::new(view), log)
}

fn listen(network: &Network) -> Rc<RefCell<Vec<Peer>>> {
    let peers: Rc<RefCell<Vec<Peer>>> = Rc::default();
    let kept = peers.clone();
    let accept = move |request: Request| kept.borrow_mut().push(request.accept(Accept::default()).unwrap());
    network.listen(URL, accept).unwrap();
    peers
}

#[test]
fn a_component_reconnects_and_receives_every_message() {
    let network = Network::new(Options { latency: ms(10), ..Options::default() }).unwrap();
    let peers = listen(&network);
    let (handle, view, log) = component();
    assert_eq!(handle.send("too early"), Err(SendError::Closed));
    open(handle, &view, URL, Vec::new());
    handle.send("queued").unwrap();
    network.advance(ms(100)).unwrap();
    peers.borrow()[0].send("one").unwrap();
    peers.borrow()[0].send("two").unwrap();
    network.advance(ms(100)).unwrap();
    peers.borrow()[0].cut().unwrap();
    network.advance(ms(300)).unwrap();
    assert_eq!(peers.borrow().len(), 2, "it has reconnected");
    assert!(reconnect(handle));
    network.advance(ms(300)).unwrap();
    assert_eq!(peers.borrow().len(), 3);
    let seen = log.take();
    let of = |what: &str| seen.iter().filter(|line| line.starts_with(what)).cloned().collect::<Vec<_>>();
    assert_eq!(of("told"), ["told one", "told two"]);
    assert_eq!(of("message Some"), ["message Some(\"one\")", "message Some(\"two\")"]);
    assert_eq!(seen.last().map(String::as_str), Some("state Open"));
    end(handle);
    network.advance(ms(100)).unwrap();
    assert!(network.text().contains("code=1000"), "{}", network.text());
}

#[test]
fn an_unmounted_component_hears_nothing_more() {
    let network = Network::new(Options { latency: ms(10), ..Options::default() }).unwrap();
    let peers = listen(&network);
    let (handle, view, log) = component();
    open(handle, &view, URL, Vec::new());
    network.advance(ms(100)).unwrap();
    peers.borrow()[0].send("late").unwrap();
    end(handle);
    log.take();
    network.advance(ms(1000)).unwrap();
    assert_eq!(log.take(), Vec::<String>::new());
    assert!(network.text().contains("code=1000"), "{}", network.text());
    assert!(!reconnect(handle));
}
