//! What happens to the herd, and who is in it.

use steady_websocket::core::{Config, Jitter};

use crate::calendar::Millis;
use crate::client::Ours;
use crate::peers::{self, Library, Peer};
use crate::run::{Outcome, run};
use crate::server::{Capacity, Excess};

/// One misfortune.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What it is called.
    pub name: &'static str,
    /// What happens, in a line.
    pub story: &'static str,
    /// The close code everybody gets when it begins; 1006 is none at all.
    pub code: u16,
    /// For how long the server is down.
    pub down: Millis,
    /// What it can take afterwards.
    pub capacity: Capacity,
    /// How long a connection lives that is thrown out again, and with what code.
    pub dropped: (Millis, u16),
    /// One way through the network, if it is the same for everybody.
    pub way: Option<u16>,
    /// How many share a Chromium, which paces them; `None`: each is alone.
    pub share: Option<usize>,
    /// When to stop looking.
    pub end: Millis,
}

impl Scenario {
    /// The three misfortunes for a herd of this size: the server is down for `down`, and needs 50
    /// seconds to take everybody back.
    pub fn all(sockets: usize, down: Millis) -> [Self; 3] {
        let per_second = (sockets as u64 / 50).max(1);
        let capacity = Capacity { per_second, backlog: per_second, waits: true, excess: Excess::Refuse };
        let outage = Self {
            name: "outage",
            story: "the server dies, refuses everybody, then returns",
            code: 1006,
            down,
            capacity: capacity.clone(),
            dropped: (0, 1006),
            way: None,
            share: None,
            end: down + 600_000,
        };
        let restart = Self {
            name: "restart",
            story: "the server closes everybody with 1012 and returns after 5 s",
            code: 1012,
            down: 5_000,
            end: 605_000,
            ..outage.clone()
        };
        let overload = Self {
            name: "overload",
            story: "the server drops everybody, then whatever it accepts beyond its capacity",
            down: 0,
            capacity: Capacity { excess: Excess::Drop, ..capacity },
            dropped: (500, 1006),
            end: 600_000,
            ..outage.clone()
        };
        [outage, restart, overload]
    }
}

/// A way to come back.
#[derive(Clone, Copy)]
pub enum Kind {
    /// The core, with this jitter.
    Ours(Jitter),
    /// Somebody else.
    Theirs(&'static Library),
}

/// A way to come back, with its name.
#[derive(Clone, Copy)]
pub struct Policy {
    /// What it is called.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
}

/// Everybody who is compared; the first is our default.
pub static POLICIES: [Policy; 8] = [
    Policy { name: "steady, full (default)", kind: Kind::Ours(Jitter::Full) },
    Policy { name: "steady, equal", kind: Kind::Ours(Jitter::Equal) },
    Policy { name: "steady, decorrelated", kind: Kind::Ours(Jitter::Decorrelated) },
    Policy { name: "steady, none", kind: Kind::Ours(Jitter::None) },
    Policy { name: "reconnecting-websocket", kind: Kind::Theirs(&peers::RECONNECTING_WEBSOCKET) },
    Policy { name: "partysocket", kind: Kind::Theirs(&peers::PARTYSOCKET) },
    Policy { name: "socket.io", kind: Kind::Theirs(&peers::SOCKET_IO) },
    Policy { name: "Phoenix", kind: Kind::Theirs(&peers::PHOENIX) },
];

impl Policy {
    /// Drives a herd of this policy through the scenario.
    pub fn run(&self, scenario: &Scenario, sockets: usize, seed: u64) -> Outcome {
        match self.kind {
            Kind::Ours(jitter) => {
                let mut config = Config::steady();
                if let Some(steady) = &mut config.steady {
                    steady.retry.jitter = jitter;
                }
                // The configuration is the default but for its jitter: it passes every check.
                run(scenario, sockets, seed, |seed| Ours::new(&config, seed).ok())
            }
            Kind::Theirs(library) => run(scenario, sockets, seed, |seed| Some(Peer::new(library, seed))),
        }
    }

    /// Whether this is the core.
    pub const fn is_ours(&self) -> bool {
        matches!(self.kind, Kind::Ours(_))
    }
}
