//! The scenarios, and the policies that are compared.

use steady_websocket::core::{Config, Jitter};

use crate::calendar::Millis;
use crate::client::Ours;
use crate::peers::{self, Library, Peer};
use crate::run::{Outcome, run};
use crate::server::{Capacity, Excess};

/// One scenario.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its name.
    pub name: &'static str,
    /// Its description in one line.
    pub story: &'static str,
    /// The close code that every socket gets at the start; 1006 means none.
    pub code: u16,
    /// For how long the server is down.
    pub down: Millis,
    /// What it accepts afterwards.
    pub capacity: Capacity,
    /// How long a connection lives that the server ends, and its code.
    pub dropped: (Millis, u16),
    /// The network delay, if it is the same for all.
    pub way: Option<u16>,
    /// How many sockets share a Chromium, which throttles them; `None`: each has its own.
    pub share: Option<usize>,
    /// When to stop the simulation.
    pub end: Millis,
}

impl Scenario {
    /// Returns the three scenarios for a herd of this size: the server is down for `down`, and needs 50 seconds to
    /// accept all.
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

/// A policy of reconnecting.
#[derive(Clone, Copy)]
pub enum Kind {
    /// The core, with this jitter.
    Ours(Jitter),
    /// Another library.
    Theirs(&'static Library),
}

/// A policy with its name.
#[derive(Clone, Copy)]
pub struct Policy {
    /// Its name.
    pub name: &'static str,
    /// The policy.
    pub kind: Kind,
}

/// All policies compared; the first is our default.
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
    /// Simulates a herd of this policy in the scenario.
    pub fn run(&self, scenario: &Scenario, sockets: usize, seed: u64) -> Outcome {
        match self.kind {
            Kind::Ours(jitter) => {
                let mut config = Config::steady();
                if let Some(steady) = &mut config.steady {
                    steady.retry.jitter = jitter;
                }
                // The configuration is the default but for its jitter, which is always valid.
                run(scenario, sockets, seed, |seed| Ours::new(&config, seed).ok())
            }
            Kind::Theirs(library) => run(scenario, sockets, seed, |seed| Some(Peer::new(library, seed))),
        }
    }

    /// Returns whether this is the core.
    pub const fn is_ours(&self) -> bool {
        matches!(self.kind, Kind::Ours(_))
    }
}
