//! State shared by connections and the control port.

use crate::files::Files;
use crate::log::{KEEP, Log};
use crate::modes::Modes;
use crate::stats::Stats;
use crate::wire::Line;
use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use steady_websocket_server::Sessions;
use tokio::sync::{broadcast, mpsc, watch};
use tokio_tungstenite::tungstenite::Message;

/// A command of the control port to a connection's task.
#[derive(Debug)]
pub enum Command {
    /// Send a message.
    Say(Message),
    /// Start the closing handshake, with an optional code.
    Close(Option<u16>, String),
}

/// A connection the control port can reach.
#[derive(Clone, Debug)]
pub struct Live {
    /// The tag of its URL.
    pub id: String,
    /// Its TCP connection.
    pub line: Arc<Line>,
    /// The channel for its commands.
    pub commands: mpsc::Sender<Command>,
}

/// A message in a room: the sender's number, and the message.
pub type Said = (u64, Message);

/// The server.
#[derive(Debug)]
pub struct Server {
    /// The address of its WebSocket port.
    pub address: SocketAddr,
    /// The log.
    pub log: Log,
    /// Counters.
    pub stats: Stats,
    /// Overrides.
    pub modes: Modes,
    /// Static files.
    pub files: Files,
    /// The sessions of `/session`.
    pub sessions: Sessions,
    /// Whether the WebSocket port should listen.
    pub listening: watch::Sender<bool>,
    /// Whether it does.
    pub is_listening: watch::Sender<bool>,
    live: Mutex<BTreeMap<u64, Live>>,
    rooms: Mutex<HashMap<String, broadcast::Sender<Said>>>,
}

impl Server {
    /// Creates a server without connections.
    pub fn new(files: Files, address: SocketAddr, sessions: Sessions) -> Arc<Self> {
        Arc::new(Self {
            address,
            log: Log::new(),
            stats: Stats::new(),
            modes: Modes::default(),
            files,
            sessions,
            listening: watch::Sender::new(true),
            is_listening: watch::Sender::new(true),
            live: Mutex::default(),
            rooms: Mutex::default(),
        })
    }

    /// Adds a connection to the log and makes it reachable.
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

    /// Returns the open connections, of one tag or all.
    pub fn reach(&self, id: Option<&str>) -> Vec<Live> {
        let live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        live.values().filter(|one| id.is_none_or(|id| one.id == id)).cloned().collect()
    }

    /// Returns the number of open connections.
    pub fn live_count(&self) -> usize {
        self.live.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Returns the room with this name; rooms without listeners are removed.
    pub fn room(&self, name: &str) -> (broadcast::Sender<Said>, broadcast::Receiver<Said>) {
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        rooms.retain(|_, room| room.receiver_count() > 0);
        let room = rooms.entry(name.to_owned()).or_insert_with(|| broadcast::channel(1024).0);
        (room.clone(), room.subscribe())
    }
}

/// A connection's registration with the server, which ends when it is dropped.
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
