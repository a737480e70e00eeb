//! Scenarios as text: inputs at their times, and beneath each the effects expected, silence included. They are the
//! conformance vectors of the protocol; `PROTOCOL.md` explains their words.
//!
//! `STEADY_BLESS=1 cargo test -p steady-session vectors` writes what the machines do now into the files; the
//! difference is then for a human to read.

use super::world::hash;
use crate::*;
use std::borrow::ToOwned;
use std::boxed::Box;
use std::collections::VecDeque;
use std::fmt::Write as _;
use std::string::{String, ToString};
use std::vec::Vec;
use std::{format, fs};

/// U+0010 has no glyph: the files show its symbol.
fn shown(text: &str) -> String {
    text.replace('\u{10}', "␐")
}

fn bits(word: &str) -> Bits {
    Bits([u8::from_str_radix(word, 16).unwrap(); 16])
}

fn setting<'a>(words: &[&'a str], name: &str) -> Option<&'a str> {
    words.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
}

fn number(word: &str) -> u64 {
    word.parse().unwrap_or_else(|_| panic!("{word:?} is no number"))
}

enum Machine {
    Client(Box<Client<u64>>),
    Server(Box<Server<u64>>),
}

/// A machine and, for a server, its store.
struct Run {
    machine: Machine,
    config: Config,
    sent: u64,
    record: Option<Record<u64>>,
    writes: VecDeque<(u64, Bits, Write<u64>)>,
    adoption: Option<(Bits, Swap)>,
    timer: Option<Millis>,
}

impl Run {
    fn new(words: &[&str]) -> Self {
        let plain = Config::default();
        let choice = |name, usual| setting(words, name).map_or(usual, number);
        let config = Config {
            window: choice("window", plain.window),
            queue: choice("queue", plain.queue),
            life: choice("life", plain.life),
        };
        let machine = match words.first() {
            Some(&"client") => {
                let mode = if words.contains(&"require") { Mode::Require } else { Mode::Prefer };
                Machine::Client(Client::new(config.clone(), mode).into())
            }
            Some(&"server") => {
                let fresh = Fresh { secret: bits("5e"), nonce: bits("0c") };
                let window = choice("peer-window", 64);
                let identity = hash(b"alice");
                let server = Server::open(config.clone(), hash, 1, window, identity, bits("1d"), fresh);
                Machine::Server(server.into())
            }
            other => panic!("{other:?} is no role"),
        };
        Self { machine, config, sent: 0, record: None, writes: VecDeque::new(), adoption: None, timer: None }
    }

    fn input(&mut self, now: Millis, line: &str) -> Result<(), Error> {
        let (line, text) = line.split_once(" \"").map_or((line, ""), |(line, text)| (line, text));
        let text = text.trim_end_matches('"').replace('␐', "\u{10}");
        let words: Vec<&str> = line.split(' ').collect();
        let at = |index: usize| number(words[index]);
        let on = |index: usize| at(index) as Connection;
        self.sent += u64::from(words[0] == "send");
        let sent = self.sent;
        let answer = match &mut self.machine {
            Machine::Client(client) => {
                let input = match words[0] {
                    "send" => ClientInput::Send(sent, at(1)),
                    "drop" => ClientInput::Drop(at(1)),
                    "handled" => ClientInput::Handled(at(1)),
                    "ask" => ClientInput::Ask,
                    "ping" => ClientInput::Ping,
                    "close" => ClientInput::Close,
                    "give-up" => ClientInput::GiveUp,
                    "connected" => ClientInput::Connected(on(1), words[2] == "session"),
                    "ready" => ClientInput::Ready(on(1)),
                    "message" => ClientInput::Message(on(1), at(2)),
                    "control" => ClientInput::Control(on(1), text),
                    "disconnected" => ClientInput::Disconnected(on(1), at(2) as u16),
                    "tick" => ClientInput::Tick,
                    other => panic!("{other:?} is no input of a client"),
                };
                client.handle(now, input)
            }
            Machine::Server(server) => {
                let input = match words[0] {
                    "send" => ServerInput::Send(sent, at(1)),
                    "drop" => ServerInput::Drop(at(1)),
                    "handled" => ServerInput::Handled(at(1)),
                    "ask" => ServerInput::Ask,
                    "ping" => ServerInput::Ping,
                    "close" => ServerInput::Close,
                    "message" => ServerInput::Message(on(1), at(2)),
                    "control" => ServerInput::Control(on(1), text),
                    "disconnected" => ServerInput::Disconnected(on(1), at(2) as u16),
                    "tick" => ServerInput::Tick,
                    "stored" => {
                        let seq = at(1);
                        while let Some((_, owner, write)) =
                            self.writes.pop_front_if(|(number, ..)| *number <= seq)
                        {
                            match (&mut self.record, write) {
                                (empty @ None, Write::Create(record)) => *empty = Some(*record),
                                (Some(record), write) => {
                                    record.apply(record.seq + 1, owner, write).unwrap();
                                }
                                (None, write) => panic!("{write:?} to nothing"),
                            }
                        }
                        let handled = self.record.as_ref().unwrap().position();
                        ServerInput::Stored { seq, handled }
                    }
                    "commits" => {
                        let record = self.record.as_mut().unwrap();
                        let cost = server.cost_up_to(at(1)).unwrap();
                        (record.handled, record.handled_cost) = (at(1), cost);
                        return Ok(());
                    }
                    "adopted" => {
                        let (owner, swap) = self.adoption.take().unwrap();
                        let record = self.record.as_mut().unwrap();
                        record.adopt(owner, &swap).unwrap();
                        ServerInput::Adopted(record.clone().into())
                    }
                    "fenced" => ServerInput::StoreFailed(StoreError::Fenced),
                    "gap" => ServerInput::StoreFailed(StoreError::Gap),
                    "restart" => {
                        self.writes.clear();
                        let record = self.record.clone().unwrap();
                        **server = Server::restore(self.config.clone(), hash, record).unwrap();
                        return Ok(());
                    }
                    "resume" => ServerInput::Resume(Resume {
                        on: on(1),
                        secret: bits(setting(&words, "secret").unwrap()),
                        nonce: bits(setting(&words, "nonce").unwrap()),
                        attempt: number(setting(&words, "attempt").unwrap()),
                        received: number(setting(&words, "received").unwrap()),
                        window: 64,
                        identity: hash(setting(&words, "identity").unwrap_or("alice").as_bytes()),
                        fresh: Fresh {
                            secret: bits(setting(&words, "next").unwrap()),
                            nonce: bits(setting(&words, "next").unwrap()),
                        },
                    }),
                    other => panic!("{other:?} is no input of a server"),
                };
                server.handle(now, input)
            }
        };
        if answer.is_err() {
            self.sent -= u64::from(words[0] == "send");
        }
        answer
    }

    /// Formats the machine's effects, a line each.
    fn effects(&mut self, out: &mut String) {
        let before = out.len();
        loop {
            let effect = match &mut self.machine {
                Machine::Client(client) => client.poll(),
                Machine::Server(server) => server.poll(),
            };
            let Some(effect) = effect else { break };
            let line = self.line(effect);
            let _ = writeln!(out, "   {line}");
        }
        let timer = match &self.machine {
            Machine::Client(client) => client.deadline(),
            Machine::Server(server) => server.deadline(),
        };
        if timer != self.timer {
            self.timer = timer;
            let _ = writeln!(out, "   timer {}", timer.map_or("none".to_owned(), |at| at.to_string()));
        }
        if out.len() == before {
            out.push_str("   -\n");
        }
    }

    fn line(&mut self, effect: Effect<u64>) -> String {
        match effect {
            Effect::Transmit(on, payload) => format!("transmit {on} {payload}"),
            Effect::Control(on, text) => format!("control {on} \"{}\"", shown(&text)),
            Effect::Deliver(number) => format!("deliver {number}"),
            Effect::Own(on) => format!("own {on}"),
            Effect::Close { connection, code, reason } => format!("close {connection} {code} \"{reason}\""),
            Effect::Persist { seq, owner, write } => {
                self.writes.push_back((seq, owner, write.clone()));
                let what = match write {
                    Write::Create(_) => "create".to_owned(),
                    Write::Append { payload, cost } => format!("append {payload} cost={cost}"),
                    Write::Skip(number) => format!("skip {number}"),
                    Write::Trim(acked) => format!("trim {acked}"),
                    Write::Handled { count, cost } => format!("handled {count} cost={cost}"),
                    Write::Swap(swap) => {
                        format!("swap nonce={:?} attempt={}", swap.current.nonce, swap.attempt)
                    }
                    Write::Confirm => "confirm".to_owned(),
                    Write::End(end) => format!("end {} handled={}", end.why.as_str(), end.handled),
                };
                format!("persist {seq} owner={owner:?} {what}")
            }
            Effect::Adopt { owner, swap } => {
                self.adoption = Some((owner, swap));
                format!("adopt owner={owner:?} nonce={:?} attempt={}", swap.current.nonce, swap.attempt)
            }
            Effect::Fire(event) => match event {
                Event::New { life } => format!("fire new life={life}"),
                Event::Resuming(on) => format!("fire resuming {on}"),
                Event::Resumed { replayed, unacknowledged } => {
                    format!("fire resumed replayed={replayed} unacknowledged={unacknowledged}")
                }
                Event::Fate { first, last, fate } => format!("fire fate {first}..{last} {fate:?}"),
                Event::Pong => "fire pong".to_owned(),
                Event::Plain(on) => format!("fire plain {on}"),
                Event::Closed => "fire closed".to_owned(),
                Event::Lost(loss) => format!("fire lost {loss:?}"),
                Event::Returned { received } => format!("fire returned received={received}"),
            },
        }
    }
}

fn replay(text: &str) -> String {
    let mut out = String::new();
    let mut run = None;
    for line in text.lines() {
        if line.starts_with(' ') {
            continue;
        }
        let _ = writeln!(out, "{line}");
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let words: Vec<&str> = line.split(' ').collect();
        let Some(run) = &mut run else {
            let run = run.insert(Run::new(&words));
            if matches!(run.machine, Machine::Server(_)) {
                run.effects(&mut out);
            }
            continue;
        };
        let (now, input) = line.split_once(' ').unwrap();
        match run.input(number(now), input) {
            Ok(()) => run.effects(&mut out),
            Err(error) => {
                let _ = writeln!(out, "   refused {error:?}");
            }
        }
    }
    out
}

#[test]
fn vectors_hold() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors");
    let bless = std::env::var_os("STEADY_BLESS").is_some();
    let mut count = 0;
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let now = replay(&text);
        if bless {
            fs::write(&path, now).unwrap();
        } else {
            assert_eq!(text, now, "{}", path.display());
        }
        count += 1;
    }
    assert!(count >= 20, "{count} vectors");
}
