//! What connections and the control port share.

use crate::files::Files;
use crate::log::{KEEP, Log};
use crate::modes::Modes;
use crate::stats::Stats;
use crate::wire::Line;
use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{broadcast, mpsc, watch};
use tokio_tungstenite::tungstenite::Message;

/// What the control port asks of a connection's task.
#[derive(Debug)]
pub enum Command {
    /// Send a message.
    Say(Message),
    /// Start the closing handshake; without a code if there is none.
    Close(Option<u16>, String),
}

/// A connection the control port can reach.
#[derive(Clone, Debug)]
pub struct Live {
    /// The tag its URL gave.
    pub id: String,
    /// Its TCP connection.
    pub line: Arc<Line>,
    /// What it is asked to do.
    pub commands: mpsc::Sender<Command>,
}

/// A message in a room: the sender's number, and what it sent.
pub type Said = (u64, Message);

/// The server.
#[derive(Debug)]
pub struct Server {
    /// Where its WebSocket port listens, or will again.
    pub address: SocketAddr,
    /// What connections received.
    pub log: Log,
    /// How many came, and when.
    pub stats: Stats,
    /// Behaviours that override what the path says.
    pub modes: Modes,
    /// Static files.
    pub files: Files,
    /// Whether the WebSocket port should listen.
    pub listening: watch::Sender<bool>,
    /// Whether it does.
    pub is_listening: watch::Sender<bool>,
    live: Mutex<BTreeMap<u64, Live>>,
    rooms: Mutex<HashMap<String, broadcast::Sender<Said>>>,
}

impl Server {
    /// A server that has seen nothing yet.
    pub fn new(files: Files, address: SocketAddr) -> Arc<Self> {
        Arc::new(Self {
            address,
            log: Log::new(),
            stats: Stats::new(),
            modes: Modes::default(),
            files,
            listening: watch::Sender::new(true),
            is_listening: watch::Sender::new(true),
            live: Mutex::default(),
            rooms: Mutex::default(),
        })
    }

    /// Enters a connection in the log and makes it reachable.
    pub fn enter(
        self: &Arc<Self>,
        id: &str,
        raw_target: &str,
        behaviour: &str,
        keep: Option<usize>,
        line: &Arc<Line>,
    ) -> (Entered, mpsc::Receiver<Command>) {
        let number = self.log.arrived(id, raw_target, behaviour, keep.unwrap_or(KEEP));
        let (commands, orders) = mpsc::channel(1024);
        let live = Live { id: id.to_owned(), line: Arc::clone(line), commands };
        self.live.lock().unwrap_or_else(PoisonError::into_inner).insert(number, live);
        (Entered { server: Arc::clone(self), number }, orders)
    }

    /// The connections that go on, of one tag or all.
    pub fn reach(&self, id: Option<&str>) -> Vec<Live> {
        let live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        live.values().filter(|one| id.is_none_or(|id| one.id == id)).cloned().collect()
    }

    /// How many connections go on.
    pub fn live_count(&self) -> usize {
        self.live.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// The room of a name; rooms without listeners are forgotten.
    pub fn room(&self, name: &str) -> (broadcast::Sender<Said>, broadcast::Receiver<Said>) {
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        rooms.retain(|_, room| room.receiver_count() > 0);
        let room = rooms.entry(name.to_owned()).or_insert_with(|| broadcast::channel(1024).0);
        (room.clone(), room.subscribe())
    }
}

/// A connection's place in the server, left when dropped.
#[derive(Debug)]
pub struct Entered {
    /// The server.
    pub server: Arc<Server>,
    /// The connection's number in the log.
    pub number: u64,
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.server.live.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.number);
    }
}
