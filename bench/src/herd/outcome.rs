//! Counters while a herd runs, and their summary.

use crate::calendar::Millis;
use crate::scenario::Scenario;

/// Attempts are counted in slots of this length; a peak is the fullest second made of them.
pub const SLOT: Millis = 100;
const PER_SECOND: usize = (1_000 / SLOT) as usize;

/// How far one socket has reconnected.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Back {
    No,
    /// Accepted, only to be disconnected.
    Doomed,
    Yes(u32),
}

/// The running counters. Times are since the fault.
pub struct Tally {
    up_at: Millis,
    end: Millis,
    knocks: Vec<u32>,
    back: Vec<Back>,
    missing: usize,
    attempts: u64,
    /// When each socket dialled, if requested.
    pub dials: Option<Vec<Vec<u32>>>,
}

/// The summary. Times are milliseconds since the fault.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The number of sockets, and how many had not reconnected at the end.
    pub sockets: usize,
    /// Those that had not reconnected when the simulation stopped.
    pub missing: usize,
    /// Connection attempts of all sockets.
    pub attempts: u64,
    /// When half, 99 % and all of them had reconnected.
    pub back: [Option<Millis>; 3],
    /// Attempts per second, on average until all had reconnected.
    pub mean: f64,
    /// In the worst second.
    pub peak: u64,
    /// In the worst second after the server's return.
    pub peak_up: u64,
    /// What the server accepts per second.
    pub capacity: u64,
    /// Attempts in each second that arrived at the server.
    pub per_second: Vec<u64>,
    /// Sockets that reconnected in each second.
    pub returns: Vec<u64>,
    /// When each socket reconnected, in order.
    pub times: Vec<u32>,
    /// Bytes per idle socket.
    pub idle_bytes: u64,
    /// When each attempt was made, socket by socket, if requested.
    pub dials: Option<Vec<Vec<u32>>>,
}

impl Tally {
    /// Returns empty counters. A small herd is recorded in detail.
    pub fn new(sockets: usize, scenario: &Scenario) -> Self {
        Self {
            up_at: scenario.down,
            end: scenario.end,
            knocks: Vec::new(),
            back: vec![Back::No; sockets],
            missing: sockets,
            attempts: 0,
            dials: (sockets <= 20_000).then(|| vec![Vec::new(); sockets]),
        }
    }

    /// A socket starts a connection.
    pub fn dialed(&mut self, now: Millis, seat: u32) {
        self.attempts += 1;
        if let Some(dials) = self.dials.as_mut().and_then(|dials| dials.get_mut(seat as usize)) {
            dials.push(now as u32);
        }
    }

    /// An attempt arrives at the server.
    pub fn knocked(&mut self, now: Millis) {
        let slot = (now / SLOT) as usize;
        if slot >= self.knocks.len() {
            self.knocks.resize(slot + 1, 0);
        }
        if let Some(count) = self.knocks.get_mut(slot) {
            *count += 1;
        }
    }

    /// The connection that is about to open will be ended by the server.
    pub fn doomed(&mut self, seat: u32) {
        if let Some(back) = self.back.get_mut(seat as usize) {
            *back = Back::Doomed;
        }
    }

    /// A connection is established.
    pub fn opened(&mut self, now: Millis, seat: u32) {
        let Some(back) = self.back.get_mut(seat as usize) else { return };
        match back {
            Back::No => {
                *back = Back::Yes(now as u32);
                self.missing -= 1;
            }
            Back::Doomed => *back = Back::No,
            Back::Yes(_) => {}
        }
    }

    /// All sockets have reconnected.
    pub const fn is_complete(&self) -> bool {
        self.missing == 0
    }

    /// Returns the summary.
    pub fn outcome(self, idle_bytes: u64, capacity: u64) -> Outcome {
        let sockets = self.back.len();
        let mut times: Vec<u32> = self
            .back
            .iter()
            .filter_map(|back| if let Back::Yes(at) = back { Some(*at) } else { None })
            .collect();
        times.sort_unstable();
        let when = |part: usize| {
            let nth = (sockets * part).div_ceil(100).max(1) - 1;
            times.get(nth).map(|at| Millis::from(*at))
        };
        let back = [when(50), when(99), when(100)];
        let seconds = back[2].unwrap_or(self.end).max(1) as f64 / 1_000.0;
        let up = (self.up_at / SLOT) as usize;
        let mut returns = vec![0; times.last().map_or(0, |last| *last as usize / 1_000 + 1)];
        for at in &times {
            if let Some(count) = returns.get_mut(*at as usize / 1_000) {
                *count += 1;
            }
        }
        Outcome {
            sockets,
            missing: self.missing,
            attempts: self.attempts,
            back,
            mean: self.attempts as f64 / seconds,
            peak: worst_second(&self.knocks),
            peak_up: worst_second(self.knocks.get(up..).unwrap_or_default()),
            capacity,
            per_second: self
                .knocks
                .chunks(PER_SECOND)
                .map(|slots| slots.iter().map(|n| u64::from(*n)).sum())
                .collect(),
            returns,
            times,
            idle_bytes,
            dials: self.dials,
        }
    }
}

fn worst_second(slots: &[u32]) -> u64 {
    let sum = |slots: &[u32]| slots.iter().map(|count| u64::from(*count)).sum();
    // A herd may reconnect in less than a second.
    slots.windows(PER_SECOND.min(slots.len()).max(1)).map(sum).max().unwrap_or(0)
}

impl Outcome {
    /// Returns the worst second divided by the mean.
    pub fn peak_over_mean(&self) -> f64 {
        self.peak as f64 / self.mean.max(f64::MIN_POSITIVE)
    }

    /// Returns failed attempts per socket.
    pub fn wasted(&self) -> f64 {
        (self.attempts as f64 - (self.sockets - self.missing) as f64) / (self.sockets as f64).max(1.0)
    }

    /// Returns the worst second after the server's return, divided by what it accepts.
    pub fn rush(&self) -> f64 {
        self.peak_up as f64 / (self.capacity as f64).max(1.0)
    }
}
