//! Long lives on a network that drains, stalls and breaks, with messages of real sizes. The world keeps the account;
//! the rules of a queue and of pressure are computed here again, exactly as the documentation describes them.

use super::account::{ASIDE, Kept, Place};
use super::api::*;
use super::world::World;
use proptest::prelude::*;
use std::collections::HashMap;

#[derive(Clone, Debug)]
enum Act {
    Send {
        size: u64,
        key: Option<u8>,
        lifetime: Option<Millis>,
        bound: bool,
    },
    Aside(u64),
    Cancel(usize),
    Lose {
        clean: bool,
        code: u16,
    },
    Parting,
    NewSession,
    Reconnect,
    Watch,
    Page(Page),
    /// The network's rate changes, in bytes per second.
    Rate(u64),
    Close,
}

fn act() -> impl Strategy<Value = Act> {
    let size = prop_oneof![Just(0), 1..200_u64, 1_000..70_000_u64, 200_000..600_000_u64];
    let key = prop::option::weighted(0.3, 0..3_u8);
    let lifetime = prop::option::weighted(0.3, 1..3_000_u64);
    let send = (size, key, lifetime, prop::bool::weighted(0.2))
        .prop_map(|(size, key, lifetime, bound)| Act::Send { size, key, lifetime, bound });
    let page = prop_oneof![Just(Page::Offline), Just(Page::Online), Just(Page::Visible)];
    prop_oneof![
        30 => send,
        2 => (0..300_u64).prop_map(Act::Aside),
        3 => (0..4_usize).prop_map(Act::Cancel),
        3 => (any::<bool>(), prop_oneof![Just(1001_u16), Just(1006), Just(1012)])
            .prop_map(|(clean, code)| Act::Lose { clean, code }),
        1 => Just(Act::Parting),
        1 => Just(Act::NewSession),
        1 => Just(Act::Reconnect),
        2 => Just(Act::Watch),
        1 => page.prop_map(Act::Page),
        4 => prop_oneof![Just(0), 1_000..5_000_000_u64].prop_map(Act::Rate),
        1 => prop::bool::weighted(0.1).prop_map(|close| if close { Act::Close } else { Act::Watch }),
    ]
}

struct Life {
    world: World,
    /// The newest message of each key.
    newest: HashMap<u8, u64>,
    queue: Queue,
    marks: Marks,
    /// What the network has not sent yet, and its rate.
    wire: u64,
    rate: u64,
    now: u64,
    pressed: bool,
    drains: u64,
    reliefs: u64,
}

impl Life {
    fn new(queue: Queue, marks: Marks, gated: bool, seed: u64) -> Self {
        let lifetime = queue.lifetime;
        let steady = SteadyConfig { queue: queue.clone(), gated, ..SteadyConfig::default() };
        let mut world = World::new(Config { flow: marks.clone(), steady: Some(steady) }, seed);
        world.account.lifetime = lifetime;
        Self {
            world,
            newest: HashMap::new(),
            queue,
            marks,
            wire: 0,
            rate: 50_000,
            now: 0,
            pressed: false,
            drains: 0,
            reliefs: 0,
        }
    }

    fn step(&mut self, input: Input<u64>) -> Vec<Effect<u64>> {
        let mut wire = self.wire;
        let sizes = |world: &World, payload: u64| match payload {
            ASIDE.. => world.account.aside_size,
            ticket => world.account.kept.iter().find(|k| k.ticket == Some(ticket)).map_or(0, |k| k.size),
        };
        if let Input::Closed { .. } = input {
            wire = 0;
        }
        let now = Instant::from_millis(self.now);
        let effects = self.world.step_replying(now, input, |world, effect| match effect {
            Effect::Transmit(_, payload) => {
                wire += sizes(world, *payload);
                None
            }
            Effect::Sample(attempt) => Some(Input::Buffered(*attempt, wire)),
            Effect::Abandon(attempt) => {
                let close_info = CloseInfo { code: 1006, reason: "".into(), was_clean: false };
                Some(Input::Closed { attempt: *attempt, close_info, unsent: std::mem::take(&mut wire) })
            }
            _ => None,
        });
        self.wire = wire;
        let effects = effects.unwrap_or_else(|broken| panic!("{broken}"));
        self.drains += effects.iter().filter(|e| matches!(e, Effect::Fire(Event::Drain))).count() as u64;
        self.look(&effects);
        effects
    }

    /// Rules that hold between any two inputs.
    fn look(&mut self, effects: &[Effect<u64>]) {
        let machine = &self.world.machine;
        if machine.ready_state() == ReadyState::Closed {
            return;
        }
        let pressed = machine.is_pressed();
        self.reliefs += u64::from(self.pressed && !pressed);
        // Within one input the pressure may begin and end.
        assert!(self.drains >= self.reliefs, "relief without a drain");
        self.pressed = pressed;
        let total = machine.queued().1 + self.wire;
        assert!(pressed || total <= self.marks.high, "{total} bytes, and no pressure");
        let sampled = effects.iter().any(|effect| matches!(effect, Effect::Sample(_)));
        if sampled && effects.iter().all(|effect| !matches!(effect, Effect::Transmit(..))) {
            assert!(!pressed || total > self.marks.low, "{total} bytes, and still pressure");
            self.all_that_left_is_told();
        }
    }

    fn all_that_left_is_told(&self) {
        let flying: Vec<&Kept> =
            self.world.account.kept.iter().filter(|kept| kept.place == Place::Flying).collect();
        for (at, kept) in flying.iter().enumerate() {
            let younger: u64 = flying[at + 1..].iter().map(|kept| kept.size).sum();
            let left = kept.size > 0 && younger >= self.wire;
            assert!(!left || kept.ticket.is_none(), "{kept:?} has left, and nobody was told");
        }
    }

    /// Lets time pass: the network drains, timers fire on time, dials succeed.
    fn pass(&mut self, span: u64) {
        let end = self.now + span;
        for _ in 0..2_000 {
            let deadline = self.world.machine.deadline().map_or(u64::MAX, Instant::as_millis);
            let next = deadline.min(end).max(self.now);
            self.wire = self.wire.saturating_sub((next - self.now) * self.rate / 1_000);
            self.now = next;
            if deadline > end {
                return;
            }
            let effects = self.step(Input::Tick);
            if effects.iter().any(|effect| matches!(effect, Effect::Dial(_))) {
                self.open();
            }
        }
        panic!("timers without end");
    }

    fn open(&mut self) {
        let attempt = self.world.machine.attempt();
        self.step(Input::Dialed(attempt));
        self.step(Input::Opened(attempt));
        self.step(Input::Announced(attempt));
        if self.world.gated {
            self.step(Input::SendDirect(attempt, OutgoingMessage::new(ASIDE, 40)));
            self.step(Input::Gate(attempt, true));
        }
    }

    fn act(&mut self, act: &Act) {
        let attempt = self.world.machine.attempt();
        match act {
            Act::Send { size, key, lifetime, bound } => {
                let next = self.world.machine.next_ticket().0;
                let message = OutgoingMessage {
                    replaces: key.and_then(|key| self.newest.insert(key, next)).map(Ticket),
                    lifetime: *lifetime,
                    session_bound: *bound,
                    ..OutgoingMessage::new(next, *size)
                };
                self.send(message);
            }
            Act::Aside(size) => {
                drop(self.step(Input::SendDirect(attempt, OutgoingMessage::new(ASIDE, *size))))
            }
            Act::Cancel(at) => {
                let ticket = self.world.account.queue().get(*at).copied().unwrap_or(u64::MAX);
                self.step(Input::Cancel(Ticket(ticket)));
            }
            Act::Lose { clean, code } => {
                let close_info = CloseInfo { code: *code, reason: "".into(), was_clean: *clean };
                self.step(Input::Closed { attempt, close_info, unsent: self.wire });
            }
            Act::Parting => drop(self.step(Input::PeerClosing(attempt))),
            Act::NewSession => drop(self.step(Input::NewSession)),
            Act::Reconnect => drop(self.step(Input::Reconnect)),
            Act::Watch => drop(self.step(Input::Flush)),
            Act::Page(page) => {
                let effects = self.step(Input::Page(*page));
                if effects.iter().any(|effect| matches!(effect, Effect::Dial(_))) {
                    self.open();
                }
            }
            Act::Rate(rate) => self.rate = *rate,
            Act::Close => drop(self.step(Input::Close { code: Some(1000), reason: "".into() })),
        }
    }

    fn send(&mut self, message: OutgoingMessage<u64>) {
        let queue: Vec<Kept> = self.world.account.kept.clone();
        let queue: Vec<&Kept> = queue.iter().filter(|kept| kept.place == Place::Queued).collect();
        let (before, state) = (self.world.machine.next_ticket(), self.world.machine.ready_state());
        let effects = self.step(Input::Send(message.clone()));
        let accepted = self.world.machine.next_ticket() != before;
        let lost = |why| {
            effects.iter().filter_map(move |effect| match effect {
                Effect::Fire(Event::Discard(ticket, _, because)) if *because == why => Some(ticket.0),
                _ => None,
            })
        };
        let direct = effects.iter().any(|effect| matches!(effect, Effect::Transmit(_, p) if *p == before.0));
        if state >= ReadyState::Closing || direct {
            assert!(accepted && (!direct || queue.is_empty()), "overtaking");
            return;
        }
        // As documented for `Queue`, `Overflow` and `OutgoingMessage::replaces`.
        let Queue { max_bytes, max_count, overflow, .. } = self.queue;
        let old = message.replaces.and_then(|older| queue.iter().find(|kept| kept.ticket == Some(older.0)));
        let mut rest: Vec<&Kept> =
            queue.iter().copied().filter(|kept| old.is_none_or(|old| kept.ticket != old.ticket)).collect();
        let fits = |rest: &[&Kept]| {
            let bytes: u64 = rest.iter().map(|kept| kept.size).sum();
            (rest.len() as u64) < max_count && bytes + message.size <= max_bytes
        };
        let mut overflown: Vec<u64> = Vec::new();
        let mut replaced = old.and_then(|kept| kept.ticket);
        let impossible = message.size > max_bytes || max_count == 0;
        let refused = impossible || !fits(&rest) && overflow == Overflow::Refuse;
        if refused {
            replaced = None;
        } else if !fits(&rest) && overflow == Overflow::DropNewest {
            overflown.push(before.0);
            replaced = None;
        } else {
            while !fits(&rest) {
                overflown.extend(rest.remove(0).ticket);
            }
        }
        assert_eq!(accepted, !refused);
        assert_eq!(lost(Why::Overflow).collect::<Vec<_>>(), overflown);
        assert_eq!(lost(Why::Replaced).collect::<Vec<_>>(), replaced.into_iter().collect::<Vec<_>>());
    }
}

fn queue() -> impl Strategy<Value = Queue> {
    let overflow =
        prop_oneof![Just(Overflow::Refuse), Just(Overflow::DropOldest), Just(Overflow::DropNewest)];
    let sizes = prop_oneof![Just(500_000), Just(2_000_000), Just(16_000_000)];
    (sizes, prop_oneof![Just(3), Just(1_000)], overflow, prop::option::weighted(0.3, 100..20_000_u64))
        .prop_map(|(max_bytes, max_count, overflow, lifetime)| Queue {
            max_bytes,
            max_count,
            overflow,
            lifetime,
        })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]

    #[test]
    fn a_long_life_keeps_its_account(
        queue in queue(),
        high in prop_oneof![Just(0), Just(10_000), Just(1_000_000)],
        gated in any::<bool>(),
        seed in any::<u64>(),
        acts in prop::collection::vec((prop_oneof![Just(0), 1..200_u64, 200..20_000_u64], act()), 300),
    ) {
        let mut life = Life::new(queue, Marks { high, low: high / 4 }, gated, seed);
        life.step(Input::Connect);
        life.open();
        for (pause, act) in &acts {
            life.pass(*pause);
            life.act(act);
        }
        life.rate = 1_000_000_000;
        life.pass(200_000);
        // On a good network, in the end every message is sent or reported.
        prop_assert!(life.world.account.is_settled() || life.world.closed);
        life.step(Input::Terminate);
        prop_assert!(life.world.closed && life.world.account.is_settled());
        let stats = life.world.machine.stats();
        prop_assert!(stats.connections > 0);
        // A complete life must have done something.
        let cut = acts.iter().any(|(_, act)| matches!(act, Act::Close));
        prop_assert!(cut || stats.sent_messages > 0);
    }
}
