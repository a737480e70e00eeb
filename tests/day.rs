//! A day of a steady socket in virtual time: 24 hours of traffic on a network that fails, hangs and recovers, in a
//! page that is suspended. Every rule of `core/world.rs` holds at every step; this adds what only a long run shows:
//! each message has one fate, nothing grows, reconnecting is never too frequent, and waking is prompt.
#![cfg(not(target_arch = "wasm32"))]
#![allow(dead_code, reason = "the world has users of other kinds")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "core/account.rs"]
mod account;
#[path = "core/world.rs"]
mod world;

mod api {
    pub use steady_websocket::core::*;
}

use account::ASIDE;
use api::*;
use std::collections::BTreeMap;
use world::World;

const HOUR: Millis = 3_600_000;
const DAY: Millis = 24 * HOUR;
/// The size of a message, and the bytes that the network accepts per millisecond.
const SIZE: u64 = 100;
const RATE: u64 = 100;
/// The time allowed between waking and the attempt to reconnect.
const PROMPT: Millis = 100;

#[derive(Clone, Copy, PartialEq)]
enum Network {
    /// Connects, and answers.
    Well,
    /// Refuses connections.
    Down,
    /// Accepts what is sent, and answers nothing.
    Silent,
}

struct Day {
    world: World,
    random: u64,
    now: Millis,
    network: Network,
    /// Bytes that the browser has not sent yet.
    wire: u64,
    /// Until when the page is suspended.
    asleep: Millis,
    /// When the peer's answer to a heartbeat arrives.
    pong: Option<Millis>,
    fates: BTreeMap<u64, u32>,
    dials: Vec<Millis>,
    opens: u32,
}

impl Day {
    fn new(seed: u64) -> Self {
        let heartbeat = Some(HeartbeatConfig { interval: 30_000, timeout: 10_000 });
        let steady = SteadyConfig { heartbeat, ..SteadyConfig::default() };
        let mut day = Self {
            world: World::new(Config { steady: Some(steady), ..Config::default() }, seed),
            random: seed | 1,
            now: 0,
            network: Network::Well,
            wire: 0,
            asleep: 0,
            pong: None,
            fates: BTreeMap::new(),
            dials: Vec::new(),
            opens: 0,
        };
        day.step(Input::Connect);
        day
    }

    fn random(&mut self, below: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % below
    }

    /// Handles one input, and everything that the network answers immediately.
    fn step(&mut self, input: Input<u64>) {
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            if matches!(input, Input::Closed { .. }) {
                self.wire = 0;
            }
            let mut wire = self.wire;
            let reply = |_: &World, effect: &Effect<u64>| match effect {
                Effect::Transmit(_, payload) => {
                    wire += if *payload < ASIDE { SIZE } else { 4 };
                    None
                }
                Effect::Sample(attempt) => Some(Input::Buffered(*attempt, wire)),
                Effect::Abandon(attempt) => Some(lost(*attempt, std::mem::take(&mut wire))),
                _ => None,
            };
            let effects = self.world.step_replying(Instant::from_millis(self.now), input, reply);
            self.wire = wire;
            for effect in effects.unwrap_or_else(|broken| panic!("at {} ms: {broken}", self.now)) {
                inputs.extend(self.carry_out(&effect));
            }
        }
    }

    fn carry_out(&mut self, effect: &Effect<u64>) -> Option<Input<u64>> {
        match effect {
            Effect::Dial(attempt) => {
                self.dials.push(self.now);
                self.pong = None;
                return Some(Input::Dialed(*attempt));
            }
            Effect::Ping(attempt) => {
                if self.network == Network::Well {
                    self.pong = Some(self.now + 50);
                }
                return Some(Input::SendDirect(*attempt, OutgoingMessage::new(ASIDE, 4)));
            }
            Effect::Fire(Event::Open(_)) => self.opens += 1,
            Effect::Fate(ticket, _, _) | Effect::Fire(Event::Discard(ticket, _, _)) => {
                *self.fates.entry(ticket.0).or_default() += 1
            }
            _ => {}
        }
        None
    }

    /// Completes or fails the current connection attempt.
    fn answer_dial(&mut self) {
        let Some(line) = self.world.line.as_ref().filter(|line| !line.opened && !line.abandoned) else {
            return;
        };
        let attempt = line.attempt;
        match self.network {
            Network::Well => {
                self.step(Input::Opened(attempt));
                self.step(Input::Announced(attempt));
            }
            Network::Down => self.step(lost(attempt, 0)),
            Network::Silent => {}
        }
    }

    /// Runs a tenth of a second: the page's timers, if it is awake, and the network.
    fn pass(&mut self) {
        self.now += 100;
        self.wire = self.wire.saturating_sub(100 * RATE);
        if self.now < self.asleep {
            return;
        }
        let attempt = self.world.machine.attempt();
        if self.pong.take_if(|at| *at <= self.now).is_some() {
            self.step(Input::Received { attempt, size: 4, pong: true });
        }
        if self.world.machine.deadline().is_some_and(|at| at.as_millis() <= self.now) {
            self.step(Input::Tick);
        }
        self.answer_dial();
    }

    /// Suspends the page, and wakes it by one of its events.
    fn sleep(&mut self, span: Millis) {
        let (begins, ends) = match self.random(4) {
            0 => (Page::Frozen, Page::Resumed),
            1 => (Page::Stowed, Page::Shown),
            2 => (Page::Hidden, Page::Visible),
            _ => (Page::Hidden, Page::ClockJumped),
        };
        self.step(Input::Page(begins));
        self.asleep = self.now + span;
        while self.now < self.asleep {
            self.pass();
        }
        let waits = self.world.line.is_none();
        let dials = self.dials.len();
        self.step(Input::Page(ends));
        // Offline, waking starts no attempt.
        if waits && self.network != Network::Down && self.recent_dials(10_000) < 5 {
            self.now += PROMPT;
            self.step(Input::Tick);
            assert!(self.dials.len() > dials, "at {} ms: awake by {ends:?}, and not connecting", self.now);
        }
    }

    fn recent_dials(&self, span: Millis) -> usize {
        self.dials.iter().rev().take_while(|at| **at + span > self.now).count()
    }

    fn change_network(&mut self) {
        let before = self.network;
        self.network = match self.random(10) {
            0..=6 => Network::Well,
            7 => Network::Silent,
            _ => Network::Down,
        };
        let opened = self.world.line.as_ref().filter(|line| line.opened && !line.abandoned);
        if let Some(attempt) = opened.map(|line| line.attempt)
            && self.network == Network::Down
        {
            let unsent = self.wire;
            self.step(lost(attempt, unsent));
        }
        match (before == Network::Down, self.network == Network::Down) {
            (false, true) => self.step(Input::Page(Page::Offline)),
            (true, false) => self.step(Input::Page(Page::Online)),
            _ => {}
        }
    }

    fn send(&mut self) {
        let ticket = self.world.machine.next_ticket().0;
        self.step(Input::Send(OutgoingMessage::new(ticket, SIZE)));
    }

    /// Returns the length of the machine's debug output in a quiet moment: a measure of what it stores.
    fn weight(&mut self) -> Option<usize> {
        let quiet = self.wire == 0 && self.world.account.is_settled() && self.network == Network::Well;
        quiet.then(|| format!("{:?}", self.world.machine).len())
    }
}

fn lost(attempt: Attempt, unsent: u64) -> Input<u64> {
    let close_info = CloseInfo { code: 1006, reason: "".into(), was_clean: false };
    Input::Closed { attempt, close_info, unsent }
}

#[test]
fn a_day() {
    for seed in [1, 20, 300] {
        let mut day = Day::new(seed);
        let mut weights = Vec::new();
        let (mut sends, mut changes, mut sleeps) = (0, 0, 60_000);
        while day.now < DAY {
            day.pass();
            if day.now >= sends {
                day.send();
                sends = day.now + 500 + day.random(4_000);
            }
            if day.now >= changes {
                day.change_network();
                changes = day.now + day.random(600_000);
            }
            if day.now >= sleeps {
                let span = day.random(1_200_000);
                day.sleep(span);
                sleeps = day.now + day.random(2 * HOUR);
            }
            if day.now / HOUR > weights.len() as u64
                && let Some(weight) = day.weight()
            {
                weights.push(weight);
            }
        }
        ends_well(&mut day, &weights);
    }
}

fn ends_well(day: &mut Day, weights: &[usize]) {
    assert!(weights.len() >= 20, "quiet only in {} hours", weights.len());
    let (least, most) = (weights[1..].iter().min().unwrap(), weights[1..].iter().max().unwrap());
    // Numbers get longer, and queues keep their capacity; nothing else may grow.
    assert!(most - least < 200, "the machine grows: {weights:?}");

    let times = &day.dials;
    let storm = times.windows(15).map(|some| some[14] - some[0]).min().unwrap();
    assert!(storm >= 9_000, "15 attempts within {storm} ms");
    assert!(day.opens > 20, "only {} connections", day.opens);

    day.network = Network::Well;
    day.step(Input::Page(Page::Online));
    for _ in 0..1_000 {
        day.pass();
    }
    let attempt = day.world.machine.attempt();
    day.step(Input::Close { code: Some(1000), reason: "".into() });
    day.wire = 0;
    let close_info = CloseInfo { code: 1000, reason: "".into(), was_clean: true };
    day.step(Input::Closed { attempt, close_info, unsent: 0 });
    let sent = day.world.machine.next_ticket().0;
    assert!(sent > 20_000, "only {sent} messages");
    assert_eq!(day.fates.len() as u64, sent, "messages without a fate");
    assert!(day.fates.values().all(|fates| *fates == 1), "messages with two fates");
}
