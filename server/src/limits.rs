//! What a server allows.

use std::time::Duration;

/// What a server allows: its sessions, their memory, their life.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// How long a session outlives its connection. Two minutes.
    pub life: Duration,
    /// How long a session that is over is remembered, so that a client that comes back learns how many of its messages
    /// were handled. Ten minutes.
    pub tombstone: Duration,
    /// The sessions of this node. Beyond it, opening is refused with `full`, and a session of another node is asked to
    /// come again. 10,000.
    pub sessions: usize,
    /// The sessions of one identity at this node; beyond, opening is refused with `full`. It does not hold for the empty
    /// name, which is everybody's as long as no hook asks. 100.
    pub sessions_per_identity: usize,
    /// Connections of which it is not known whom they belong to; beyond, they are closed with 1013. 1,000.
    pub arrivals: usize,
    /// How long a connection may take to open or resume a session. 30 seconds.
    pub arrival: Duration,
    /// The cost of the client's messages that are received and not handled: bytes, or UTF-16 code units of texts. 256 KiB.
    pub window: u64,
    /// The cost of this server's messages that a client has not handled; beyond it, senders wait. 1 MiB.
    pub queue: u64,
    /// The cost of the messages that all sessions of this node hold for their clients; beyond it, opening is refused with
    /// `full`. 1 GiB.
    pub held: u64,
    /// The bytes of one received message; a connection with a larger one is closed. 1 MiB.
    pub message: usize,
    /// A connection is pinged after half of this time without anything received, and dropped after all of it. One minute.
    pub silence: Duration,
    /// A request to the store counts as failed after this time, and is made again. Five seconds.
    pub store: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            life: Duration::from_secs(120),
            tombstone: Duration::from_secs(600),
            sessions: 10_000,
            sessions_per_identity: 100,
            arrivals: 1_000,
            arrival: Duration::from_secs(30),
            window: 256 << 10,
            queue: 1 << 20,
            held: 1 << 30,
            message: 1 << 20,
            silence: Duration::from_secs(60),
            store: Duration::from_secs(5),
        }
    }
}

impl Limits {
    /// How often a node tells the store that its sessions live.
    pub(crate) fn round(&self) -> Duration {
        (self.life / 4).max(Duration::from_millis(20))
    }

    /// How long the store keeps a session whose node says nothing more: its life, counted from the last round.
    pub(crate) fn lease(&self) -> Duration {
        self.life.saturating_add(self.round() * 2)
    }

    pub(crate) fn config(&self) -> steady_session::Config {
        steady_session::Config {
            window: self.window,
            // The sink waits at `queue`; what it has promised to take must not be refused.
            queue: u64::MAX,
            life: u64::try_from(self.life.as_millis()).unwrap_or(u64::MAX).min(steady_session::GREATEST),
        }
    }
}
