//! A network with an echo server, and its events.

use std::time::Duration;
use steady_network::{Accept, Connect, ConnectionId, Event, Message, Network, Options};

pub const URL: &str = "ws://peer.test/";

pub fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Events with their times.
pub type Log = Vec<(Duration, Event)>;

/// Runs until a time, accepting every request.
pub fn run(network: &mut Network, until: Duration) -> Log {
    let mut log = Vec::new();
    while let Some(event) = network.next_event(until).unwrap() {
        if let Event::Request { connection, request, .. } = &event {
            let accept = Accept::first_protocol(request);
            network.peer(*connection).unwrap().accept(accept).unwrap();
        }
        log.push((network.now(), event));
    }
    log
}

/// Returns the events without times.
pub fn events(log: Log) -> Vec<Event> {
    log.into_iter().map(|(_, event)| event).collect()
}

/// Returns a network with an open connection.
pub fn open(options: Options) -> (Network, ConnectionId) {
    let mut network = Network::new(options).unwrap();
    network.listen(URL).unwrap();
    let id = network.connect(Connect::to(URL)).unwrap();
    let until = network.now() + Duration::from_secs(10);
    let mut opened = false;
    while !opened {
        match network.next_event(until).unwrap().expect("the connection opens") {
            Event::Request { connection, .. } => {
                network.peer(connection).unwrap().accept(Accept::default()).unwrap();
            }
            Event::Open { .. } => opened = true,
            other => panic!("{other:?}"),
        }
    }
    (network, id)
}

pub fn message(connection: ConnectionId, text: &str) -> Event {
    Event::Message { connection, message: Message::from(text) }
}

pub fn peer_message(connection: ConnectionId, text: &str) -> Event {
    Event::PeerMessage { connection, message: Message::from(text) }
}

pub fn closed(connection: ConnectionId, code: u16, reason: &str, clean: bool) -> Event {
    Event::Closed { connection, code, reason: reason.to_owned(), clean, buffered: 0 }
}

pub fn peer_closed(connection: ConnectionId, code: u16, reason: &str, clean: bool) -> Event {
    Event::PeerClosed { connection, code, reason: reason.to_owned(), clean }
}
