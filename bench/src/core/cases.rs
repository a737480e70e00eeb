//! The cases of the core, measured natively (`main.rs`) and as wasm (`bench/rust/src/core.rs`).

use std::hint::black_box;
use steady_websocket::core::{Config, Effect, Input, Instant, Machine, OutgoingMessage};

/// Messages per measurement; the fastest of several measurements counts.
const MESSAGES: u64 = 200_000;
const REPEATS: u32 = 7;

/// Nanoseconds since an arbitrary time.
pub type Clock = fn() -> f64;

/// A case: its name, the queue's length, the direction of the messages, and the kind of socket.
pub struct Case {
    /// Its name in the tables.
    pub name: &'static str,
    queued: u64,
    inbound: bool,
    strict: bool,
}

/// All cases.
pub const CASES: [Case; 8] = [
    Case { name: "inbound, strict", queued: 0, inbound: true, strict: true },
    Case { name: "outbound, strict", queued: 0, inbound: false, strict: true },
    Case { name: "inbound, steady, 0 queued", queued: 0, inbound: true, strict: false },
    Case { name: "outbound, steady, 0 queued", queued: 0, inbound: false, strict: false },
    Case { name: "inbound, steady, 1 thousand queued", queued: 1_000, inbound: true, strict: false },
    Case { name: "outbound, steady, 1 thousand queued", queued: 1_000, inbound: false, strict: false },
    Case { name: "inbound, steady, 1 million queued", queued: 1_000_000, inbound: true, strict: false },
    Case { name: "outbound, steady, 1 million queued", queued: 1_000_000, inbound: false, strict: false },
];

impl Case {
    /// Returns nanoseconds for this many messages, without the set-up.
    pub fn run(&self, messages: u64, clock: Clock) -> f64 {
        let config = || if self.strict { Config::default() } else { Config::steady() };
        match (self.inbound, self.queued) {
            (true, 0) => inbound(&mut open(config()), messages, clock),
            (true, queued) => inbound(&mut full(queued, true), messages, clock),
            (false, 0) => outbound(&mut open(config()), messages, clock),
            (false, queued) => through(&mut full(queued, false), messages, clock),
        }
    }

    /// Returns nanoseconds per message.
    pub fn quickest(&self, clock: Clock) -> f64 {
        let runs = (0..REPEATS).map(|_| self.run(MESSAGES, clock));
        runs.fold(f64::INFINITY, f64::min) / MESSAGES as f64
    }
}

fn at(millis: u64) -> Instant {
    Instant::from_millis(millis)
}

fn tell(machine: &mut Machine<u64>, now: u64, input: Input<u64>) {
    // Every input here is legal; an error would show in the numbers.
    let _ = machine.handle(at(now), input);
    while let Some(effect) = machine.poll() {
        black_box(effect);
    }
}

fn dialled(mut config: Config) -> Machine<u64> {
    config.flow.high = 1 << 40;
    if let Some(steady) = &mut config.steady {
        (steady.queue.max_bytes, steady.queue.max_count) = (1 << 40, 1 << 40);
    }
    let Ok(mut machine) = Machine::new(config, 1) else { std::process::exit(1) };
    tell(&mut machine, 0, Input::Connect);
    machine
}

fn opened() -> Input<u64> {
    Input::Opened(1)
}

fn open(config: Config) -> Machine<u64> {
    let mut machine = dialled(config);
    tell(&mut machine, 1, opened());
    tell(&mut machine, 1, Input::Announced(1));
    machine
}

/// Returns a machine with this many messages queued: behind a shut gate, or waiting for a connection.
fn full(queued: u64, gated: bool) -> Machine<u64> {
    let mut config = Config::steady();
    if let Some(steady) = &mut config.steady {
        steady.gated = gated;
    }
    let mut machine = if gated { open(config) } else { dialled(config) };
    for payload in 0..queued {
        tell(&mut machine, 2, Input::Send(OutgoingMessage::new(payload, 100)));
    }
    machine
}

fn inbound(machine: &mut Machine<u64>, messages: u64, clock: Clock) -> f64 {
    let started = clock();
    for now in 0..messages {
        tell(machine, 3 + now / 1_000, Input::Received { attempt: 1, size: 100, pong: false });
    }
    clock() - started
}

/// Sends through an open socket, sampled once in a thousand messages.
fn outbound(machine: &mut Machine<u64>, messages: u64, clock: Clock) -> f64 {
    let started = clock();
    for now in 0..messages {
        tell(machine, 3 + now / 1_000, Input::Send(OutgoingMessage::new(now, 100)));
        if now % 1_000 == 999 {
            tell(machine, 3 + now / 1_000, Input::Buffered(1, 0));
        }
    }
    clock() - started
}

/// Adds one message to the end of a long queue and removes one from its front.
fn through(machine: &mut Machine<u64>, messages: u64, clock: Clock) -> f64 {
    let _ = machine.handle(at(3), opened());
    let _ = machine.handle(at(3), Input::Announced(1));
    let (mut sent, started) = (0, clock());
    while sent < messages {
        match machine.poll() {
            Some(Effect::Transmit(_, payload)) => {
                black_box(payload);
                sent += 1;
                let _ = machine.handle(at(3), Input::Send(OutgoingMessage::new(sent, 100)));
            }
            Some(_) => {}
            None => break,
        }
    }
    clock() - started
}
