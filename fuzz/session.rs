//! Gives any bytes to both machines of the session protocol: as texts of the other end, as counts, and as a record that a
//! store has returned. `session/tests/fuzz.rs` and the libFuzzer targets share it.

use std::collections::{BTreeSet, VecDeque};
use steady_session::{
    Bits, Client, ClientInput, Config, Digest, Effect, Error, Event, Frame, Fresh, GREATEST, Keys, Mode,
    Record, Refusal, Resume, Server, ServerInput, Stats, StoreError, Swap, Tombstone, Write, parse,
};

/// What an input has reached, so that a test sees when a corpus has worn out.
pub type Reached = BTreeSet<&'static str>;

/// Not cryptographic: the fuzzer must be able to find a secret.
fn hash(bytes: &[u8]) -> Digest {
    std::array::from_fn(|place| bytes.get(place % bytes.len().max(1)).copied().unwrap_or_default())
}

/// Runs a client or a server. The first byte chooses.
pub fn session(data: &[u8]) -> Reached {
    let mut bytes = Bytes(data);
    match bytes.byte() % 4 {
        0 | 1 => client(bytes),
        2 => Node::open(&mut bytes).run(bytes),
        _ => {
            let record = record(&mut bytes);
            restored(record, bytes.0)
        }
    }
}

/// Takes over the session that a store has returned, whatever the record says, and goes on with these bytes.
pub fn restored<P: Clone + std::fmt::Debug + From<String>>(record: Record<P>, data: &[u8]) -> Reached {
    let possible = record.is_possible();
    match Server::restore(Config::default(), hash, record.clone()) {
        Some(machine) => {
            assert!(possible, "restored {record:?}");
            Node::new(machine, record).run(Bytes(data))
        }
        None => {
            assert!(!possible, "refused {record:?}");
            Reached::from(["impossible record"])
        }
    }
}

/// What is left of the input; zeros behind its end.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// Mostly a small number, sometimes one at an edge.
    fn number(&mut self) -> u64 {
        let byte = self.byte();
        let more = u64::from(self.byte());
        match byte {
            0..200 => byte.into(),
            200..220 => more << (byte - 200),
            220..230 => GREATEST - more.min(3),
            230..240 => GREATEST + more,
            _ => u64::MAX - more.min(3),
        }
    }

    /// A small number, or one near to one of these.
    fn near(&mut self, stats: Stats) -> u64 {
        let count = match self.byte() {
            0..64 => stats.received,
            64..128 => stats.accepted,
            128..160 => stats.acknowledged,
            160..192 => stats.handled,
            _ => return self.number(),
        };
        match self.byte() {
            0..200 => count,
            200..230 => count.saturating_sub(1),
            _ => count + 1,
        }
    }

    fn bits(&mut self) -> Bits {
        Bits([self.byte() % 8; 16])
    }

    fn text(&mut self) -> String {
        let length = usize::from(self.byte()).min(self.0.len());
        let (text, rest) = self.0.split_at(length);
        self.0 = rest;
        String::from_utf8_lossy(text).into_owned()
    }

    fn refusal(&mut self) -> Refusal {
        let words = ["unknown", "expired", "closed", "identity", "counts", "store", "broken", "full"];
        let word = words.get(usize::from(self.byte() % 8)).copied().unwrap_or_default();
        Refusal::parse(word).expect("a reason")
    }

    /// A frame with fields that are likely, or a text that is likely none.
    fn frame(&mut self, stats: Stats) -> String {
        let frame = match self.byte() % 16 {
            0 => Frame::Hello { window: self.number(), life: self.number() },
            1 => Frame::Open { window: self.number() },
            2 => Frame::Welcome {
                id: self.bits(),
                secret: self.bits(),
                nonce: self.bits(),
                life: self.number(),
                window: self.number(),
            },
            3 => Frame::Resume {
                id: self.bits(),
                secret: self.bits(),
                nonce: self.bits(),
                attempt: self.number(),
                received: self.near(stats),
                window: self.number(),
            },
            4 => Frame::Resumed {
                secret: self.bits(),
                nonce: self.bits(),
                received: self.near(stats),
                window: self.number(),
            },
            5 => {
                let handled = self.near(stats);
                Frame::Refused { why: self.refusal(), handled: (self.byte() % 2 == 0).then_some(handled) }
            }
            6..10 => Frame::Ack { handled: self.near(stats), credit: self.number(), sent: self.near(stats) },
            10 => Frame::Ask,
            11 => Frame::Skip(self.number()),
            12 => Frame::Ping,
            13 => Frame::Close(self.near(stats)),
            14 => Frame::Bye,
            _ => return format!("\u{10}{}", self.text()),
        };
        frame.to_string()
    }
}

/// A record in which any number may stand.
fn record(bytes: &mut Bytes<'_>) -> Record<String> {
    let keys = |bytes: &mut Bytes<'_>| Keys { secret: hash(&bytes.bits().0), nonce: bytes.bits() };
    let flags = bytes.byte();
    Record {
        id: bytes.bits(),
        current: keys(bytes),
        previous: (flags & 1 > 0).then(|| keys(bytes)),
        attempt: bytes.number(),
        identity: hash(&bytes.bits().0),
        life: bytes.number(),
        window: bytes.number(),
        peer_window: bytes.number(),
        handled: bytes.number(),
        handled_cost: bytes.number(),
        acked: bytes.number(),
        acked_cost: bytes.number(),
        held: (0..bytes.byte() % 8)
            .map(|_| {
                let cost = bytes.number();
                (bytes.byte() % 4 > 0).then(|| (String::from("held"), cost))
            })
            .collect(),
        seq: bytes.number(),
        end: (flags & 6 == 6).then(|| Tombstone { why: bytes.refusal(), handled: bytes.number() }),
    }
}

/// What holds for either end, whatever it hears.
struct Watch {
    reached: Reached,
    delivered: u64,
    decided: BTreeSet<u64>,
}

impl Watch {
    fn new(received: u64) -> Self {
        Self { reached: Reached::new(), delivered: received, decided: BTreeSet::new() }
    }

    fn effect<P: std::fmt::Debug>(&mut self, effect: &Effect<P>, stats: Stats, over: bool) {
        match effect {
            Effect::Transmit(..) => assert!(!over, "a message behind the end"),
            Effect::Control(_, text) => {
                assert!(parse(text).is_ok(), "{text:?}");
                assert!(text.len() <= 151, "{text:?}");
            }
            Effect::Deliver(number) => {
                assert!(*number > self.delivered && *number <= stats.received, "{number}: {stats:?}");
                self.delivered = *number;
                self.reached.insert("delivered");
            }
            Effect::Close { code, reason, .. } => {
                assert!(matches!(code, 1000 | 1013 | 4500..=4504), "{code}");
                assert!(reason.len() <= 123, "{reason}");
                self.reached.insert(match code {
                    4500 => "counts",
                    4501 => "frame",
                    4502 => "taken",
                    4503 => "credit",
                    4504 => "store",
                    _ => "closed",
                });
            }
            Effect::Fire(Event::Fate { first, last, .. }) => {
                assert!(first <= last, "{effect:?}");
                for number in *first..=*last {
                    assert!(self.decided.insert(number), "{number} has two fates");
                }
                self.reached.insert("fate");
            }
            Effect::Fire(Event::New { .. }) => drop(self.reached.insert("new")),
            Effect::Fire(Event::Resumed { .. }) => drop(self.reached.insert("resumed")),
            Effect::Fire(Event::Lost(_)) => drop(self.reached.insert("lost")),
            Effect::Fire(_) | Effect::Own(_) | Effect::Persist { .. } | Effect::Adopt { .. } => {}
        }
    }

    fn counts(stats: Stats) {
        assert!(stats.acknowledged <= stats.accepted && stats.accepted <= GREATEST, "{stats:?}");
        assert!(stats.handled <= stats.received && stats.received <= GREATEST, "{stats:?}");
    }
}

fn refused(answer: Result<(), Error>, watch: &mut Watch) {
    if answer.is_err() {
        watch.reached.insert("refused");
    }
}

fn client(mut bytes: Bytes<'_>) -> Reached {
    let config = Config { window: bytes.number(), queue: bytes.number(), ..Config::default() };
    let mode = if bytes.byte() % 2 == 0 { Mode::Require } else { Mode::Prefer };
    let mut machine: Client<String> = Client::new(config, mode);
    let mut watch = Watch::new(0);
    let (mut now, mut on) = (0, 0);
    while !bytes.0.is_empty() {
        let stats = machine.stats();
        let input = match bytes.byte() % 16 {
            0 | 1 => ClientInput::Send("sent".into(), bytes.number()),
            2 => ClientInput::Drop(bytes.near(stats)),
            3 => ClientInput::Handled(bytes.near(stats)),
            4 => ClientInput::Ask,
            5 => ClientInput::Ping,
            6 if bytes.byte() % 8 == 0 => ClientInput::Close,
            6 if bytes.byte() % 8 == 0 => ClientInput::GiveUp,
            6 | 7 => {
                on += 1;
                ClientInput::Connected(on, bytes.byte() % 8 > 0)
            }
            8 => ClientInput::Ready(on),
            9 => ClientInput::Message(on - u32::from(bytes.byte()) / 200 * on.min(1), bytes.number()),
            10 => ClientInput::Disconnected(on, 1000 + u16::from(bytes.byte()) * 16),
            11 => {
                now += bytes.number().min(1 << 30);
                ClientInput::Tick
            }
            12 => ClientInput::Control(on, bytes.text()),
            _ => ClientInput::Control(on, bytes.frame(stats)),
        };
        refused(machine.handle(now, input), &mut watch);
        let over = machine.is_over();
        while let Some(effect) = machine.poll() {
            watch.effect(&effect, machine.stats(), over);
        }
        Watch::counts(machine.stats());
        // What was dropped has its fate, and what is in a session that is over.
        if machine.is_over() {
            watch.reached.insert("over");
        }
    }
    watch.reached
}

/// A server's machine, and the record that the store has.
struct Node<P> {
    machine: Server<P>,
    record: Record<P>,
    writes: VecDeque<(u64, Bits, Write<P>)>,
    adoption: Option<(Bits, Swap)>,
    watch: Watch,
}

impl Node<String> {
    fn open(bytes: &mut Bytes<'_>) -> Self {
        let config =
            Config { window: bytes.number(), queue: bytes.number(), life: bytes.number().min(GREATEST) };
        let peer_window = bytes.number().clamp(1, GREATEST);
        let identity = hash(&bytes.bits().0);
        let fresh = Fresh { secret: bytes.bits(), nonce: bytes.bits() };
        let mut machine = Server::open(config, hash, 1, peer_window, identity, bytes.bits(), fresh);
        let Some(Effect::Persist { seq: 1, owner, write: Write::Create(record) }) = machine.poll() else {
            panic!("a session is created first");
        };
        let mut node = Self::new(machine, (*record).clone());
        node.writes.push_back((1, owner, Write::Create(record)));
        node
    }
}

impl<P: Clone + std::fmt::Debug + From<String>> Node<P> {
    fn new(machine: Server<P>, record: Record<P>) -> Self {
        let watch = Watch::new(record.handled);
        Self { machine, record, writes: VecDeque::new(), adoption: None, watch }
    }

    fn run(mut self, mut bytes: Bytes<'_>) -> Reached {
        let (mut now, mut on) = (0, 1);
        while !bytes.0.is_empty() {
            let stats = self.machine.stats();
            let input = match bytes.byte() % 20 {
                0 | 1 => ServerInput::Send(String::from("sent").into(), bytes.number()),
                2 => ServerInput::Drop(bytes.near(stats)),
                3 => ServerInput::Handled(bytes.near(stats)),
                4 => ServerInput::Ask,
                5 => ServerInput::Ping,
                6 if bytes.byte() % 8 == 0 => ServerInput::Close,
                6 | 7 => {
                    on += 1;
                    ServerInput::Resume(Resume {
                        on,
                        secret: bytes.bits(),
                        nonce: bytes.bits(),
                        attempt: self
                            .record
                            .attempt
                            .saturating_add(u64::from(bytes.byte() % 4))
                            .min(GREATEST),
                        received: bytes.near(stats),
                        window: bytes.number().clamp(1, GREATEST),
                        identity: hash(&bytes.bits().0),
                        fresh: Fresh { secret: bytes.bits(), nonce: bytes.bits() },
                    })
                }
                8 => ServerInput::Message(on - u32::from(bytes.byte()) / 200, bytes.number()),
                9 => ServerInput::Disconnected(on, 1000 + u16::from(bytes.byte()) * 16),
                10 => {
                    now += bytes.number().min(1 << 30);
                    ServerInput::Tick
                }
                11 => ServerInput::StoreFailed(if bytes.byte() % 2 == 0 {
                    StoreError::Gap
                } else {
                    StoreError::Fenced
                }),
                12 => {
                    self.crash();
                    continue;
                }
                13..16 => match self.store() {
                    Some(input) => input,
                    None => continue,
                },
                16 => ServerInput::Control(on, bytes.text()),
                _ => ServerInput::Control(on, bytes.frame(stats)),
            };
            let answer = self.machine.handle(now, input);
            refused(answer, &mut self.watch);
            self.drain();
        }
        self.watch.reached
    }

    fn drain(&mut self) {
        let over = self.machine.is_over();
        while let Some(effect) = self.machine.poll() {
            self.watch.effect(&effect, self.machine.stats(), over);
            match effect {
                Effect::Persist { seq, owner, write } => self.writes.push_back((seq, owner, write)),
                Effect::Adopt { owner, swap } => self.adoption = Some((owner, swap)),
                _ => {}
            }
        }
        Watch::counts(self.machine.stats());
        if over {
            self.writes.clear();
            self.watch.reached.insert("over");
        }
    }

    /// The store carries out the next request, and answers.
    fn store(&mut self) -> Option<ServerInput<P>> {
        if let Some((owner, swap)) = self.adoption.take() {
            self.watch.reached.insert("adopted");
            self.watch.delivered = self.record.handled;
            return Some(match self.record.adopt(owner, &swap) {
                Ok(()) => ServerInput::Adopted(self.record.clone().into()),
                Err(error) => ServerInput::StoreFailed(error),
            });
        }
        let (seq, owner, write) = self.writes.pop_front()?;
        if !matches!(write, Write::Create(_)) {
            let applied = self.record.apply(seq, owner, write);
            assert_eq!(applied, Ok(()), "the owner's write {seq} is refused");
            assert!(self.record.is_possible(), "{:?}", self.record);
        }
        self.watch.reached.insert("stored");
        Some(ServerInput::Stored(seq))
    }

    /// The process ends, and another reads what is stored.
    fn crash(&mut self) {
        let machine = Server::restore(Config::default(), hash, self.record.clone());
        self.machine = machine.expect("what a server writes can be read");
        (self.writes, self.adoption) = (VecDeque::new(), None);
        self.watch =
            Watch { reached: std::mem::take(&mut self.watch.reached), ..Watch::new(self.record.handled) };
        self.watch.reached.insert("restored");
    }
}
