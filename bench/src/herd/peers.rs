//! How other libraries reconnect by default.

use crate::calendar::Millis;
use crate::client::{Client, News, Wish};
use crate::random::Random;

/// The reconnecting rules of a library.
pub struct Library {
    /// How long a connection attempt may take; `None` waits for the browser.
    connect_timeout: Option<Millis>,
    /// How long a connection must have lived for the delays to start over.
    stable_after: Millis,
    /// What a socket draws once at random.
    character: fn(&mut Random) -> f64,
    /// Returns the delay before the next attempt after this many failures.
    delay: fn(f64, u32, &mut Random) -> f64,
}

/// reconnecting-websocket 4.4.0: `minReconnectionDelay` is drawn once per page and grows by 1.3, without jitter per
/// attempt; starts over after 5 s.
pub static RECONNECTING_WEBSOCKET: Library = Library {
    connect_timeout: Some(4_000),
    stable_after: 5_000,
    character: |random| 1_000.0 + random.unit() * 4_000.0,
    delay: |min, tries, _| grown(min, 1.3, tries, 10_000.0),
};

/// partysocket 1.3.0: the same with a fixed first delay.
pub static PARTYSOCKET: Library = Library {
    connect_timeout: Some(4_000),
    stable_after: 5_000,
    character: |_| 3_000.0,
    delay: |min, tries, _| grown(min, 1.3, tries, 10_000.0),
};

/// socket.io's Manager 4.8.4: doubles, then adds or subtracts up to half, and applies the ceiling last: above the
/// ceiling there is no jitter left. Starts over when opened.
pub static SOCKET_IO: Library = Library {
    connect_timeout: Some(20_000),
    stable_after: 0,
    character: |_| 1_000.0,
    delay: |min, tries, random| {
        let step = grown(min, 2.0, tries, f64::MAX);
        let chance = random.unit();
        let deviation = (chance * 0.5 * step).floor();
        let even = (chance * 10.0) as u32 & 1 == 0;
        (if even { step - deviation } else { step + deviation }).min(5_000.0)
    },
};

/// Phoenix: a fixed list. Starts over when opened.
pub static PHOENIX: Library = Library {
    connect_timeout: None,
    stable_after: 0,
    character: |_| 0.0,
    delay: |_, tries, _| {
        let list = [10.0, 50.0, 100.0, 150.0, 200.0, 250.0, 500.0, 1_000.0, 2_000.0];
        list.get(tries as usize).copied().unwrap_or(5_000.0)
    },
};

fn grown(min: f64, factor: f64, tries: u32, max: f64) -> f64 {
    (min * factor.powi(tries.min(1_000) as i32)).min(max)
}

enum State {
    Up { since: Millis },
    Dialing { deadline: Option<Millis> },
    Waiting { until: Millis },
}

/// A socket of one of these libraries.
pub struct Peer {
    library: &'static Library,
    random: Random,
    character: f64,
    tries: u32,
    state: State,
}

impl Peer {
    /// Creates a socket that has not connected.
    pub fn new(library: &'static Library, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let character = (library.character)(&mut random);
        Self { library, random, character, tries: 0, state: State::Dialing { deadline: None } }
    }

    fn dial(&mut self, now: Millis) -> Wish {
        let deadline = self.library.connect_timeout.map(|span| now + span);
        self.state = State::Dialing { deadline };
        Wish { dial: true, let_go: false, wake: deadline }
    }

    fn lost(&mut self, now: Millis, let_go: bool) -> Wish {
        if matches!(self.state, State::Up { since } if now - since >= self.library.stable_after) {
            self.tries = 0;
        }
        let delay = (self.library.delay)(self.character, self.tries, &mut self.random);
        self.tries += 1;
        let until = now + delay as Millis;
        self.state = State::Waiting { until };
        Wish { dial: false, let_go, wake: Some(until) }
    }
}

impl Client for Peer {
    fn hear(&mut self, now: Millis, news: News) -> Wish {
        match (news, &self.state) {
            (News::Connect, _) => self.dial(now),
            (News::Opened, _) => {
                self.state = State::Up { since: now };
                Wish::default()
            }
            // None of them reads the close code of a server that restarts.
            (News::Lost(_), _) => self.lost(now, false),
            (News::Tick, State::Waiting { until }) if *until <= now => self.dial(now),
            (News::Tick, State::Dialing { deadline: Some(at) }) if *at <= now => self.lost(now, true),
            (News::Tick, State::Waiting { until }) => Wish { wake: Some(*until), ..Wish::default() },
            (News::Tick, State::Dialing { deadline }) => Wish { wake: *deadline, ..Wish::default() },
            (News::Tick, State::Up { .. }) => Wish::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delays(library: &'static Library, seed: u64, count: usize) -> Vec<Millis> {
        let mut peer = Peer::new(library, seed);
        peer.hear(0, News::Connect);
        (0..count).map(|_| peer.hear(0, News::Lost(1006)).wake.unwrap()).collect()
    }

    #[test]
    fn the_fixed_ladders_are_theirs() {
        assert_eq!(delays(&PHOENIX, 1, 11), [10, 50, 100, 150, 200, 250, 500, 1000, 2000, 5000, 5000]);
        assert_eq!(delays(&PARTYSOCKET, 1, 7), [3000, 3900, 5070, 6591, 8568, 10_000, 10_000]);
    }

    #[test]
    fn the_others_have_their_bounds() {
        for seed in 0..200 {
            let drawn = delays(&RECONNECTING_WEBSOCKET, seed, 12);
            assert!((1_000..5_000).contains(&drawn[0]) && drawn[11] == 10_000, "{drawn:?}");
            let drawn = delays(&SOCKET_IO, seed, 6);
            assert!((500..=1_500).contains(&drawn[0]), "{drawn:?}");
            // At its ceiling, socket.io has no jitter.
            assert_eq!(drawn[4..], [5_000, 5_000]);
        }
    }

    #[test]
    fn a_connection_makes_some_start_over_at_once_and_others_when_it_lasted() {
        for (library, expected) in [(&PHOENIX, 10), (&PARTYSOCKET, 3_900)] {
            let mut peer = Peer::new(library, 1);
            peer.hear(0, News::Connect);
            peer.hear(0, News::Lost(1006));
            peer.hear(5_000, News::Tick);
            peer.hear(5_000, News::Opened);
            assert_eq!(peer.hear(5_001, News::Lost(1006)).wake, Some(5_001 + expected));
        }
    }
}
