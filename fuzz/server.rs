//! Drives the server's machine with any input, from a record that any store may have returned, and checks what holds
//! whatever it hears.

use super::bytes::Bytes;
use std::collections::{BTreeSet, VecDeque};
use std::fmt::Debug;
use steady_session::{
    Bits, Config, Digest, Effect, Error, Event, Frame, Fresh, GREATEST, Record, Resume, Server, ServerInput,
    Stats, StoreError, Swap, Write, parse,
};

/// The states that an input has reached, so that a test notices a corpus that no longer reaches them.
pub type Reached = BTreeSet<&'static str>;

/// Not cryptographic: the fuzzer must be able to find a secret.
pub fn hash(bytes: &[u8]) -> Digest {
    std::array::from_fn(|place| bytes.get(place % bytes.len().max(1)).copied().unwrap_or_default())
}

/// Takes over the session that a store has returned, whatever the record says, and goes on with these bytes.
pub fn restored<P: Clone + Debug>(record: Record<P>, payload: P, data: &[u8]) -> Reached {
    let possible = record.is_possible();
    match Server::restore(Config::default(), hash, record.clone()) {
        Some(machine) => {
            assert!(possible, "restored {record:?}");
            Node::new(machine, record, payload).run(Bytes(data))
        }
        None => {
            assert!(!possible, "refused {record:?}");
            Reached::from(["impossible record"])
        }
    }
}

/// A small number, or one near to one of these.
pub fn near(bytes: &mut Bytes<'_>, stats: Stats) -> u64 {
    let count = match bytes.byte() {
        0..64 => stats.received,
        64..128 => stats.accepted,
        128..160 => stats.acknowledged,
        160..192 => stats.handled,
        _ => return bytes.number(),
    };
    match bytes.byte() {
        0..200 => count,
        200..230 => count.saturating_sub(1),
        _ => count + 1,
    }
}

/// A frame with fields that are likely, or a text that is likely none.
pub fn frame(bytes: &mut Bytes<'_>, stats: Stats) -> String {
    let frame = match bytes.byte() % 16 {
        0 => Frame::Hello { window: bytes.number(), life: bytes.number() },
        1 => Frame::Open { window: bytes.number() },
        2 => Frame::Welcome {
            id: bytes.bits(),
            secret: bytes.bits(),
            nonce: bytes.bits(),
            life: bytes.number(),
            window: bytes.number(),
        },
        3 => Frame::Resume {
            id: bytes.bits(),
            secret: bytes.bits(),
            nonce: bytes.bits(),
            attempt: bytes.number(),
            received: near(bytes, stats),
            window: bytes.number(),
        },
        4 => Frame::Resumed {
            secret: bytes.bits(),
            nonce: bytes.bits(),
            received: near(bytes, stats),
            window: bytes.number(),
        },
        5 => {
            let handled = near(bytes, stats);
            Frame::Refused {
                why: bytes.refusal(),
                handled: (bytes.byte().is_multiple_of(2)).then_some(handled),
            }
        }
        6..10 => Frame::Ack { handled: near(bytes, stats), credit: bytes.number(), sent: near(bytes, stats) },
        10 => Frame::Ask,
        11 => Frame::Skip(bytes.number()),
        12 => Frame::Ping,
        13 => Frame::Close(near(bytes, stats)),
        14 => Frame::Bye,
        _ => return format!("\u{10}{}", bytes.text()),
    };
    frame.to_string()
}

/// The invariants of either end, for any input.
pub struct Watch {
    pub reached: Reached,
    delivered: u64,
    decided: BTreeSet<u64>,
}

impl Watch {
    pub fn new(received: u64) -> Self {
        Self { reached: Reached::new(), delivered: received, decided: BTreeSet::new() }
    }

    pub fn effect<P: Debug>(&mut self, effect: &Effect<P>, stats: Stats, over: bool) {
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

    pub fn counts(stats: Stats) {
        assert!(stats.acknowledged <= stats.accepted && stats.accepted <= GREATEST, "{stats:?}");
        assert!(stats.handled <= stats.received && stats.received <= GREATEST, "{stats:?}");
    }
}

pub fn refused(answer: Result<(), Error>, watch: &mut Watch) {
    if answer.is_err() {
        watch.reached.insert("refused");
    }
}

/// A server's machine, and the record that the store has.
pub struct Node<P> {
    machine: Server<P>,
    record: Record<P>,
    /// The message that the application sends.
    payload: P,
    pub writes: VecDeque<(u64, Bits, Write<P>)>,
    adoption: Option<(Bits, Swap)>,
    watch: Watch,
}

impl<P: Clone + Debug> Node<P> {
    pub fn new(machine: Server<P>, record: Record<P>, payload: P) -> Self {
        let watch = Watch::new(record.handled);
        Self { machine, record, payload, writes: VecDeque::new(), adoption: None, watch }
    }

    pub fn run(mut self, mut bytes: Bytes<'_>) -> Reached {
        let (mut now, mut on) = (0, 1);
        while !bytes.0.is_empty() {
            let stats = self.machine.stats();
            let input = match bytes.byte() % 20 {
                0 | 1 => ServerInput::Send(self.payload.clone(), bytes.number()),
                2 => ServerInput::Drop(near(&mut bytes, stats)),
                3 => ServerInput::Handled(near(&mut bytes, stats)),
                4 => ServerInput::Ask,
                5 => ServerInput::Ping,
                6 if bytes.byte().is_multiple_of(8) => ServerInput::Close,
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
                        received: near(&mut bytes, stats),
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
                11 => ServerInput::StoreFailed(if bytes.byte().is_multiple_of(2) {
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
                _ => ServerInput::Control(on, frame(&mut bytes, stats)),
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
        // A record that says to be the last of so many is restored, and no session makes as many writes.
        let (seq, owner, write) = self.writes.pop_front().filter(|(seq, ..)| *seq <= GREATEST)?;
        if !matches!(write, Write::Create(_)) {
            let applied = self.record.apply(seq, owner, write);
            assert!(applied.is_ok(), "the owner's write {seq} is refused: {applied:?}");
            assert!(self.record.is_possible(), "{:?}", self.record);
        }
        self.watch.reached.insert("stored");
        Some(ServerInput::Stored { seq, handled: self.record.position() })
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
