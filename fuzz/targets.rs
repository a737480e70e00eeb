//! What is fuzzed, apart from who drives it: libFuzzer here, `tests/fuzz.rs` in every test run.
#![allow(dead_code, reason = "each program uses one of the targets")]

#[path = "../tests/core/account.rs"]
mod account;
#[path = "../tests/core/world.rs"]
mod world;

mod api {
    pub use steady_websocket::core::*;
}

use api::trace::{parse, replay};
use api::*;
use world::World;

/// Bytes as choices. At their end, everything is zero.
struct Choices<'a>(std::slice::Iter<'a, u8>);

impl Choices<'_> {
    fn byte(&mut self) -> u8 {
        self.0.next().copied().unwrap_or_default()
    }

    fn flag(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    /// Small numbers often, every size sometimes.
    fn number(&mut self) -> u64 {
        let byte = self.byte();
        match byte >> 5 {
            7 => u64::from_le_bytes([0; 8].map(|_: u8| self.byte())) >> (byte & 31),
            6 => u64::from(self.byte()) << (byte & 15),
            _ => u64::from(byte & 31),
        }
    }

    fn text(&mut self) -> String {
        ["", "a", "b", "\"\\\n"][usize::from(self.byte() & 3)].into()
    }

    /// Mostly the present attempt.
    fn attempt(&mut self, present: Attempt) -> Attempt {
        match self.byte() {
            0 => present.wrapping_sub(1),
            1 => present.wrapping_add(1),
            2 => self.number() as Attempt,
            _ => present,
        }
    }

    fn close_info(&mut self) -> CloseInfo {
        let codes = [1000, 1001, 1005, 1006, 1008, 1011, 1012, 1013, 4000, 4400, 0, u16::MAX];
        let code = codes[usize::from(self.byte()) % codes.len()];
        CloseInfo { code, reason: self.text(), was_clean: self.flag() }
    }

    fn message(&mut self, payload: u64) -> OutgoingMessage<u64> {
        // Sums of sizes stay countable for the account; the machine itself refuses what is not.
        let size = self.number() >> 8;
        let wishes = self.byte();
        OutgoingMessage {
            payload,
            size,
            replaces: (wishes & 1 == 1).then(|| Ticket(payload.saturating_sub(self.number()))),
            lifetime: (wishes & 2 == 2).then(|| self.number()),
            session_bound: wishes & 4 == 4,
        }
    }

    fn config(&mut self) -> Config {
        let flags = self.byte();
        let high = self.number();
        let flow = Marks { high, low: self.number().min(high) };
        if flags & 1 == 1 {
            return Config { flow, steady: None };
        }
        let overflows = [Overflow::Refuse, Overflow::DropOldest, Overflow::DropNewest];
        let jitters = [Jitter::Full, Jitter::Equal, Jitter::Decorrelated, Jitter::None];
        let queue = Queue {
            max_bytes: self.number(),
            max_count: self.number(),
            overflow: overflows[usize::from(self.byte()) % 3],
            lifetime: (flags & 2 == 2).then(|| self.number().max(1)),
        };
        let span = |choices: &mut Self| choices.number().clamp(1, LONGEST);
        let ceiling = span(self);
        let retry = Retry {
            jitter: jitters[usize::from(self.byte() & 3)],
            first: span(self).min(ceiling),
            growth: 100 + u32::from(self.byte()),
            floor: self.number().min(ceiling),
            ceiling,
            attempts: (flags & 4 == 4).then(|| u32::from(self.byte())),
            stable_after: span(self),
            restart_floor: span(self),
            busy_floor: span(self),
        };
        let heartbeat =
            (flags & 8 == 8).then(|| HeartbeatConfig { interval: span(self), timeout: span(self) });
        let steady = SteadyConfig {
            connect_timeout: span(self),
            close_timeout: span(self),
            retry,
            queue,
            heartbeat,
            gated: flags & 16 == 16,
            asks: flags & 32 == 32,
        };
        Config { flow, steady: Some(steady) }
    }

    fn input(&mut self, world: &World) -> Input<u64> {
        let present = world.machine.attempt();
        let native = world.account.native;
        match self.byte() % 26 {
            0 => Input::Connect,
            1..=4 => Input::Send(self.message(world.machine.next_ticket().0)),
            5 => Input::SendDirect(
                self.attempt(present),
                OutgoingMessage { size: 3, ..OutgoingMessage::new(account::ASIDE, 3) },
            ),
            6 => Input::Cancel(Ticket(self.number())),
            7 => Input::Close {
                code: [None, Some(1000), Some(999)][usize::from(self.byte()) % 3],
                reason: self.text(),
            },
            8 => Input::Terminate,
            9 => Input::Reconnect,
            10 => Input::GiveUp,
            11 => Input::NewSession,
            12 => Input::Flush,
            13 => {
                let decision = match self.byte() & 3 {
                    0 => Decision::Usual,
                    1 => Decision::Stop,
                    2 => Decision::Again,
                    _ => Decision::After(self.number()),
                };
                Input::Decide(self.attempt(present), decision)
            }
            14 => Input::Gate(self.attempt(present), self.flag()),
            15 => Input::Dialed(self.attempt(present)),
            16 => Input::Opened(self.attempt(present)),
            17 => Input::Received { attempt: self.attempt(present), size: self.number(), pong: self.flag() },
            18 => Input::PeerClosing(self.attempt(present)),
            19 => Input::Failed(self.attempt(present)),
            20 => {
                let (attempt, close_info) = (self.attempt(present), self.close_info());
                Input::Closed { attempt, close_info, unsent: self.number() % native.saturating_add(1).max(1) }
            }
            21 => Input::Buffered(self.attempt(present), self.number() % native.saturating_add(1).max(1)),
            22 => {
                use Page::*;
                let pages = [Online, Offline, Hidden, Visible, Frozen, Resumed, Stowed, Shown, ClockJumped];
                Input::Page(pages[usize::from(self.byte()) % pages.len()])
            }
            23 => Input::Announced(self.attempt(present)),
            24 => {
                use NotDialed::*;
                let why = [Provider, Forbidden, ForbiddenForGood][usize::from(self.byte()) % 3];
                Input::NotDialed(self.attempt(present), why)
            }
            _ => Input::Tick,
        }
    }
}

/// Any inputs at any times: every rule of the world holds.
pub fn core(data: &[u8]) {
    let mut choices = Choices(data.iter());
    let config = choices.config();
    let lifetime = config.steady.as_ref().and_then(|steady| steady.queue.lifetime);
    let mut world = World::new(config, u64::from(choices.byte()));
    world.account.lifetime = lifetime;
    let mut now = Instant::from_millis(1);
    while !choices.0.as_slice().is_empty() {
        now = match choices.byte() & 7 {
            0 => now.after(choices.number() >> 16),
            1 => Instant::from_millis(now.as_millis().saturating_sub(choices.number())),
            2 | 3 => world.machine.deadline().unwrap_or(now).min(Instant::from_millis(1 << 60)).max(now),
            _ => now,
        };
        let input = choices.input(&world);
        if let Err(broken) = world.step(now, input.clone()) {
            panic!("{broken}, at {now:?} {input:?}");
        }
    }
}

/// Any text: an error that names a line of it, or a trace that replays, twice the same.
pub fn trace(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match (parse(&text), replay(&text)) {
        (Err(error), Err(same)) => {
            assert_eq!(error, same);
            assert!(error.line <= text.lines().count());
        }
        (Ok(_), Ok(effects)) => assert_eq!(replay(&effects).as_ref(), Ok(&effects)),
        (parsed, replayed) => panic!("{parsed:?}, but {replayed:?}"),
    }
}

/// Any arguments of `close()` and of the constructor, against the rules written another way.
pub fn arguments(data: &[u8]) {
    let mut choices = Choices(data.iter());
    let code = u16::from_le_bytes([choices.byte(), choices.byte()]);
    let reason = choices.number() as usize;
    let fine = matches!(code, 1000 | 3000..5000) && reason < 124;
    assert_eq!(close_arguments(Some(code), reason).is_ok(), fine);
    assert_eq!(close_arguments(None, reason).is_ok(), reason < 124);
    let text = String::from_utf8_lossy(choices.0.as_slice());
    let list: Vec<&str> = text.split('\n').collect();
    let token = |name: &&str| {
        let letters = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        !name.is_empty() && name.bytes().all(letters)
    };
    let unique = list.iter().collect::<std::collections::HashSet<_>>().len() == list.len();
    assert_eq!(protocols(&list).is_ok(), list.iter().all(token) && unique);
}
