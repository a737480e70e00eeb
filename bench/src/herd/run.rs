//! The simulation: a herd, a server, the network between them, and a calendar.
//!
//! A connection takes each side one network delay, which every socket draws once: half of them are within 23 ms of
//! the server, the farthest at 150 ms.

use crate::calendar::{Calendar, Millis};
use crate::chromium::Chromium;
use crate::client::{Client, News, Wish};
use crate::memory;
pub use crate::outcome::Outcome;
use crate::outcome::Tally;
use crate::random::Random;
use crate::scenario::Scenario;
use crate::server::{Server, Verdict};

/// When the fault begins: every connection has been stable for long by then. Time zero of a report.
pub const BEGIN: Millis = 60_000;

/// A scheduled event: 8 bytes, because there are millions.
struct Event {
    seat: u32,
    /// The attempt it belongs to: events of abandoned attempts are ignored.
    attempt: u16,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Wake,
    HeldBack,
    Knock,
    Opened,
    Refused,
    Struck,
    Dropped,
}

/// What the simulation stores per socket.
#[derive(Clone)]
struct Seat {
    wake: u32,
    attempt: u16,
    way: u16,
    /// Whether the fault has reached it.
    struck: bool,
}

struct Herd<'a, C> {
    scenario: &'a Scenario,
    clients: Vec<C>,
    seats: Vec<Seat>,
    server: Server,
    browsers: Vec<Chromium>,
    calendar: Calendar<Event>,
    tally: Tally,
}

/// Simulates `sockets` clients in a scenario; `client` creates one from its seed.
pub fn run<C: Client>(
    scenario: &Scenario,
    sockets: usize,
    seed: u64,
    mut client: impl FnMut(u64) -> Option<C>,
) -> Outcome {
    let before = memory::resident();
    let mut chance = Random::new(seed);
    let mut clients = Vec::with_capacity(sockets);
    let mut seats = Vec::with_capacity(sockets);
    for _ in 0..sockets {
        let drawn = 5 + (145.0 * chance.unit().powi(3)) as u16;
        let way = scenario.way.unwrap_or(drawn);
        seats.push(Seat { wake: u32::MAX, attempt: 1, way, struck: false });
        let Some(mut one) = client(chance.bits()) else { break };
        one.hear(0, News::Connect);
        one.hear(u64::from(way), News::Opened);
        clients.push(one);
    }
    let idle = memory::resident().saturating_sub(before) / (sockets as u64).max(1);
    let mut herd = Herd {
        scenario,
        clients,
        seats,
        browsers: browsers(scenario, sockets, &mut chance),
        server: Server::new(scenario.capacity.clone(), BEGIN + scenario.down),
        calendar: Calendar::new(BEGIN + scenario.end),
        tally: Tally::new(sockets, scenario),
    };
    for (seat, kept) in (0u32..).zip(&herd.seats) {
        let at = BEGIN + u64::from(kept.way);
        herd.calendar.put(at, Event { seat, attempt: 1, kind: Kind::Struck });
    }
    while !herd.tally.is_complete()
        && let Some((now, events)) = herd.calendar.next()
    {
        for event in events {
            herd.take(now, &event);
        }
    }
    herd.tally.outcome(idle, scenario.capacity.per_second)
}

impl<C: Client> Herd<'_, C> {
    fn take(&mut self, now: Millis, event: &Event) {
        if matches!(event.kind, Kind::Opened | Kind::Refused)
            && let Some(browser) = self.browser(event.seat)
        {
            browser.end(matches!(event.kind, Kind::Opened));
        }
        let Some(seat) = self.seats.get_mut(event.seat as usize) else { return };
        let way = u64::from(seat.way);
        let current = event.attempt == seat.attempt;
        let reply = |attempt, kind| Event { seat: event.seat, attempt, kind };
        match event.kind {
            Kind::Wake if u64::from(seat.wake) == now => {
                seat.wake = u32::MAX;
                self.tell(now, event.seat, News::Tick);
            }
            Kind::HeldBack => {
                let start = self.browser(event.seat).map_or(now, |browser| browser.take_turn(now, 2 * way));
                self.calendar.put(start + way, reply(event.attempt, Kind::Knock));
            }
            Kind::Struck if current => {
                seat.struck = true;
                self.tell(now, event.seat, News::Lost(self.scenario.code));
            }
            // The server does not know that a client has given up.
            Kind::Knock => {
                self.tally.knocked(now - BEGIN);
                let attempt = event.attempt;
                match self.server.knock(now) {
                    Verdict::Open(at) => self.calendar.put(at + way, reply(attempt, Kind::Opened)),
                    Verdict::Refused => self.calendar.put(now + way, reply(attempt, Kind::Refused)),
                    Verdict::Silence => {}
                    Verdict::OpenThenDropped => {
                        let life = self.scenario.dropped.0;
                        self.calendar.put(now + way, reply(attempt, Kind::Opened));
                        self.calendar.put(now + life + way, reply(attempt, Kind::Dropped));
                        self.tally.doomed(event.seat);
                    }
                }
            }
            Kind::Opened if current => {
                self.tally.opened(now - BEGIN, event.seat);
                self.tell(now, event.seat, News::Opened);
            }
            Kind::Refused if current => self.tell(now, event.seat, News::Lost(1006)),
            Kind::Dropped if current => self.tell(now, event.seat, News::Lost(self.scenario.dropped.1)),
            _ => {}
        }
    }

    fn tell(&mut self, now: Millis, at: u32, news: News) {
        let (Some(client), Some(seat)) = (self.clients.get_mut(at as usize), self.seats.get_mut(at as usize))
        else {
            return;
        };
        let Wish { dial, let_go, wake } = client.hear(now, news);
        if dial || let_go {
            seat.attempt = seat.attempt.wrapping_add(1);
        }
        let attempt = seat.attempt;
        let way = u64::from(seat.way);
        let wake = wake.map_or(u32::MAX, |wake| wake.max(now) as u32);
        if wake != seat.wake {
            seat.wake = wake;
            if wake != u32::MAX {
                self.calendar.put(u64::from(wake), Event { seat: at, attempt, kind: Kind::Wake });
            }
        }
        if dial {
            self.tally.dialed(now - BEGIN, at);
            let event = |kind| Event { seat: at, attempt, kind };
            match self.browser(at).map(Chromium::begin) {
                Some(delay) => self.calendar.put(now + delay, event(Kind::HeldBack)),
                None => self.calendar.put(now + way, event(Kind::Knock)),
            }
        }
    }

    fn browser(&mut self, seat: u32) -> Option<&mut Chromium> {
        self.browsers.get_mut(seat as usize / self.scenario.share?)
    }
}

fn browsers(scenario: &Scenario, sockets: usize, chance: &mut Random) -> Vec<Chromium> {
    let Some(share) = scenario.share else { return Vec::new() };
    let opened = |number: usize| share.min(sockets - number * share) as u64;
    (0..sockets.div_ceil(share)).map(|number| Chromium::new(opened(number), chance.bits())).collect()
}
