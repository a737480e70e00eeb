//! The network: its clock, its schedule, and its connections.

use crate::codec::Message;
use crate::connection::Connection;
use crate::error::Error;
use crate::event::{ConnectionId, Event, ListenerId, ReadyState};
use crate::faults::Input;
use crate::handshake::{Connect, check_message};
use crate::listeners::{Found, Listeners};
use crate::options::{Options, nanos};
use crate::peer::Peer;
use crate::tcp::SYN;
use crate::url::Url;
use crate::wire::{Direction, Wire};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// A scheduled time, and a sequence number among tasks of the same time.
pub(crate) type Key = (u64, u64);

/// A scheduled task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    /// The client's first segment arrives at the server.
    Knock,
    /// The server's machine has accepted it.
    Establish,
    /// The server's machine has refused it.
    Refuse,
    /// The client's machine is offline.
    Unreachable,
    Depart,
    Arrive(Direction),
    Read(Direction),
    /// The events before the next frame are read.
    Frames(Direction),
    /// The fault answers the handshake.
    FaultAnswer,
    /// The fault's deadline.
    FaultTime,
    ClientDeadline,
    ServerDeadline,
}

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) options: Options,
    pub(crate) now: u64,
    pub(crate) events: VecDeque<Event>,
    pub(crate) wire: Wire,
    pub(crate) offline: bool,
    /// The messages said in rooms, and their senders.
    pub(crate) said: VecDeque<(String, ConnectionId, Message)>,
    tasks: BTreeMap<Key, (ConnectionId, Task)>,
    order: u64,
    /// Tasks that were due while the network was offline.
    held: Vec<(ConnectionId, Task)>,
}

impl Shared {
    pub(crate) fn schedule(&mut self, at: u64, id: ConnectionId, task: Task) -> Key {
        self.order += 1;
        let key = (at, self.order);
        self.tasks.insert(key, (id, task));
        key
    }

    pub(crate) fn cancel(&mut self, key: Key) {
        self.tasks.remove(&key);
    }
}

/// A network in memory, in virtual time. The crate's documentation shows how it is driven.
#[derive(Debug)]
pub struct Network {
    shared: Shared,
    listeners: Listeners,
    connections: BTreeMap<ConnectionId, Connection>,
    last: u64,
    /// How many connections wait for another one.
    queued: usize,
}

/// Begins to connect.
fn dial(connection: &mut Connection, shared: &mut Shared) {
    if shared.offline {
        shared.schedule(shared.now, connection.id, Task::Unreachable);
    } else {
        connection.knock(shared, Direction::ToServer, SYN);
        let arrives = shared.now.saturating_add(nanos(shared.options.latency));
        shared.schedule(arrives, connection.id, Task::Knock);
    }
}

impl Network {
    /// Makes a network at time 0.
    ///
    /// # Errors
    ///
    /// If an option cannot be used.
    pub fn new(options: Options) -> Result<Self, Error> {
        options.check()?;
        let shared = Shared {
            now: 0,
            events: VecDeque::new(),
            wire: Wire::new(options.limits.wire),
            offline: false,
            said: VecDeque::new(),
            tasks: BTreeMap::new(),
            order: 0,
            held: Vec::new(),
            options,
        };
        Ok(Self { shared, listeners: Listeners::default(), connections: BTreeMap::new(), last: 0, queued: 0 })
    }

    /// Returns the time since the network was created.
    pub fn now(&self) -> Duration {
        Duration::from_nanos(self.shared.now)
    }

    /// Returns when the next task is due, if no method is called before.
    pub fn next_time(&self) -> Option<Duration> {
        if !self.shared.events.is_empty() {
            return Some(self.now());
        }
        self.shared.tasks.first_key_value().map(|(&(at, _), _)| Duration::from_nanos(at))
    }

    /// Returns the next event up to a time, and moves the clock to when it happens. Without one the clock moves to that
    /// time.
    ///
    /// # Errors
    ///
    /// If the time is before [`now`](Self::now).
    pub fn next_event(&mut self, until: Duration) -> Result<Option<Event>, Error> {
        let until = nanos(until);
        if until < self.shared.now {
            return Err(Error::argument("until", "is in the past"));
        }
        loop {
            if let Some(event) = self.shared.events.pop_front() {
                return Ok(Some(event));
            }
            let due = self.shared.tasks.first_entry().filter(|entry| entry.key().0 <= until);
            let Some(entry) = due else {
                self.shared.now = until;
                return Ok(None);
            };
            // What was held back while offline may be due in the past.
            self.shared.now = self.shared.now.max(entry.key().0);
            let (id, task) = entry.remove();
            self.run(id, task);
        }
    }

    /// Listens at a URL without a query. A path that ends in `*` means all that begin like it; the longest wins.
    ///
    /// # Errors
    ///
    /// If the URL cannot be read, or is listened at already.
    pub fn listen(&mut self, url: &str) -> Result<ListenerId, Error> {
        self.listeners.add(url)
    }

    /// Ends a listener. Its connections stay.
    ///
    /// # Errors
    ///
    /// If it does not listen.
    pub fn unlisten(&mut self, listener: ListenerId) -> Result<(), Error> {
        self.listeners.remove(listener)
    }

    /// Begins a connection.
    ///
    /// # Errors
    ///
    /// If the URL, a sub-protocol, the origin or a header cannot be used, or there are too many connections.
    pub fn connect(&mut self, connect: Connect) -> Result<ConnectionId, Error> {
        let url = connect.check()?;
        let limit = self.shared.options.limits.connections;
        if self.connections.len() >= limit {
            return Err(Error::Limit { limit: "connections", value: limit });
        }
        self.last += 1;
        let id = ConnectionId(self.last);
        let mut connection = Connection::new(id, connect, url, &self.shared);
        // RFC 6455, 4.1: "there MUST be no more than one connection in a CONNECTING state."
        connection.queued = self.connections.values().any(|other| other.blocks(&connection.url));
        if connection.queued {
            self.queued += 1;
        } else {
            dial(&mut connection, &mut self.shared);
        }
        self.connections.insert(id, connection);
        Ok(id)
    }

    /// A connection to a host is open, or has failed: makes the next one that waits.
    fn dial_next(&mut self, url: &Url) {
        let waits = |connection: &&mut Connection| connection.queued && connection.url.is_same_host(url);
        if let Some(next) = self.connections.values_mut().find(waits) {
            next.queued = false;
            self.queued -= 1;
            dial(next, &mut self.shared);
        }
    }

    /// Sends a message from the client. While the socket closes it is only counted.
    ///
    /// # Errors
    ///
    /// If the socket is not open yet, or the message is too long.
    pub fn send(&mut self, connection: ConnectionId, message: impl Into<Message>) -> Result<(), Error> {
        let message = message.into();
        check_message(&message, self.shared.options.limits.message)?;
        self.with(connection, |connection, shared| connection.client_send(shared, message))?
            .map_err(|()| Error::state("send", "the socket is not open yet"))
    }

    /// Writes bytes from the client as they are, behind everything sent before: what no browser does, for tests of servers.
    ///
    /// # Errors
    ///
    /// If the socket is closed, or the queue's limit is reached.
    pub fn write(&mut self, connection: ConnectionId, bytes: &[u8]) -> Result<(), Error> {
        let limit = self.shared.options.limits.queue;
        self.with(connection, |connection, _| connection.client_write(bytes, limit))?
    }

    /// Closes the client's socket.
    ///
    /// # Errors
    ///
    /// If the code is neither 1000 nor one from 3000 to 4999, or the reason is longer than 123 bytes.
    pub fn close(&mut self, connection: ConnectionId, code: Option<u16>, reason: &str) -> Result<(), Error> {
        if let Some(code) = code
            && code != 1000
            && !(3000..=4999).contains(&code)
        {
            return Err(Error::argument("code", format!("is neither 1000 nor from 3000 to 4999: {code}")));
        }
        if reason.len() > 123 {
            return Err(Error::argument("reason", "is longer than 123 bytes"));
        }
        self.with(connection, |connection, shared| connection.client_close(shared, code, reason))
    }

    /// The client's `bufferedAmount`: payload bytes that are not in its socket buffer yet.
    ///
    /// # Errors
    ///
    /// If both ends are closed; then [`Event::Closed`] has the amount.
    pub fn buffered_amount(&self, connection: ConnectionId) -> Result<u64, Error> {
        self.connections.get(&connection).map(Connection::buffered_amount).ok_or(Error::Unknown)
    }

    /// Returns the ready state of the client's socket; closed if there is no such connection.
    pub fn ready_state(&self, connection: ConnectionId) -> ReadyState {
        self.connections.get(&connection).map_or(ReadyState::Closed, Connection::ready_state)
    }

    /// The server's end of a connection.
    ///
    /// # Errors
    ///
    /// If both ends are closed.
    pub fn peer(&mut self, connection: ConnectionId) -> Result<Peer<'_>, Error> {
        let connection = self.connections.get_mut(&connection).ok_or(Error::Unknown)?;
        Ok(Peer { connection, shared: &mut self.shared })
    }

    /// Returns how many connections have an open end, or bytes on the way.
    pub fn connections(&self) -> usize {
        self.connections.len()
    }

    /// Describes what each connection waits for, for errors of calls that would wait for ever.
    pub fn waiting(&self) -> String {
        let mut lines: Vec<String> = self.connections.values().map(Connection::waiting).collect();
        if self.shared.offline {
            lines.insert(0, "the network is offline".to_owned());
        }
        if lines.is_empty() { "there is no connection".to_owned() } else { lines.join("; ") }
    }

    /// Returns whether the network is offline.
    pub fn is_offline(&self) -> bool {
        self.shared.offline
    }

    /// Takes the network away, or brings it back. Meanwhile new connections fail, and nothing travels; nothing is lost
    /// either, since TCP would send it again.
    pub fn set_offline(&mut self, offline: bool) {
        self.shared.offline = offline;
        if !offline {
            for (id, task) in std::mem::take(&mut self.shared.held) {
                self.shared.schedule(self.shared.now, id, task);
            }
        }
        for connection in self.connections.values_mut() {
            connection.pump(&mut self.shared);
        }
    }

    /// Returns what crossed the wire.
    pub fn wire(&self) -> &Wire {
        &self.shared.wire
    }

    fn with<T>(
        &mut self,
        id: ConnectionId,
        change: impl FnOnce(&mut Connection, &mut Shared) -> T,
    ) -> Result<T, Error> {
        let connection = self.connections.get_mut(&id).ok_or(Error::Unknown)?;
        let (connecting, queued) = (connection.is_connecting(), connection.queued);
        let result = change(connection, &mut self.shared);
        connection.pump(&mut self.shared);
        let settled = (connecting && !connection.is_connecting()).then(|| connection.url.clone());
        if connection.is_over() {
            connection.release(&mut self.shared);
            self.connections.remove(&id);
        }
        match settled {
            Some(_) if queued => self.queued -= 1,
            Some(url) if self.queued > 0 => self.dial_next(&url),
            _ => {}
        }
        while let Some((room, from, message)) = self.shared.said.pop_front() {
            for connection in self.connections.values_mut() {
                connection.overhear(&mut self.shared, &room, from, &message);
            }
        }
        Ok(result)
    }

    fn run(&mut self, id: ConnectionId, task: Task) {
        let travels = matches!(task, Task::Knock | Task::Establish | Task::Refuse | Task::Arrive(_));
        if travels && self.shared.offline {
            self.shared.held.push((id, task));
            return;
        }
        let found = match (task, self.connections.get(&id)) {
            (Task::Knock, Some(connection)) => self.listeners.find(&connection.url),
            _ => Found::Nobody,
        };
        // A connection that has ended needs no memory.
        let _ = self.with(id, |connection, shared| match task {
            Task::Knock => {
                let answered = shared.now.saturating_add(nanos(shared.options.latency));
                if let Found::Listener(listener) = found {
                    connection.listener = Some(listener);
                }
                let task = if found == Found::Nobody { Task::Refuse } else { Task::Establish };
                shared.schedule(answered, id, task);
            }
            Task::Establish => connection.establish(shared),
            Task::Refuse => connection.refused(shared),
            Task::Unreachable => connection.client_fail(shared, None),
            Task::Depart => {}
            Task::Arrive(direction) => connection.arrive(shared, direction),
            Task::Read(direction) => connection.read(shared, direction),
            Task::Frames(direction) => connection.resume(shared, direction),
            Task::FaultAnswer => connection.fault_answer(shared),
            Task::FaultTime => connection.fault_hear(shared, Input::Time),
            Task::ClientDeadline => connection.client_deadline(shared),
            Task::ServerDeadline => connection.server_deadline(shared),
        });
    }
}
