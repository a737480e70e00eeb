//! Sockets with a session over a network in memory, against the server's machine of `steady-session`.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "clippy does not know these tests for tests"
)]

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};
use std::time::Duration;
use steady_session as session;
use steady_session::{Bits, Frame, Fresh, Incoming, ServerInput, cost_of_binary, cost_of_text, incoming};
use steady_websocket::network::{Accept, Message, Network, Options, Peer, Request};
use steady_websocket::{
    ConfigError, Event, Events, Gate, Heartbeat, Inbound, Marks, OpenError, Outgoing, Overflow, Queue,
    ReadyState, Retry, SendError, Session, SessionEvent, SessionFate, SessionLoss, SessionSent, StateError,
    Ticket, WebSocket, Why,
};

const URL: &str = "wss://app.test/live";

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn network() -> Rc<Network> {
    Rc::new(Network::new(Options { latency: ms(10), ..Options::default() }).unwrap())
}

fn every_100_ms() -> Retry {
    Retry { first: 100, floor: 100, ceiling: 100, ..Retry::default() }
}

/// FNV-1a, four times: test secrets need no cryptographic hash.
fn hash(bytes: &[u8]) -> session::Digest {
    let mut digest = [0; 32];
    for (salt, place) in digest.chunks_mut(8).enumerate() {
        let start = 0xCBF2_9CE4_8422_2325 ^ salt as u64;
        let hash =
            bytes.iter().fold(start, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01B3));
        place.copy_from_slice(&hash.to_le_bytes());
    }
    digest
}

/// A server with one session, which its store never loses.
struct Server {
    config: session::Config,
    machine: Option<session::Server<Message>>,
    /// The connections of the session.
    peers: HashMap<u32, Peer>,
    connections: u32,
    /// The current connection.
    current: Option<u32>,
    /// The last value used for random bits.
    random: u8,
    /// Messages that the application has sent in this session.
    sent: Vec<Message>,
    /// Messages that the application has handled.
    handled: Vec<Message>,
    /// Received messages that are not handled yet.
    waiting: Vec<(u64, Message)>,
    /// True if messages are handled as they arrive.
    reads: bool,
    /// How many messages were handled in the session that is not there any more.
    tombstone: Option<u64>,
}

type Shared = Rc<RefCell<Server>>;

impl Server {
    fn listen(network: &Rc<Network>) -> Shared {
        let server = Rc::new(RefCell::new(Self {
            config: session::Config { life: 60_000, ..session::Config::default() },
            machine: None,
            peers: HashMap::new(),
            connections: 0,
            current: None,
            random: 0,
            sent: Vec::new(),
            handled: Vec::new(),
            waiting: Vec::new(),
            reads: true,
            tombstone: None,
        }));
        let shared = server.clone();
        let known = Rc::downgrade(network);
        network
            .listen(URL, move |request| {
                let (shared, clock) = (shared.clone(), known.clone());
                let now = move || clock.upgrade().map_or(0, |network| millis(network.now()));
                let serving = async move { serve(&shared, request, &now).await };
                known.upgrade().unwrap().spawn(serving);
            })
            .unwrap();
        let (ticking, clock) = (Rc::downgrade(&server), Rc::downgrade(network));
        network.spawn(async move {
            while let (Some(server), Some(network)) = (ticking.upgrade(), clock.upgrade()) {
                let now = millis(network.now());
                let due = server.borrow().machine.as_ref().and_then(session::Server::deadline);
                if due.is_some_and(|due| due <= now) {
                    let _ = server.borrow_mut().input(now, ServerInput::Tick);
                }
                let later = network.sleep(ms(50));
                drop((server, network));
                later.await;
            }
        });
        server
    }

    fn fresh(&mut self) -> Fresh {
        self.random += 2;
        Fresh { secret: Bits([self.random; 16]), nonce: Bits([self.random + 1; 16]) }
    }

    fn send(&mut self, now: u64, message: impl Into<Message>) -> Result<(), session::Error> {
        let message = message.into();
        let cost = cost(&message);
        self.sent.push(message.clone());
        self.input(now, ServerInput::Send(message, cost))
    }

    /// Handles all received messages.
    fn handle_all(&mut self, now: u64) {
        for (number, message) in std::mem::take(&mut self.waiting) {
            self.handled.push(message);
            let _ = self.input(now, ServerInput::Handled(number));
        }
    }

    fn input(&mut self, now: u64, input: ServerInput<Message>) -> Result<(), session::Error> {
        let handled = self.machine.as_mut().unwrap().handle(now, input);
        self.run(now, None);
        handled
    }

    fn run(&mut self, now: u64, arrived: Option<Message>) {
        while let Some(effect) = self.machine.as_mut().and_then(session::Server::poll) {
            match effect {
                session::Effect::Transmit(on, Message::Text(text)) => {
                    let _ = self.peers[&on].send(session::escape(&text).into_owned());
                }
                session::Effect::Transmit(on, message) => {
                    let _ = self.peers[&on].send(message);
                }
                session::Effect::Control(on, text) => {
                    let _ = self.peers[&on].send(text);
                }
                session::Effect::Deliver(number) => self.waiting.push((number, arrived.clone().unwrap())),
                session::Effect::Close { connection, code, reason } => {
                    let _ = self.peers[&connection].close(Some(code), &reason);
                }
                session::Effect::Persist { seq, write, .. } => {
                    let handled = match write {
                        session::Write::End(end) => end.handled,
                        _ => 0,
                    };
                    let stored = ServerInput::Stored { seq, handled };
                    let _ = self.machine.as_mut().unwrap().handle(now, stored);
                }
                session::Effect::Own(_) | session::Effect::Fire(_) => {}
                session::Effect::Adopt { .. } => panic!("there is one node"),
            }
        }
    }

    fn control(&mut self, now: u64, on: u32, text: &str) {
        match session::parse(text) {
            Ok(Frame::Open { window }) => {
                let (id, fresh) = (Bits([99; 16]), self.fresh());
                // If the welcome was lost, the client opens another session; messages sent in the first are dropped.
                self.sent.clear();
                self.machine =
                    Some(session::Server::open(self.config.clone(), hash, on, window, [0; 32], id, fresh));
                self.current = Some(on);
                self.run(now, None);
            }
            Ok(Frame::Resume { secret, nonce, attempt, received, window, .. }) => {
                if self.machine.is_none() {
                    let refused = Frame::Refused { why: session::Refusal::Unknown, handled: self.tombstone };
                    let _ = self.peers[&on].send(refused.to_string());
                    return;
                }
                let fresh = self.fresh();
                let resume = session::Resume {
                    on,
                    secret,
                    nonce,
                    attempt,
                    received,
                    window,
                    identity: [0; 32],
                    fresh,
                };
                self.current = Some(on);
                let _ = self.input(now, ServerInput::Resume(resume));
            }
            _ if self.machine.is_some() => {
                let _ = self.input(now, ServerInput::Control(on, text.to_owned()));
            }
            _ => {}
        }
    }

    /// Ends the current connection without a closing handshake.
    fn cut(&mut self) {
        if let Some(on) = self.current {
            let _ = self.peers[&on].reset();
        }
    }
}

fn cost(message: &Message) -> u64 {
    match message {
        Message::Text(text) => cost_of_text(text),
        Message::Binary(bytes) => cost_of_binary(bytes.len()),
    }
}

fn millis(time: Duration) -> u64 {
    time.as_millis() as u64
}

async fn serve(shared: &Shared, request: Request, now: &dyn Fn() -> u64) {
    let chosen = {
        let offered: Vec<&str> = request.protocols.iter().map(String::as_str).collect();
        session::choose(&offered, &["chat"]).map(str::to_owned)
    };
    let peer = request.accept(Accept { protocol: chosen, ..Accept::default() }).unwrap();
    let (on, hello) = {
        let mut server = shared.borrow_mut();
        server.connections += 1;
        let on = server.connections;
        server.peers.insert(on, peer.clone());
        (on, session::Server::<Message>::hello(&server.config).to_string())
    };
    let _ = peer.send(hello);
    while let Some(message) = peer.next().await {
        let mut server = shared.borrow_mut();
        let data = match &message {
            Message::Text(text) => match incoming(text) {
                Incoming::Control(text) => {
                    server.control(now(), on, text);
                    continue;
                }
                Incoming::Data(text) => Message::Text(text.to_owned()),
            },
            Message::Binary(_) => message,
        };
        if server.machine.is_none() {
            continue;
        }
        let input = ServerInput::Message(on, cost(&data));
        let _ = server.machine.as_mut().unwrap().handle(now(), input);
        server.run(now(), Some(data));
        if server.reads {
            server.handle_all(now());
        }
    }
    let mut server = shared.borrow_mut();
    if server.machine.is_some() {
        let _ = server.input(now(), ServerInput::Disconnected(on, 1006));
    }
}

fn texts(messages: &[Message]) -> Vec<String> {
    messages.iter().map(|message| String::from_utf8(message.bytes().to_vec()).unwrap()).collect()
}

fn numbers(range: std::ops::Range<u32>) -> Vec<String> {
    range.map(|number| number.to_string()).collect()
}

/// Waits for the next event of the session.
async fn session_event(events: &mut Events) -> SessionEvent {
    loop {
        if let Event::Session(event) = events.next().await.unwrap() {
            return event;
        }
    }
}

/// Waits for the session, which must be a new one.
async fn session_begins(events: &mut Events) {
    assert_eq!(session_event(events).await, SessionEvent::New { life: ms(60_000) });
}

/// Returns a gate that opens after a second.
fn slow_gate(network: Rc<Network>) -> impl Fn(Gate) -> LocalBoxFuture<'static, Result<(), ()>> {
    move |_| network.sleep(ms(1_000)).map(Ok).boxed_local()
}

fn client() -> WebSocket {
    WebSocket::builder(URL).session(Session::require()).reconnect(every_100_ms()).open().unwrap()
}

#[test]
fn messages_pass_in_both_directions() {
    let network = network();
    let server = Server::listen(&network);
    network
        .run(async {
            let mut socket = client();
            let mut events = socket.events();
            socket.send_now("before open").unwrap();
            assert_eq!(events.next().await, Some(Event::Open { attempt: 1 }));
            let new = SessionEvent::New { life: ms(60_000) };
            assert_eq!(events.next().await, Some(Event::Session(new)));
            socket.send("\u{10}P is no ping").await.unwrap();
            socket.send(vec![1, 2, 3]).await.unwrap();
            socket.flush().await.unwrap();
            let expected = [Message::from("before open"), "\u{10}P is no ping".into(), vec![1, 2, 3].into()];
            assert_eq!(server.borrow().handled, expected);
            assert_eq!(socket.buffered_amount(), 0);
            let now = millis(network.now());
            server.borrow_mut().send(now, "\u{10}\u{10}down").unwrap();
            server.borrow_mut().send(now, vec![9]).unwrap();
            assert_eq!(socket.next().await.unwrap().as_text(), Some("\u{10}\u{10}down"));
            assert_eq!(socket.next().await.unwrap().as_bytes(), [9]);
            // The server closes the connection once both ends of the session are closed.
            let end = socket.close(3001, "done").await.unwrap();
            // Not the server's 1000, which follows the end of the session.
            assert_eq!((end.code, &*end.reason, end.was_clean), (3001, "done", true));
            assert_eq!(socket.next().await, None);
        })
        .unwrap();
}

#[test]
fn messages_lost_with_a_connection_are_sent_again_once() {
    let network = network();
    let server = Server::listen(&network);
    network
        .run(async {
            let mut socket = client();
            socket.opened().await.unwrap();
            network.sleep(ms(100)).await;
            let mut received = Vec::new();
            for round in 0..10_u32 {
                for number in round * 10..round * 10 + 10 {
                    socket.send(number.to_string()).await.unwrap();
                    server.borrow_mut().send(millis(network.now()), number.to_string()).unwrap();
                }
                network.sleep(ms(u64::from(round))).await;
                server.borrow_mut().cut();
                while received.len() < round as usize * 10 {
                    received.push(socket.next().await.unwrap().as_text().unwrap().to_owned());
                }
            }
            while received.len() < 100 {
                received.push(socket.next().await.unwrap().as_text().unwrap().to_owned());
            }
            socket.flush().await.unwrap();
            assert_eq!(texts(&server.borrow().handled), numbers(0..100));
            assert_eq!(received, numbers(0..100));
            assert!(socket.stats().connections > 3, "{:?}", socket.stats());
            assert_eq!(socket.stats().in_doubt, 0);
        })
        .unwrap();
}

#[test]
fn a_flush_waits_until_the_server_has_handled_everything() {
    let network = network();
    let server = Server::listen(&network);
    server.borrow_mut().reads = false;
    network
        .run(async {
            let socket = client();
            socket.opened().await.unwrap();
            socket.send("slow").await.unwrap();
            let flushed = Rc::new(RefCell::new(None));
            let (sender, outcome) = (socket.as_ref().clone(), flushed.clone());
            network.spawn(async move {
                let result = sender.flush().await;
                outcome.borrow_mut().replace(result);
            });
            network.sleep(ms(5000)).await;
            assert_eq!(*flushed.borrow(), None);
            assert_eq!(socket.buffered_amount(), 4);
            server.borrow_mut().handle_all(millis(network.now()));
            network.sleep(ms(300)).await;
            assert_eq!(*flushed.borrow(), Some(Ok(())));
            assert_eq!(socket.buffered_amount(), 0);
        })
        .unwrap();
}

/// Returns the fate if it is known.
fn fate(sent: &mut SessionSent) -> Option<SessionFate> {
    sent.now_or_never()
}

#[test]
fn a_tracked_message_is_delivered_when_the_server_has_handled_it() {
    let network = network();
    let server = Server::listen(&network);
    server.borrow_mut().reads = false;
    network
        .run(async {
            let socket = client();
            let mut first = socket.send_tracked("first").await.unwrap();
            assert_eq!(first.ticket(), Ticket(0));
            drop(socket.send_tracked("second").await.unwrap());
            let unsent = socket.send_tracked("never polled");
            drop(unsent);
            let mut third = socket.send_tracked("third").await.unwrap();
            network.sleep(ms(1000)).await;
            assert_eq!(fate(&mut first), None, "it has arrived and is not handled");
            server.borrow_mut().cut();
            network.sleep(ms(1000)).await;
            assert_eq!(fate(&mut first), None);
            server.borrow_mut().handle_all(millis(network.now()));
            socket.flush().await.unwrap();
            assert_eq!(fate(&mut first), Some(SessionFate::Delivered));
            assert_eq!(fate(&mut third), Some(SessionFate::Delivered));
            assert_eq!(texts(&server.borrow().handled), ["first", "second", "third"]);
        })
        .unwrap();
}

#[test]
fn a_tracked_message_names_the_rule_that_discarded_it() {
    let network = network();
    let _server = Server::listen(&network);
    network
        .run(async {
            let queue = Queue { max_count: 2, overflow: Overflow::DropNewest, ..Queue::default() };
            let builder = WebSocket::builder(URL).session(Session::require()).queue(queue);
            let socket = builder.open().unwrap();
            let old = socket.send_tracked(Outgoing::from("old").key("k")).await.unwrap();
            let new = socket.send_tracked(Outgoing::from("new").key("k")).await.unwrap();
            let brief = Outgoing::from("brief").lifetime(ms(1));
            let brief = socket.send_tracked(brief).await.unwrap();
            let extra = socket.send_tracked("extra").await.unwrap();
            assert_eq!(extra.await, SessionFate::Discarded(Why::Overflow));
            assert_eq!(old.await, SessionFate::Discarded(Why::Replaced));
            assert_eq!(brief.await, SessionFate::Discarded(Why::Expired));
            let cancelled = socket.send_tracked("cancelled").await.unwrap();
            assert!(socket.cancel(cancelled.ticket()));
            assert_eq!(cancelled.await.as_str(), "cancelled");
            assert_eq!(new.await.to_string(), "delivered");
        })
        .unwrap();
}

#[test]
fn a_tracked_message_of_a_lost_session_is_not_handled_or_in_doubt() {
    for (tombstone, expected) in
        [(Some(1), SessionFate::NotHandled), (None, SessionFate::Discarded(Why::InDoubt))]
    {
        let network = network();
        let server = Server::listen(&network);
        network
            .run(async {
                let socket = client();
                let first = socket.send_tracked("first").await.unwrap();
                assert_eq!(first.await, SessionFate::Delivered);
                server.borrow_mut().reads = false;
                let second = socket.send_tracked("second").await.unwrap();
                network.sleep(ms(50)).await;
                server.borrow_mut().cut();
                server.borrow_mut().machine = None;
                server.borrow_mut().tombstone = tombstone;
                assert_eq!(second.await, expected);
            })
            .unwrap();
    }
}

#[test]
fn messages_are_reported_that_a_server_has_not_handled_when_it_closes_the_session() {
    let network = network();
    let server = Server::listen(&network);
    server.borrow_mut().reads = false;
    network
        .run(async {
            let socket = client();
            let mut events = socket.events();
            socket.opened().await.unwrap();
            let mut sent = socket.send_tracked("one").await.unwrap();
            let ticket = sent.ticket();
            network.sleep(ms(50)).await;
            assert_eq!(server.borrow().waiting.len(), 1);
            server.borrow_mut().input(millis(network.now()), ServerInput::Close).unwrap();
            let mut seen = Vec::new();
            while let Some(event) = events.next().await {
                if let Event::Discarded { ticket, why, .. } = event {
                    seen.push((ticket, why));
                }
            }
            assert_eq!(seen, [(ticket, Why::Closed)]);
            assert_eq!(fate(&mut sent), Some(SessionFate::NotHandled));
            assert_eq!(socket.flush().await, Err(SendError::Lost(ticket, Why::Closed)));
        })
        .unwrap();
}

#[test]
fn a_closing_session_reconnects_unnoticed_and_not_on_request() {
    let network = network();
    let server = Server::listen(&network);
    server.borrow_mut().reads = false;
    network
        .run(async {
            let socket = client();
            let mut events = socket.events();
            session_begins(&mut events).await;
            socket.send("slow").await.unwrap();
            let closing = socket.close(1000, "");
            assert_eq!(socket.reconnect(), Err(StateError::Ended));
            network.sleep(ms(50)).await;
            server.borrow_mut().cut();
            network.sleep(ms(1000)).await;
            assert_eq!(socket.stats().connections, 2);
            server.borrow_mut().handle_all(millis(network.now()));
            assert_eq!(closing.await.unwrap().code, 1000);
            let mut seen = Vec::new();
            while let Some(event) = events.next().await {
                seen.push(event);
            }
            assert!(matches!(seen.pop(), Some(Event::Closed(_))));
            let resumed = SessionEvent::Resumed { replayed: 0, unacknowledged: 1 };
            assert_eq!(seen, [SessionEvent::Resuming, resumed].map(Event::Session));
        })
        .unwrap();
}

#[test]
fn a_tracked_message_is_in_doubt_when_the_socket_is_dropped() {
    let network = network();
    let _server = Server::listen(&network);
    network
        .run(async {
            let socket = client();
            let sent = socket.send_tracked("one").await.unwrap();
            drop(socket);
            assert_eq!(sent.await, SessionFate::Discarded(Why::InDoubt));
        })
        .unwrap();
}

#[test]
fn only_a_session_tracks_messages() {
    let network = network();
    let _peers = plain_server(&network, false);
    network
        .run(async {
            let socket = WebSocket::builder(URL).steady().open().unwrap();
            let refused = socket.send_tracked("one").await.err();
            assert_eq!(refused, Some(SendError::NoSession));
            let text = "the socket has no session: open it with `Builder::session`, or use `send`";
            assert_eq!(SendError::NoSession.to_string(), text);
            assert_eq!(socket.stats().queued_messages, 0);
        })
        .unwrap();
}

#[test]
fn a_reader_that_stops_makes_the_server_wait() {
    let network = network();
    let server = Server::listen(&network);
    network
        .run(async {
            let builder = WebSocket::builder(URL).session(Session::require().window(1000));
            let mut socket = builder.reconnect(every_100_ms()).open().unwrap();
            socket.opened().await.unwrap();
            network.sleep(ms(100)).await;
            for number in 0..100_u8 {
                server.borrow_mut().send(millis(network.now()), vec![number; 100]).unwrap();
            }
            network.sleep(ms(5000)).await;
            assert_eq!(socket.stats().waiting_messages, 10, "the window");
            for number in 0..100_u8 {
                assert_eq!(socket.next().await.unwrap().as_bytes(), [number; 100]);
                assert!(socket.stats().waiting_messages <= 10);
            }
        })
        .unwrap();
}

#[test]
fn pressure_includes_unhandled_messages() {
    let network = network();
    let server = Server::listen(&network);
    server.borrow_mut().reads = false;
    network
        .run(async {
            let builder =
                WebSocket::builder(URL).session(Session::require()).flow(Marks { high: 1000, low: 100 });
            let socket = builder.open().unwrap();
            let mut events = socket.events();
            socket.opened().await.unwrap();
            for _ in 0..11 {
                socket.send(vec![0; 100]).await.unwrap();
            }
            let sent = Rc::new(RefCell::new(false));
            let (sender, done) = (socket.as_ref().clone(), sent.clone());
            network.spawn(async move {
                sender.send("more").await.unwrap();
                *done.borrow_mut() = true;
            });
            network.sleep(ms(2000)).await;
            assert!(!*sent.borrow(), "above the high mark");
            server.borrow_mut().handle_all(millis(network.now()));
            network.sleep(ms(500)).await;
            assert!(*sent.borrow());
            let mut drained = false;
            while !drained {
                drained = events.next().await == Some(Event::Drain);
            }
        })
        .unwrap();
}

#[test]
fn a_session_that_the_server_forgot_is_lost_and_another_begins() {
    let network = network();
    let server = Server::listen(&network);
    network
        .run(async {
            let socket = client();
            let mut events = socket.events();
            socket.send_now("one").unwrap();
            socket.opened().await.unwrap();
            socket.flush().await.unwrap();
            server.borrow_mut().reads = false;
            let doubtful = socket.send_now("two").unwrap();
            network.sleep(ms(50)).await;
            server.borrow_mut().cut();
            server.borrow_mut().machine = None;
            network.sleep(ms(1)).await;
            server.borrow_mut().waiting.clear();
            server.borrow_mut().reads = true;
            let mut seen = Vec::new();
            loop {
                match events.next().await.unwrap() {
                    Event::Discarded { ticket, why, .. } => seen.push((ticket, why)),
                    Event::Session(SessionEvent::Lost { reason, handled, unhandled }) => {
                        assert_eq!(reason, SessionLoss::Refused(session::Refusal::Unknown));
                        assert_eq!((handled, unhandled), (1, vec![doubtful]));
                        break;
                    }
                    _ => {}
                }
            }
            assert_eq!(seen, [(doubtful, Why::InDoubt)]);
            assert_eq!(socket.flush().await, Err(SendError::Lost(doubtful, Why::InDoubt)));
            let next = socket.send_now("three").unwrap();
            assert_eq!(next, Ticket(2));
            socket.flush().await.unwrap();
            assert_eq!(texts(&server.borrow().handled), ["one", "three"]);
        })
        .unwrap();
}

#[test]
fn a_message_of_a_lost_session_acknowledges_nothing_of_the_next() {
    let network = network();
    let server = Server::listen(&network);
    network
        .run(async {
            let mut socket = client();
            let mut events = socket.events();
            let acknowledged = || server.borrow().machine.as_ref().unwrap().stats().acknowledged;
            for session in ["old", "new"] {
                while !matches!(session_event(&mut events).await, SessionEvent::New { .. }) {}
                for number in 1..=3 {
                    let now = millis(network.now());
                    server.borrow_mut().send(now, format!("{session} {number}")).unwrap();
                }
                network.sleep(ms(50)).await;
                if session == "old" {
                    server.borrow_mut().cut();
                    server.borrow_mut().machine = None;
                }
            }
            assert_eq!(socket.stats().waiting_messages, 6);
            for expected in ["old 1", "old 2", "old 3"] {
                assert_eq!(socket.next().await.unwrap().as_text(), Some(expected));
                network.sleep(ms(300)).await;
                assert_eq!(acknowledged(), 0);
            }
            assert_eq!(socket.next().await.unwrap().as_text(), Some("new 1"));
            network.sleep(ms(300)).await;
            assert_eq!(acknowledged(), 1);
        })
        .unwrap();
}

/// As in a duplicated tab: what a session is resumed with is in the socket only.
#[test]
fn another_socket_gets_a_session_of_its_own() {
    let network = network();
    let _server = Server::listen(&network);
    network
        .run(async {
            let first = client();
            let mut events = first.events();
            while !matches!(events.next().await.unwrap(), Event::Session(SessionEvent::New { .. })) {}
            let second = client();
            let mut events = second.events();
            session_begins(&mut events).await;
        })
        .unwrap();
}

/// Starts a server without sessions. If `echoes`, it selects the first offered sub-protocol.
fn plain_server(network: &Network, echoes: bool) -> Rc<RefCell<Vec<Peer>>> {
    let peers: Rc<RefCell<Vec<Peer>>> = Rc::default();
    let kept = peers.clone();
    let accept = move |request: Request| {
        let protocol = request.protocols.first().filter(|_| echoes).cloned();
        kept.borrow_mut().push(request.accept(Accept { protocol, ..Accept::default() }).unwrap());
    };
    network.listen(URL, accept).unwrap();
    peers
}

#[test]
fn prefer_continues_without_a_session() {
    for (echoes, protocols) in [(false, vec![]), (true, vec![]), (true, vec!["chat"])] {
        let network = network();
        let peers = plain_server(&network, echoes);
        network
            .run(async {
                let builder = WebSocket::builder(URL).protocols(protocols.clone()).session(Session::prefer());
                let mut socket = builder.reconnect(every_100_ms()).open().unwrap();
                let mut events = socket.events();
                let first = socket.send_now(Outgoing::from("\u{10}first").key("k")).unwrap();
                let second = socket.send_now("second").unwrap();
                let mut moved = socket.send_tracked(Outgoing::from("kept").key("k2")).await.unwrap();
                assert_eq!((first, second), (Ticket(0), Ticket(1)));
                loop {
                    let event = events.next().await.unwrap();
                    if event == Event::Session(SessionEvent::None) {
                        break;
                    }
                }
                let third = socket.send_tracked("third").await.unwrap();
                assert_eq!(third.ticket(), Ticket(3));
                assert_eq!(third.await, SessionFate::HandedOver);
                assert_eq!(fate(&mut moved), Some(SessionFate::HandedOver));
                socket.flush().await.unwrap();
                let peer = peers.borrow().last().unwrap().clone();
                for expected in ["\u{10}first", "second", "kept", "third"] {
                    assert_eq!(peer.next().await.unwrap().bytes(), expected.as_bytes());
                }
                peer.send("\u{10}down").unwrap();
                assert_eq!(socket.next().await.unwrap().as_text(), Some("\u{10}down"));
                // The next connection does not offer a session.
                peer.cut().unwrap();
                while !matches!(events.next().await, Some(Event::Reconnecting { .. })) {}
                let before = network.text().matches("steady.v1").count();
                while !matches!(events.next().await, Some(Event::Open { .. })) {}
                assert_eq!(network.text().matches("steady.v1").count(), before);
                assert!(before > 0);
            })
            .unwrap();
    }
}

#[test]
fn a_hello_that_comes_too_late_is_discarded() {
    let network = network();
    let peers = plain_server(&network, true);
    network
        .run(async {
            let builder = WebSocket::builder(URL).session(Session::prefer()).reconnect(every_100_ms());
            let mut socket = builder.open().unwrap();
            let mut events = socket.events();
            assert_eq!(session_event(&mut events).await, SessionEvent::None);
            let peer = peers.borrow()[0].clone();
            let hello = Frame::Hello { window: 1000, life: 60_000 }.to_string();
            peer.send(hello.as_str()).unwrap();
            peer.send("\u{10}H").unwrap();
            assert_eq!(socket.next().await.unwrap().as_text(), Some("\u{10}H"));
            // No session was offered on the next connection, so this text is the application's.
            peer.cut().unwrap();
            while peers.borrow().len() < 2 {
                network.sleep(ms(50)).await;
            }
            let peer = peers.borrow()[1].clone();
            peer.send(hello.as_str()).unwrap();
            assert_eq!(socket.next().await.unwrap().as_text(), Some(hello.as_str()));
        })
        .unwrap();
}

/// The messages that put the socket under pressure leave as those of an ordinary steady socket.
#[test]
fn the_pressure_ends_without_a_session() {
    for gated in [false, true] {
        let network = network();
        let _peers = plain_server(&network, true);
        network
            .run(async {
                let flow = Marks { high: 1000, low: 100 };
                let mut builder = WebSocket::builder(URL).session(Session::prefer()).flow(flow);
                if gated {
                    builder = builder.before_flush(slow_gate(network.clone()));
                }
                let socket = builder.open().unwrap();
                let mut events = socket.events();
                socket.send_now(vec![0; 2000]).unwrap();
                assert_eq!(session_event(&mut events).await, SessionEvent::None);
                socket.send("more").await.unwrap();
                assert_eq!(events.next().await, Some(Event::Drain));
                socket.flush().await.unwrap();
                assert_eq!(events.next().now_or_never(), None, "it drains once");
            })
            .unwrap();
    }
}

#[test]
fn a_flush_ignores_later_messages_without_a_session() {
    let network = network();
    let _peers = plain_server(&network, true);
    network
        .run(async {
            let builder = WebSocket::builder(URL).session(Session::prefer());
            let socket = builder.before_flush(slow_gate(network.clone())).open().unwrap();
            let mut events = socket.events();
            socket.send_now("before").unwrap();
            let mut flushed = Box::pin(socket.flush());
            assert_eq!(flushed.as_mut().now_or_never(), None);
            let later = socket.send_now("later").unwrap();
            assert_eq!(session_event(&mut events).await, SessionEvent::None);
            assert!(socket.cancel(later));
            assert_eq!(flushed.as_mut().now_or_never(), None, "the gate is shut");
            assert_eq!(flushed.await, Ok(()));
        })
        .unwrap();
}

#[test]
fn each_lost_message_fails_a_flush_whichever_was_lost_first() {
    let network = network();
    let server = Server::listen(&network);
    network
        .run(async {
            let socket = client();
            for (number, text) in ["first", "second"].into_iter().enumerate() {
                assert_eq!(socket.send_now(text), Ok(Ticket(number as u64)));
            }
            let mut flushed = Box::pin(socket.flush());
            assert_eq!(flushed.as_mut().now_or_never(), None);
            assert!(socket.cancel(Ticket(1)));
            assert_eq!(flushed.await, Err(SendError::Lost(Ticket(1), Why::Cancelled)));
            assert!(socket.cancel(Ticket(0)));
            assert_eq!(socket.flush().await, Err(SendError::Lost(Ticket(0), Why::Cancelled)));
            assert_eq!(socket.flush().await, Ok(()));
            drop(server);
        })
        .unwrap();
}

#[test]
fn a_flush_without_a_session_reports_the_losses_that_no_flush_has_reported() {
    let network = network();
    let _peers = plain_server(&network, true);
    network
        .run(async {
            let builder = WebSocket::builder(URL).session(Session::prefer());
            let socket = builder.before_flush(slow_gate(network.clone())).open().unwrap();
            let mut events = socket.events();
            for (number, text) in ["a", "b", "c", "d"].into_iter().enumerate() {
                assert_eq!(socket.send_now(text), Ok(Ticket(number as u64)));
            }
            let flush_fails_with = |ticket| {
                let mut flushed = Box::pin(socket.flush());
                assert_eq!(flushed.as_mut().now_or_never(), None);
                assert!(socket.cancel(Ticket(ticket)));
                assert_eq!(
                    flushed.now_or_never(),
                    Some(Err(SendError::Lost(Ticket(ticket), Why::Cancelled)))
                );
            };
            flush_fails_with(3);
            assert_eq!(session_event(&mut events).await, SessionEvent::None);
            assert!(socket.cancel(Ticket(2)));
            assert_eq!(socket.flush().await, Err(SendError::Lost(Ticket(2), Why::Cancelled)));
            flush_fails_with(1);
            assert_eq!(socket.flush().await, Ok(()));
        })
        .unwrap();
}

#[test]
fn a_message_is_reported_if_the_socket_closes_before_a_session_begins() {
    let network = network();
    let peers = plain_server(&network, true);
    network
        .run(async {
            let socket = WebSocket::builder(URL).session(Session::prefer()).open().unwrap();
            let mut events = socket.events();
            let mut sent = socket.send_tracked("never sent").await.unwrap();
            let mut flushed = Box::pin(socket.flush());
            assert_eq!(flushed.as_mut().now_or_never(), None);
            socket.opened().await.unwrap();
            // Without an answer to the Close frame, the time for the hello runs out while the socket closes.
            peers.borrow()[0].silence().unwrap();
            drop(socket.close(1000, ""));
            let mut seen = Vec::new();
            while let Some(event) = events.next().await {
                match event {
                    Event::Discarded { ticket, why, .. } => {
                        seen.push(format!("{} {}", ticket.0, why.as_str()))
                    }
                    Event::Session(event) => seen.push(format!("{event:?}")),
                    Event::Closed(_) => seen.push("closed".to_owned()),
                    _ => {}
                }
            }
            assert_eq!(seen, ["0 closed", "closed"]);
            assert_eq!(fate(&mut sent), Some(SessionFate::Discarded(Why::Closed)));
            assert_eq!(flushed.await, Err(SendError::Lost(sent.ticket(), Why::Closed)));
        })
        .unwrap();
}

/// The server selects the offer and sends no hello, for which the socket waits for two seconds. The gate takes another.
#[test]
fn a_lifetime_is_not_longer_without_a_session() {
    let network = network();
    let peers = plain_server(&network, true);
    network
        .run(async {
            let builder = WebSocket::builder(URL).session(Session::prefer());
            let gated = network.clone();
            let socket = builder
                .before_flush(move |gate| {
                    let network = gated.clone();
                    async move {
                        network.sleep(ms(1_000)).await;
                        gate.send("token")
                    }
                })
                .open()
                .unwrap();
            let brief = socket.send_tracked(Outgoing::from("brief").lifetime(ms(2_500))).await.unwrap();
            let long = socket.send_tracked(Outgoing::from("long").lifetime(ms(3_500))).await.unwrap();
            assert_eq!(brief.await, SessionFate::Discarded(Why::Expired));
            assert_eq!(long.await, SessionFate::HandedOver);
            let peer = peers.borrow().last().unwrap().clone();
            for expected in ["token", "long"] {
                assert_eq!(peer.next().await.unwrap().bytes(), expected.as_bytes());
            }
        })
        .unwrap();
}

#[test]
fn prefer_finds_the_sessions_of_a_server_that_was_down() {
    let network = network();
    network
        .run(async {
            let builder = WebSocket::builder(URL).session(Session::prefer());
            let socket = builder.reconnect(every_100_ms()).open().unwrap();
            let mut events = socket.events();
            // While the server is down, attempts alternate: after an even number, the next one offers a session.
            while socket.stats().attempts < 4 {
                network.sleep(ms(10)).await;
            }
            network.sleep(ms(50)).await;
            assert_eq!((socket.stats().attempts, socket.ready_state()), (4, ReadyState::Connecting));
            let server = Server::listen(&network);
            loop {
                match events.next().await.unwrap() {
                    Event::Session(SessionEvent::New { .. }) => break,
                    Event::Session(other) => panic!("{other:?}"),
                    _ => {}
                }
            }
            socket.send("one").await.unwrap();
            socket.flush().await.unwrap();
            assert_eq!(texts(&server.borrow().handled), ["one"]);
        })
        .unwrap();
}

#[test]
fn prefer_offers_a_session_again_after_an_abandoned_attempt() {
    let network = network();
    let _server = Server::listen(&network);
    network
        .run(async {
            let socket = WebSocket::builder(URL).session(Session::prefer()).open().unwrap();
            let mut events = socket.events();
            socket.reconnect().unwrap();
            session_begins(&mut events).await;
            assert_eq!(socket.stats().attempts, 2);
        })
        .unwrap();
}

thread_local! {
    static TASK: RefCell<Option<LocalBoxFuture<'static, ()>>> = const { RefCell::new(None) };
}

/// Polls the task of this thread when it is woken, not later.
struct AtOnce;

impl Wake for AtOnce {
    fn wake(self: Arc<Self>) {
        let Some(mut task) = TASK.take() else { return };
        if task.as_mut().poll(&mut Context::from_waker(&Waker::from(self))).is_pending() {
            TASK.set(Some(task));
        }
    }
}

#[test]
fn prefer_offers_a_session_again_after_an_event_that_made_the_application_reconnect() {
    let network = network();
    let _server = Server::listen(&network);
    network
        .run(async {
            let socket = WebSocket::builder(URL).session(Session::prefer()).open().unwrap();
            let mut events = socket.events();
            let cancelled = socket.send_now("cancelled").unwrap();
            let (sender, mut awaited) = (socket.as_ref().clone(), socket.events());
            let task = async move {
                while !matches!(awaited.next().await, Some(Event::Open { .. })) {}
                assert!(sender.cancel(cancelled));
                // The session's part of the new connection is queued behind this event.
                while !matches!(awaited.next().await, Some(Event::Discarded { .. })) {}
                sender.reconnect().unwrap();
            };
            TASK.set(Some(task.boxed_local()));
            Arc::new(AtOnce).wake();
            session_begins(&mut events).await;
            assert_eq!(socket.stats().connections, 2);
        })
        .unwrap();
}

#[test]
fn require_closes_without_a_session() {
    let network = network();
    let _peers = plain_server(&network, true);
    network
        .run(async {
            let socket = client();
            let mut events = socket.events();
            let ticket = socket.send_now("lost").unwrap();
            let mut seen = Vec::new();
            while let Some(event) = events.next().await {
                match event {
                    Event::Discarded { ticket, why, .. } => {
                        seen.push(format!("{} {}", ticket.0, why.as_str()))
                    }
                    Event::Session(SessionEvent::Lost { reason, .. }) => {
                        seen.push(reason.as_str().to_owned())
                    }
                    Event::Closed(_) => seen.push("closed".to_owned()),
                    _ => {}
                }
            }
            assert_eq!(seen, [format!("{} closed", ticket.0), "no-sessions".to_owned(), "closed".to_owned()]);
            assert_eq!(socket.ready_state(), ReadyState::Closed);
        })
        .unwrap();
}

#[test]
fn a_gate_authenticates_before_the_session() {
    let network = network();
    let server = Server::listen(&network);
    network
        .run(async {
            let gates = Rc::new(RefCell::new(0));
            let count = gates.clone();
            let builder = WebSocket::builder(URL).session(Session::require()).reconnect(every_100_ms());
            let socket = builder
                .before_flush(move |gate| {
                    *count.borrow_mut() += 1;
                    async move { gate.send("token") }
                })
                .open()
                .unwrap();
            socket.send("one").await.unwrap();
            socket.flush().await.unwrap();
            server.borrow_mut().cut();
            socket.send("two").await.unwrap();
            socket.flush().await.unwrap();
            assert_eq!(texts(&server.borrow().handled), ["one", "two"]);
            assert_eq!(*gates.borrow(), 2);
            let text = network.text();
            assert!(text.find("token").unwrap() < text.find("one").unwrap(), "{text}");
        })
        .unwrap();
}

#[test]
fn a_gate_sends_nothing_after_it_has_opened() {
    let network = network();
    let server = Server::listen(&network);
    network
        .run(async {
            let kept: Rc<RefCell<Option<Gate>>> = Rc::default();
            let keeps = kept.clone();
            let builder = WebSocket::builder(URL).session(Session::require());
            let socket = builder
                .before_flush(move |gate| {
                    keeps.replace(Some(gate));
                    async { Ok::<(), ()>(()) }
                })
                .open()
                .unwrap();
            let mut events = socket.events();
            session_begins(&mut events).await;
            let refused = kept.borrow().as_ref().unwrap().send("not counted");
            assert_eq!(refused, Err(SendError::Closed));
            socket.send("one").await.unwrap();
            socket.flush().await.unwrap();
            assert_eq!(texts(&server.borrow().handled), ["one"]);
        })
        .unwrap();
}

#[test]
fn the_sessions_own_heartbeat_notices_a_silent_server() {
    let network = network();
    let server = Server::listen(&network);
    network
        .run(async {
            let heartbeat = Heartbeat::new("unused").every(ms(1000)).timeout(ms(500));
            let builder = WebSocket::builder(URL).session(Session::require()).heartbeat(heartbeat);
            let socket = builder.reconnect(every_100_ms()).open().unwrap();
            socket.opened().await.unwrap();
            network.sleep(ms(10_000)).await;
            assert_eq!(socket.stats().connections, 1, "it answers");
            assert!(!network.text().contains("unused"));
            let on = server.borrow().current.unwrap();
            server.borrow().peers[&on].silence().unwrap();
            network.sleep(ms(3000)).await;
            assert_eq!(socket.stats().connections, 2);
            socket.send("still there").await.unwrap();
            socket.flush().await.unwrap();
        })
        .unwrap();
}

#[test]
fn queue_rules_drop_messages_that_were_never_sent() {
    let network = network();
    let server = Server::listen(&network);
    network
        .run(async {
            let queue = Queue { max_count: 3, ..Queue::default() };
            let builder = WebSocket::builder(URL).session(Session::require()).queue(queue);
            let socket = builder.reconnect(every_100_ms()).open().unwrap();
            let mut events = socket.events();
            socket.send_now(Outgoing::from("old").key("k")).unwrap();
            socket.send_now(Outgoing::from("new").key("k")).unwrap();
            let cancelled = socket.send_now("cancelled").unwrap();
            socket.send_now("kept").unwrap();
            assert_eq!(socket.send_now("too many"), Err(SendError::QueueCount));
            assert!(socket.cancel(cancelled));
            assert!(!socket.cancel(cancelled));
            socket.send_now(Outgoing::from("expired").lifetime(ms(1))).unwrap();
            socket.opened().await.unwrap();
            network.sleep(ms(500)).await;
            assert_eq!(texts(&server.borrow().handled), ["new", "kept"]);
            let mut seen = Vec::new();
            while seen.len() < 3 {
                if let Event::Discarded { message, why, .. } = events.next().await.unwrap() {
                    seen.push(format!("{} {}", message.as_text().unwrap(), why.as_str()));
                }
            }
            assert_eq!(seen, ["old replaced", "cancelled cancelled", "expired expired"]);
            let sent = socket.send_now("sent").unwrap();
            assert!(!socket.cancel(sent), "it may have been handled");
        })
        .unwrap();
}

/// Reads the discarded messages among the events so far: text, reason.
fn discarded(events: &mut Events) -> Vec<String> {
    let mut seen = Vec::new();
    while let Some(event) = events.next().now_or_never() {
        if let Event::Discarded { message, why, .. } = event.unwrap() {
            seen.push(format!("{} {}", message.as_text().unwrap(), why.as_str()));
        }
    }
    seen
}

#[test]
fn the_queue_holds_exactly_what_its_rules_allow() {
    let network = network();
    let server = Server::listen(&network);
    network
        .run(async {
            let queue = Queue { max_bytes: 10, max_count: 3, ..Queue::default() };
            let socket = WebSocket::builder(URL).session(Session::require()).queue(queue).open().unwrap();
            assert_eq!(socket.send_now("12345678901"), Err(SendError::TooLarge));
            let whole = socket.send_now("1234567890").unwrap();
            assert!(socket.cancel(whole));
            assert_eq!(socket.flush().await, Err(SendError::Lost(whole, Why::Cancelled)));
            socket.send_now("1234").unwrap();
            socket.send_now(Outgoing::from("old").key("k")).unwrap();
            assert_eq!(socket.send_now("5678"), Err(SendError::QueueBytes));
            socket.send_now("567").unwrap();
            let stats = socket.stats();
            assert_eq!((stats.queued_messages, stats.queued_bytes), (3, 10));
            assert_eq!(socket.send_now("8"), Err(SendError::QueueCount));
            assert_eq!(socket.send_now(Outgoing::from("long").key("k")), Err(SendError::QueueBytes));
            socket.send_now(Outgoing::from("new").key("k")).unwrap();
            assert_eq!(socket.stats().queued_bytes, 10);
            let replaced = SendError::Lost(Ticket(2), Why::Replaced);
            assert_eq!(socket.flush().await, Err(replaced));
            assert_eq!(socket.flush().await, Ok(()));
            assert_eq!(socket.stats().queued_bytes, 0);
            assert_eq!(texts(&server.borrow().handled), ["1234", "567", "new"]);
        })
        .unwrap();
}

/// What was sent and not handled fills the queue, but its rules can't drop it.
#[test]
fn a_full_queue_drops_only_messages_that_were_never_sent() {
    for (overflow, expected, handled) in [
        (Overflow::DropOldest, ["a overflow", "b overflow"], ["sent", "c", "d"]),
        (Overflow::DropNewest, ["c overflow", "d overflow"], ["sent", "a", "b"]),
    ] {
        let network = network();
        let server = Server::listen(&network);
        server.borrow_mut().reads = false;
        network
            .run(async {
                let queue = Queue { max_count: 3, overflow, ..Queue::default() };
                let builder = WebSocket::builder(URL).session(Session::require()).queue(queue);
                let socket = builder.reconnect(every_100_ms()).open().unwrap();
                let mut events = socket.events();
                socket.opened().await.unwrap();
                let short = Outgoing::from("sent").key("k").lifetime(ms(20));
                socket.send_now(short).unwrap();
                network.sleep(ms(50)).await;
                server.borrow_mut().cut();
                while !matches!(events.next().await, Some(Event::Reconnecting { .. })) {}
                for text in ["a", "b", "c"] {
                    socket.send_now(text).unwrap();
                }
                // Neither its lifetime nor a newer message with its key ends what may have arrived.
                socket.send_now(Outgoing::from("d").key("k")).unwrap();
                server.borrow_mut().reads = true;
                network.sleep(ms(500)).await;
                assert_eq!(discarded(&mut events), expected);
                let seen = server.borrow();
                let waiting = seen.waiting.iter().map(|(_, message)| message.clone());
                let all = waiting.chain(seen.handled.iter().cloned()).collect::<Vec<_>>();
                assert_eq!(texts(&all), handled);
            })
            .unwrap();
    }
}

#[test]
fn a_queue_full_of_sent_messages_drops_the_new_one() {
    let network = network();
    let server = Server::listen(&network);
    server.borrow_mut().reads = false;
    network
        .run(async {
            let queue = Queue { max_count: 2, overflow: Overflow::DropOldest, ..Queue::default() };
            let socket = WebSocket::builder(URL).session(Session::require()).queue(queue).open().unwrap();
            let mut events = socket.events();
            session_begins(&mut events).await;
            for text in ["one", "two", "three"] {
                socket.send_now(text).unwrap();
            }
            assert_eq!(discarded(&mut events), ["three overflow"]);
        })
        .unwrap();
}

#[test]
fn messages_bound_to_an_earlier_session_are_dropped() {
    let network = network();
    let server = Server::listen(&network);
    network
        .run(async {
            let socket = client();
            let mut events = socket.events();
            socket.send_now("free").unwrap();
            socket.send_now(Outgoing::from("bound").session_bound()).unwrap();
            socket.new_session().unwrap();
            socket.send_now(Outgoing::from("bound again").session_bound()).unwrap();
            assert_eq!(discarded(&mut events), ["bound stale-session"]);
            assert!(matches!(socket.flush().await, Err(SendError::Lost(Ticket(1), Why::StaleSession))));
            socket.flush().await.unwrap();
            assert_eq!(texts(&server.borrow().handled), ["free", "bound again"]);
        })
        .unwrap();
}

#[test]
fn the_queues_rules_apply_in_the_next_session_as_in_the_first() {
    let network = network();
    let server = Server::listen(&network);
    network
        .run(async {
            let builder = WebSocket::builder(URL).session(Session::require()).reconnect(every_100_ms());
            let socket = builder.open().unwrap();
            let mut events = socket.events();
            for text in ["one", "two", "three"] {
                socket.send(text).await.unwrap();
            }
            socket.flush().await.unwrap();
            {
                let mut server = server.borrow_mut();
                server.machine = None;
                server.cut();
            }
            while !matches!(session_event(&mut events).await, SessionEvent::Lost { .. }) {}
            socket.send_now("first").unwrap();
            socket.send_now(Outgoing::from("old").key("k")).unwrap();
            socket.send_now(Outgoing::from("new").key("k")).unwrap();
            assert_eq!(discarded(&mut events), ["old replaced"]);
        })
        .unwrap();
}

#[test]
fn a_replaced_message_stays_replaced_without_a_session() {
    let network = network();
    let peers = plain_server(&network, true);
    network
        .run(async {
            let socket = WebSocket::builder(URL).session(Session::prefer()).open().unwrap();
            for message in [Outgoing::from("old").key("k"), "other".into(), Outgoing::from("new").key("k")] {
                socket.send_now(message).unwrap();
            }
            assert!(socket.flush().await.is_err(), "one was replaced");
            socket.flush().await.unwrap();
            let peer = peers.borrow()[0].clone();
            for expected in ["other", "new"] {
                assert_eq!(peer.next().await.unwrap().bytes(), expected.as_bytes());
            }
        })
        .unwrap();
}

#[test]
fn a_plain_server_that_sends_first_does_not_escape() {
    let network = network();
    let peers = plain_server(&network, true);
    network
        .run(async {
            let mut socket = WebSocket::builder(URL).session(Session::prefer()).open().unwrap();
            while peers.borrow().is_empty() {
                network.sleep(ms(1)).await;
            }
            let peer = peers.borrow()[0].clone();
            for text in ["\u{10}\u{10}one", "\u{10}\u{10}two"] {
                peer.send(text).unwrap();
                assert_eq!(socket.next().await.unwrap().as_text(), Some(text));
            }
        })
        .unwrap();
}

#[test]
fn the_applications_heartbeat_continues_without_a_session() {
    let network = network();
    let peers = plain_server(&network, true);
    network
        .run(async {
            let heartbeat = Heartbeat::new("ping").pong("pong").every(ms(1_000)).timeout(ms(500));
            let builder = WebSocket::builder(URL).session(Session::prefer()).heartbeat(heartbeat);
            let mut socket = builder.open().unwrap();
            let mut events = socket.events();
            assert_eq!(session_event(&mut events).await, SessionEvent::None);
            let peer = peers.borrow()[0].clone();
            assert_eq!(peer.next().await.unwrap().bytes(), b"ping");
            for text in ["pong", "message"] {
                peer.send(text).unwrap();
            }
            assert_eq!(socket.next().await.unwrap().as_text(), Some("message"));
        })
        .unwrap();
}

#[test]
fn a_failure_is_reported_with_a_session() {
    let network = network();
    let server = Server::listen(&network);
    network
        .run(async {
            let builder = WebSocket::builder(URL).session(Session::require()).reconnect(every_100_ms());
            let socket = builder.open().unwrap();
            let mut events = socket.events();
            session_begins(&mut events).await;
            assert!(socket.last_failure().is_none());
            server.borrow_mut().cut();
            loop {
                if let Event::Reconnecting { failure, .. } = events.next().await.unwrap() {
                    assert!(failure.is_some());
                    break;
                }
            }
            assert!(socket.last_failure().is_some());
        })
        .unwrap();
}

#[test]
fn a_gate_that_waits_is_dropped_with_its_connection() {
    let network = network();
    let server = Server::listen(&network);
    network
        .run(async {
            let kept = Rc::new(());
            let captured = Rc::downgrade(&kept);
            let waiting = RefCell::new(Some(kept));
            let gate = move |_: Gate| {
                let kept = waiting.borrow_mut().take();
                async move {
                    std::future::pending::<()>().await;
                    drop(kept);
                    Ok::<(), ()>(())
                }
            };
            let builder = WebSocket::builder(URL).session(Session::require()).before_flush(gate);
            let socket = builder.reconnect(every_100_ms()).open().unwrap();
            socket.opened().await.unwrap();
            network.sleep(ms(50)).await;
            assert!(captured.upgrade().is_some(), "it waits");
            socket.terminate();
            network.sleep(ms(1)).await;
            assert!(captured.upgrade().is_none());
            drop(server);
        })
        .unwrap();
}

#[test]
fn the_statistics_count_the_messages_of_a_session() {
    let network = network();
    let server = Server::listen(&network);
    server.borrow_mut().reads = false;
    network
        .run(async {
            let heartbeat = Heartbeat::new("unused").every(ms(1000)).timeout(ms(500));
            let builder = WebSocket::builder(URL).session(Session::require()).heartbeat(heartbeat);
            let socket = builder.open().unwrap();
            let mut events = socket.events();
            for text in ["cancelled", "one", "two"] {
                socket.send_now(text).unwrap();
            }
            assert!(socket.cancel(Ticket(0)));
            session_begins(&mut events).await;
            network.sleep(ms(1_500)).await;
            let totals = socket.stats().totals;
            assert_eq!((totals.sent_messages, totals.sent_bytes), (2, 6));
            assert_eq!((totals.discarded, totals.in_doubt), (1, 0));
            assert!(totals.round_trip.is_some(), "the server has answered a ping");
            socket.terminate();
            let totals = socket.stats().totals;
            assert_eq!((totals.discarded, totals.in_doubt), (1, 2));
        })
        .unwrap();
}

#[test]
fn a_server_with_wrong_counts_loses_the_connection() {
    let network = network();
    let server = Server::listen(&network);
    network
        .run(async {
            let builder = WebSocket::builder(URL).session(Session::require()).reconnect(every_100_ms());
            let socket = builder.open().unwrap();
            let mut events = socket.events();
            session_begins(&mut events).await;
            let wrong = Frame::Ack { handled: 99, credit: 1_000_000, sent: 0 };
            server.borrow().peers[&1].send(wrong.to_string()).unwrap();
            let lost = session_event(&mut events).await;
            assert!(matches!(lost, SessionEvent::Lost { reason: SessionLoss::Counts(..), .. }), "{lost:?}");
            session_begins(&mut events).await;
            assert_eq!(server.borrow().connections, 2);
        })
        .unwrap();
}

#[test]
fn the_first_close_code_counts() {
    let network = network();
    let server = Server::listen(&network);
    network
        .run(async {
            let socket = client();
            let mut events = socket.events();
            session_begins(&mut events).await;
            let first = socket.close(3001, "first");
            drop(socket.close(3002, "second"));
            let closed = first.await.unwrap();
            assert_eq!((closed.code, closed.reason.as_str()), (3001, "first"));
            drop(server);
        })
        .unwrap();
}

/// The session's own limit is not a second rule.
#[test]
fn the_queue_alone_limits_what_waits() {
    let network = network();
    let server = Server::listen(&network);
    network
        .run(async {
            let queue = Queue { max_bytes: 40 << 20, ..Queue::default() };
            let socket = WebSocket::builder(URL).session(Session::require()).queue(queue).open().unwrap();
            for _ in 0..17 {
                socket.send_now(vec![0; 1 << 20]).unwrap();
            }
            socket.flush().await.unwrap();
            assert_eq!(server.borrow().handled.len(), 17);
        })
        .unwrap();
}

#[test]
fn a_flush_asks_the_server_at_once() {
    let network = network();
    let _server = Server::listen(&network);
    network
        .run(async {
            let socket = client();
            let mut events = socket.events();
            session_begins(&mut events).await;
            socket.send_now("one").unwrap();
            let began = network.now();
            socket.flush().await.unwrap();
            let took = network.now() - began;
            assert!(took < ms(100), "{took:?}: unasked, a server acknowledges after 200 ms");
        })
        .unwrap();
}

#[test]
fn a_session_continues_after_a_connection_that_ended_normally() {
    let network = network();
    let server = Server::listen(&network);
    network
        .run(async {
            let builder = WebSocket::builder(URL).session(Session::require()).reconnect(every_100_ms());
            let socket = builder.open().unwrap();
            let mut events = socket.events();
            session_begins(&mut events).await;
            server.borrow().peers[&1].close(Some(1000), "").unwrap();
            assert_eq!(session_event(&mut events).await, SessionEvent::Resuming);
            assert!(matches!(session_event(&mut events).await, SessionEvent::Resumed { .. }));
            // Other codes mean what they always mean.
            server.borrow().peers[&2].close(Some(1008), "").unwrap();
            assert_eq!(socket.closed().await.code, 1008);
        })
        .unwrap();
}

#[test]
fn a_connection_that_ends_normally_before_a_session_ends_the_socket() {
    let network = network();
    let peers = plain_server(&network, true);
    network
        .run(async {
            let builder = WebSocket::builder(URL).session(Session::prefer()).reconnect(every_100_ms());
            let socket = builder.open().unwrap();
            while peers.borrow().is_empty() {
                network.sleep(ms(1)).await;
            }
            peers.borrow()[0].close(Some(1000), "").unwrap();
            assert_eq!(socket.closed().await.code, 1000);
        })
        .unwrap();
}

#[test]
fn messages_keep_their_tickets_without_a_session() {
    let network = network();
    let peers = plain_server(&network, true);
    network
        .run(async {
            let builder = WebSocket::builder(URL).session(Session::prefer());
            let socket = builder.reconnect(every_100_ms()).open().unwrap();
            let mut events = socket.events();
            for text in ["0", "1", "2", "3"] {
                socket.send_now(text).unwrap();
            }
            assert!(socket.cancel(Ticket(0)));
            assert_eq!(session_event(&mut events).await, SessionEvent::None);
            assert!(socket.flush().await.is_err(), "one was cancelled");
            socket.flush().await.unwrap();
            peers.borrow()[0].cut().unwrap();
            while !matches!(events.next().await, Some(Event::Reconnecting { .. })) {}
            for message in
                ["4".into(), Outgoing::from("5").key("k"), "6".into(), Outgoing::from("7").key("k")]
            {
                socket.send_now(message).unwrap();
            }
            assert!(socket.cancel(Ticket(6)));
            assert_eq!(discarded(&mut events), ["5 replaced", "6 cancelled"]);
            assert!(!socket.cancel(Ticket(1)), "it has left");
        })
        .unwrap();
}

#[test]
fn each_of_many_keys_has_its_newest_message() {
    for has_sessions in [true, false] {
        let network = network();
        let _server = has_sessions.then(|| Server::listen(&network));
        let peers = if has_sessions { Rc::default() } else { plain_server(&network, true) };
        network
            .run(async {
                let builder = WebSocket::builder(URL).session(Session::prefer());
                let socket = builder.reconnect(every_100_ms()).open().unwrap();
                let mut events = socket.events();
                if !has_sessions {
                    assert_eq!(session_event(&mut events).await, SessionEvent::None);
                    peers.borrow()[0].cut().unwrap();
                    while !matches!(events.next().await, Some(Event::Reconnecting { .. })) {}
                }
                for _ in 0..2 {
                    for key in 0..20 {
                        socket.send_now(Outgoing::from("text").key(&key.to_string())).unwrap();
                    }
                }
                assert_eq!(discarded(&mut events), ["text replaced"; 20]);
            })
            .unwrap();
    }
}

#[test]
fn contradicting_options_are_refused_by_name() {
    let _network = network();
    let refused = |builder: steady_websocket::Builder| match builder.open() {
        Err(OpenError::Option(ConfigError { field, .. })) => field,
        _ => "nothing",
    };
    let with = || WebSocket::builder(URL).session(Session::prefer());
    assert_eq!(refused(with().inbound(Inbound::drop_oldest())), "inbound");
    assert_eq!(refused(with().record()), "record");
    assert_eq!(refused(WebSocket::builder(URL).session(Session::prefer().window(0))), "session.window");
}

/// A SplitMix64 generator.
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// Every message arrives once and in order in both directions, whatever the network does.
#[test]
fn random_lives_deliver_everything_once() {
    for seed in 0..300_u64 {
        let bandwidth = (seed % 3 == 0).then_some(20_000);
        let options = Options { seed, latency: ms(seed % 40), bandwidth, ..Options::default() };
        let network = Rc::new(Network::new(options).unwrap());
        let server = Server::listen(&network);
        let mut state = seed;
        network
            .run(async {
                let session = Session::require().window(1 + random(&mut state) % 2000);
                let mut socket =
                    WebSocket::builder(URL).session(session).reconnect(every_100_ms()).open().unwrap();
                let mut up = Vec::new();
                let mut received = Vec::new();
                for step in 0..60_u32 {
                    match random(&mut state) % 8 {
                        0 | 1 => {
                            let text = format!("{step} {}", "x".repeat((random(&mut state) % 400) as usize));
                            socket.send_now(text.clone()).unwrap();
                            up.push(text);
                        }
                        2 | 3 if server.borrow().machine.is_some() => {
                            let text = format!("\u{10}{step}");
                            server.borrow_mut().send(millis(network.now()), text).unwrap();
                        }
                        4 => server.borrow_mut().cut(),
                        5 => socket.reconnect().unwrap(),
                        6 => {
                            while let Some(payload) = socket_take(&mut socket) {
                                received.push(payload);
                            }
                        }
                        _ => network.sleep(ms(random(&mut state) % 150)).await,
                    }
                }
                network.sleep(ms(2000)).await;
                socket.flush().await.unwrap();
                let down = texts(&server.borrow().sent);
                while received.len() < down.len() {
                    received.push(socket.next().await.unwrap().as_text().unwrap().to_owned());
                }
                assert_eq!(texts(&server.borrow().handled), up, "seed {seed}");
                assert_eq!(received, down, "seed {seed}");
            })
            .unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    }
}

fn socket_take(socket: &mut WebSocket) -> Option<String> {
    let receiver: &mut steady_websocket::Receiver = socket.as_mut();
    receiver.take_payload().map(|payload| payload.as_text().unwrap().to_owned())
}
