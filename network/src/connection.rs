//! A connection: two ends, and the link between them. `client.rs` and `peer.rs` implement the ends.

use crate::assembly::Role;
use crate::endpoint::Endpoint;
use crate::event::{ConnectionId, Event, ListenerId, ReadyState};
use crate::faults::{Input, Reading};
use crate::faulty::Faulty;
use crate::handshake::{Connect, Request};
use crate::link::{Carried, Link};
use crate::network::{Key, Shared, Task};
use crate::options::nanos;
use crate::random::Random;
use crate::tcp::{ACK, RST, SYN, Tcp};
use crate::url::Url;
use crate::wire::{Direction, Observer, What};
use std::time::Duration;

/// How long a closed end waits for its written bytes to leave before it resets the connection.
pub(crate) const LINGER: Duration = Duration::from_secs(2);

/// The state of the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ClientState {
    Connecting,
    Open,
    /// Our Close frame is queued or sent.
    CloseSent,
    /// Both Close frames were exchanged, or ours is queued; the server must end TCP.
    CloseReceived(Option<u16>, String),
    Closed,
}

/// The state of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ServerState {
    /// Reads the request.
    Reading,
    /// Must answer it.
    Requested(Request),
    /// A fault answers it, or never does.
    Answering,
    Open,
    /// Our Close frame is queued or sent.
    CloseSent,
    Closed,
}

/// One end of a connection, with its state.
#[derive(Debug)]
pub(crate) struct End<S> {
    pub(crate) state: S,
    pub(crate) endpoint: Endpoint,
    /// The request or response head being read.
    pub(crate) head: Vec<u8>,
    deadline: Option<Key>,
    /// Whether frames wait until earlier events were read.
    pending: bool,
    /// Whether the other end's stream has ended, even if not all of it was read.
    ended: bool,
    read_wake: Option<u64>,
    depart_wake: Option<(u64, Key)>,
}

impl<S> End<S> {
    fn new(state: S, endpoint: Endpoint) -> Self {
        Self {
            state,
            endpoint,
            head: Vec::new(),
            deadline: None,
            pending: false,
            ended: false,
            read_wake: None,
            depart_wake: None,
        }
    }

    /// Sets or moves the end's deadline.
    pub(crate) fn wait(&mut self, shared: &mut Shared, id: ConnectionId, time: Duration, task: Task) {
        self.relax(shared);
        self.deadline = Some(shared.schedule(shared.now.saturating_add(nanos(time)), id, task));
    }

    pub(crate) fn relax(&mut self, shared: &mut Shared) {
        if let Some(key) = self.deadline.take() {
            shared.cancel(key);
        }
    }

    /// Reads what may be read now.
    fn read(&mut self, link: &mut Link, shared: &mut Shared, id: ConnectionId, task: Task) -> Vec<u8> {
        // Otherwise what has arrived would pile up behind an application that reacts slowly.
        if self.endpoint.held || self.pending {
            return Vec::new();
        }
        let Reading::Slow(rate) = self.endpoint.reading else {
            let most = if self.endpoint.reading == Reading::All { self.endpoint.budget } else { 0 };
            return link.read(usize::try_from(most).unwrap_or(usize::MAX));
        };
        let mut bytes = Vec::new();
        if shared.now >= self.endpoint.next_read {
            // In steps of a twentieth of a second, so that slow reading is smooth.
            let most = (rate / 20).max(1).min(self.endpoint.budget);
            bytes = link.read(usize::try_from(most).unwrap_or(usize::MAX));
            let busy = (bytes.len() as u64).saturating_mul(1_000_000_000).div_ceil(rate);
            self.endpoint.next_read = shared.now.saturating_add(busy);
        }
        let next = self.endpoint.next_read;
        if link.unread() > 0 && self.read_wake != Some(next) {
            self.read_wake = Some(next);
            shared.schedule(next, id, task);
        }
        bytes
    }
}

/// A connection.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) id: ConnectionId,
    pub(crate) url: Url,
    pub(crate) asked: Connect,
    pub(crate) key: String,
    pub(crate) up: Link,
    pub(crate) down: Link,
    pub(crate) client: End<ClientState>,
    pub(crate) server: End<ServerState>,
    /// `None` if others listen at this address, but not for this path.
    pub(crate) listener: Option<ListenerId>,
    /// Whether it waits until another connection to this host is open or has failed.
    pub(crate) queued: bool,
    pub(crate) established: bool,
    /// The fault that controls the server, if no test does.
    pub(crate) fault: Option<Faulty>,
    /// Payload bytes that will never leave: given to the client's socket after it began to close, or lost in a reset.
    pub(crate) unsent: u64,
    tcp: Tcp,
    up_observer: Observer,
    down_observer: Observer,
}

impl Connection {
    pub(crate) fn new(id: ConnectionId, asked: Connect, url: Url, shared: &Shared) -> Self {
        let options = &shared.options;
        let link = || Link::new(nanos(options.latency), options.bandwidth, options.buffer);
        let random = Random::of_connection(options.seed, id.0);
        let limit = options.limits.message;
        let mut client = Endpoint::new(Role::Client, limit, random.clone());
        let key = data_encoding::BASE64.encode(&client.nonce());
        Self {
            id,
            key: key.clone(),
            up: link(),
            down: link(),
            client: End::new(ClientState::Connecting, client),
            server: End::new(ServerState::Reading, Endpoint::new(Role::Server, limit, random)),
            listener: None,
            queued: false,
            established: false,
            fault: None,
            unsent: 0,
            tcp: Tcp::new(id, &url),
            up_observer: Observer::of_request(options.limits.head),
            down_observer: Observer::of_answer(key, options.limits.head),
            url,
            asked,
        }
    }

    pub(crate) fn ready_state(&self) -> ReadyState {
        match self.client.state {
            ClientState::Connecting => ReadyState::Connecting,
            ClientState::Open => ReadyState::Open,
            ClientState::CloseSent | ClientState::CloseReceived(..) => ReadyState::Closing,
            ClientState::Closed => ReadyState::Closed,
        }
    }

    pub(crate) fn is_connecting(&self) -> bool {
        self.client.state == ClientState::Connecting
    }

    /// Returns whether connections to that URL must wait for it.
    pub(crate) fn blocks(&self, url: &Url) -> bool {
        self.is_connecting() && self.url.is_same_host(url)
    }

    /// Describes what it waits for.
    pub(crate) fn waiting(&self) -> String {
        let client = match self.client.state {
            ClientState::Connecting if self.queued => "waits for another connection to this host",
            ClientState::Connecting => "is connecting",
            ClientState::Open => "is open",
            ClientState::CloseSent => "waits for the server's Close frame",
            ClientState::CloseReceived(..) => "waits for the server to end TCP",
            ClientState::Closed => "is closed",
        };
        let server = match self.server.state {
            ServerState::Reading => "has no request yet",
            ServerState::Requested(_) => "has not answered the request",
            ServerState::Answering => "is a fault that does not answer",
            ServerState::Open => "is open",
            ServerState::CloseSent => "waits for the client's Close frame",
            ServerState::Closed => "is closed",
        };
        format!("connection {} to {}: the client {client}, the server {server}", self.id.0, self.url)
    }

    /// Records a segment of TCP's own handshake.
    pub(crate) fn knock(&mut self, shared: &mut Shared, direction: Direction, flags: u8) {
        let packet = self.tcp.packet(shared.now, direction, flags, Vec::new());
        shared.wire.packet(packet);
    }

    /// The server's TCP has accepted the connection.
    pub(crate) fn establish(&mut self, shared: &mut Shared) {
        self.established = true;
        self.knock(shared, Direction::ToClient, SYN | ACK);
        self.knock(shared, Direction::ToServer, ACK);
        let head = self.asked.head(&self.url, &self.key);
        self.client.endpoint.queue_bytes(head.into_bytes());
    }

    /// The server's TCP has refused the connection.
    pub(crate) fn refused(&mut self, shared: &mut Shared) {
        self.knock(shared, Direction::ToClient, RST | ACK);
        self.client_fail(shared, None);
    }

    /// Returns whether nothing can happen here any more.
    pub(crate) fn is_over(&self) -> bool {
        let closed = self.client.state == ClientState::Closed && self.server.state == ServerState::Closed;
        closed && self.up.is_over() && self.down.is_over()
    }

    /// Cancels everything that is scheduled.
    pub(crate) fn release(&mut self, shared: &mut Shared) {
        self.client.relax(shared);
        self.server.relax(shared);
        self.fault_over(shared);
        let wakes = [self.client.depart_wake.take(), self.server.depart_wake.take()];
        for (_, key) in wakes.into_iter().flatten() {
            shared.cancel(key);
        }
    }

    /// Moves what can move now, and schedules the rest. Must be called after every change.
    pub(crate) fn pump(&mut self, shared: &mut Shared) {
        if !self.established {
            return;
        }
        loop {
            self.client.endpoint.flush(&mut self.up, shared.now);
            self.server.endpoint.flush(&mut self.down, shared.now);
            if self.server.endpoint.queued() == 0 && self.fault_wants_room() {
                self.fault_hear(shared, Input::Room);
                continue;
            }
            let sent = self.depart(shared, Direction::ToServer) | self.depart(shared, Direction::ToClient);
            if !sent {
                break;
            }
        }
        if self.client.endpoint.has_drained() && self.client.state != ClientState::Closed {
            shared.events.push_back(Event::Drained { connection: self.id });
        }
        if self.server.endpoint.has_drained() && self.server.state != ServerState::Closed {
            shared.events.push_back(Event::PeerDrained { connection: self.id });
        }
        let (now, offline) = (shared.now, shared.offline);
        let wake = |link: &Link, endpoint: &Endpoint| {
            let departure = link.next_departure(now).filter(|_| !offline);
            let room = link.next_room(now).filter(|_| endpoint.queued() > 0);
            departure.into_iter().chain(room).min()
        };
        let (up, down) = (wake(&self.up, &self.client.endpoint), wake(&self.down, &self.server.endpoint));
        rouse(&mut self.client.depart_wake, up, shared, self.id);
        rouse(&mut self.server.depart_wake, down, shared, self.id);
    }

    fn depart(&mut self, shared: &mut Shared, direction: Direction) -> bool {
        let mut sent = false;
        while !shared.offline {
            let link = if direction == Direction::ToServer { &mut self.up } else { &mut self.down };
            let Some((carried, arrives)) = link.depart(shared.now) else { break };
            self.departed(shared, direction, &carried, arrives);
            sent = true;
        }
        sent
    }

    fn departed(&mut self, shared: &mut Shared, direction: Direction, carried: &Carried, arrives: u64) {
        if direction == Direction::ToServer {
            shared.wire.packet(self.tcp.carry(shared.now, direction, carried));
        }
        shared.schedule(arrives, self.id, Task::Arrive(direction));
    }

    /// Resets one direction.
    pub(crate) fn reset(&mut self, shared: &mut Shared, direction: Direction) {
        let link = if direction == Direction::ToServer { &mut self.up } else { &mut self.down };
        if link.is_silent() {
            link.abandon();
        } else if let Some(arrives) = link.reset(shared.now) {
            self.departed(shared, direction, &Carried::Reset, arrives);
        }
    }

    /// Receives a segment that has arrived. One for each task, so that its events are read before the next.
    pub(crate) fn arrive(&mut self, shared: &mut Shared, direction: Direction) {
        let link = if direction == Direction::ToServer { &mut self.up } else { &mut self.down };
        let Some(carried) = link.arrive() else { return };
        if direction == Direction::ToClient {
            shared.wire.packet(self.tcp.carry(shared.now, direction, &carried));
        }
        let (id, now) = (self.id, shared.now);
        let mut report = |what| shared.wire.record(id, now, direction, what);
        match &carried {
            Carried::Bytes(bytes) if direction == Direction::ToServer => self.up_observer.push(bytes, report),
            Carried::Bytes(bytes) => self.down_observer.push(bytes, report),
            Carried::Fin => report(What::Fin),
            Carried::Reset => report(What::Reset),
        }
        match carried {
            Carried::Bytes(_) => {}
            Carried::Fin if direction == Direction::ToServer => self.server.ended = true,
            Carried::Fin => self.client.ended = true,
            Carried::Reset => self.was_reset(direction),
        }
        self.read(shared, direction);
    }

    fn was_reset(&mut self, direction: Direction) {
        self.up.read(usize::MAX);
        self.down.read(usize::MAX);
        if direction == Direction::ToServer {
            self.server.endpoint.discard();
            self.down.abandon();
            self.server.ended = true;
        } else {
            // What never left stays in `bufferedAmount`.
            self.unsent += self.client.endpoint.buffered();
            self.client.endpoint.discard();
            self.up.abandon();
            self.client.ended = true;
        }
    }

    /// Changes how the server reads.
    pub(crate) fn set_reading(&mut self, shared: &mut Shared, reading: Reading) {
        self.server.endpoint.reading = reading;
        self.server.endpoint.next_read = shared.now;
        self.read(shared, Direction::ToServer);
    }

    /// Postpones the frames that have arrived, so that the application reacts to one event before the next.
    pub(crate) fn pause(&mut self, shared: &mut Shared, direction: Direction) {
        let (pending, more) = match direction {
            Direction::ToServer => (&mut self.server.pending, self.server.endpoint.assembly.has_more()),
            Direction::ToClient => (&mut self.client.pending, self.client.endpoint.assembly.has_more()),
        };
        if more && !std::mem::replace(pending, true) {
            shared.schedule(shared.now, self.id, Task::Frames(direction));
        }
    }

    /// Returns whether frames wait until earlier events were read.
    pub(crate) fn is_paused(&self, direction: Direction) -> bool {
        match direction {
            Direction::ToServer => self.server.pending,
            Direction::ToClient => self.client.pending,
        }
    }

    /// Continues with the frames that have arrived.
    pub(crate) fn resume(&mut self, shared: &mut Shared, direction: Direction) {
        if direction == Direction::ToServer {
            self.server.pending = false;
            self.server_frames(shared);
        } else {
            self.client.pending = false;
            self.client_frames(shared);
        }
        // The stream may have ended meanwhile.
        self.read(shared, direction);
    }

    /// Stops or resumes reading, because the server's application has too much to read.
    pub(crate) fn hold(&mut self, shared: &mut Shared, full: bool) {
        self.server.endpoint.held = full;
        self.read(shared, Direction::ToServer);
    }

    /// Reads what an end may read now.
    pub(crate) fn read(&mut self, shared: &mut Shared, direction: Direction) {
        if direction == Direction::ToServer {
            if self.server.state == ServerState::Closed {
                self.server.endpoint.reading = Reading::All;
                self.server.endpoint.held = false;
                self.server.pending = false;
                self.server.endpoint.budget = u64::MAX;
            }
            let bytes = self.server.read(&mut self.up, shared, self.id, Task::Read(direction));
            if !bytes.is_empty() {
                self.server_bytes(shared, &bytes);
                self.spend(shared, bytes.len() as u64);
            }
            if self.server.ended && self.up.unread() == 0 && !self.server.pending {
                self.server_end(shared);
            }
        } else {
            let bytes = self.client.read(&mut self.down, shared, self.id, Task::Read(direction));
            if !bytes.is_empty() {
                self.client_bytes(shared, &bytes);
            }
            if self.client.ended && self.down.unread() == 0 && !self.client.pending {
                self.client_end(shared);
            }
        }
    }
}

/// Keeps one task scheduled for the next departure.
fn rouse(wake: &mut Option<(u64, Key)>, at: Option<u64>, shared: &mut Shared, id: ConnectionId) {
    if wake.map(|(at, _)| at) == at {
        return;
    }
    if let Some((_, key)) = wake.take() {
        shared.cancel(key);
    }
    *wake = at.map(|at| (at, shared.schedule(at, id, Task::Depart)));
}
