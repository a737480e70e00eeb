//! What a message costs in the core: `cargo run --release -p steady-bench --bin steady-bench-core`.
//!
//! Prints JSON rows: group, case, contender, value, unit, better. Instructions are counted where
//! `perf` may; nothing is asserted, machines differ.

use std::hint::black_box;
use std::time::Instant as Clock;
use steady_websocket::core::{Config, Effect, Input, Instant, Machine, Message, Text};

/// Messages per measurement; of several measurements the quickest counts.
const MESSAGES: u64 = 200_000;
const REPEATS: u32 = 7;

fn main() {
    let mut rows = Vec::new();
    for (name, queued) in [("0", 0), ("1 thousand", 1_000), ("1 million", 1_000_000)] {
        let strict = queued == 0;
        if strict {
            rows.push(row("outbound, strict", "core", quickest(|| outbound(&mut open(Config::default())))));
            rows.push(row("inbound, strict", "core", quickest(|| inbound(&mut open(Config::default())))));
        }
        let inbound_case = format!("inbound, steady, {name} queued");
        let outbound_case = format!("outbound, steady, {name} queued");
        rows.push(row(&inbound_case, "core", quickest(|| inbound(&mut full(queued, true)))));
        let nanos = if queued == 0 {
            quickest(|| outbound(&mut open(Config::steady())))
        } else {
            quickest(|| through(&mut full(queued, false), queued))
        };
        rows.push(row(&outbound_case, "core", nanos));
    }
    println!("[\n{}\n]", rows.join(",\n"));
}

fn row(case: &str, contender: &str, nanos: f64) -> String {
    format!(
        r#"  {{"group": "core", "case": "{case}", "contender": "{contender}", "value": {nanos:.1}, "unit": "ns/message", "better": "lower"}}"#
    )
}

/// Nanoseconds per message: the quickest of several runs, each on a machine of its own.
fn quickest(run: impl Fn() -> (std::time::Duration, u64)) -> f64 {
    let per = |(took, messages): (std::time::Duration, u64)| took.as_nanos() as f64 / messages as f64;
    (0..REPEATS).map(|_| per(run())).fold(f64::MAX, f64::min)
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
    let nothing: Text = "".into();
    Input::Opened { attempt: 1, protocol: nothing.clone(), extensions: nothing }
}

fn open(config: Config) -> Machine<u64> {
    let mut machine = dialled(config);
    tell(&mut machine, 1, opened());
    machine
}

/// A machine with this many messages queued: behind a shut gate, or waiting for a connection.
fn full(queued: u64, gated: bool) -> Machine<u64> {
    let mut config = Config::steady();
    if let Some(steady) = &mut config.steady {
        steady.gated = gated;
    }
    let mut machine = if gated { open(config) } else { dialled(config) };
    for payload in 0..queued {
        tell(&mut machine, 2, Input::Send(Message::new(payload, 100)));
    }
    machine
}

fn inbound(machine: &mut Machine<u64>) -> (std::time::Duration, u64) {
    let started = Clock::now();
    for now in 0..MESSAGES {
        tell(machine, 3 + now / 1_000, Input::Received { attempt: 1, size: 100, pong: false });
    }
    (started.elapsed(), MESSAGES)
}

/// Straight through an open socket, sampled once in a thousand messages.
fn outbound(machine: &mut Machine<u64>) -> (std::time::Duration, u64) {
    let started = Clock::now();
    for now in 0..MESSAGES {
        tell(machine, 3 + now / 1_000, Input::Send(Message::new(now, 100)));
        if now % 1_000 == 999 {
            tell(machine, 3 + now / 1_000, Input::Buffered(1, 0));
        }
    }
    (started.elapsed(), MESSAGES)
}

/// In at the end of a long queue and out at its head: one message queued, one flushed.
fn through(machine: &mut Machine<u64>, queued: u64) -> (std::time::Duration, u64) {
    let messages = queued.min(MESSAGES);
    let _ = machine.handle(at(3), opened());
    let (mut sent, started) = (0, Clock::now());
    while sent < messages {
        match machine.poll() {
            Some(Effect::Transmit(_, payload)) => {
                black_box(payload);
                sent += 1;
                let _ = machine.handle(at(3), Input::Send(Message::new(sent, 100)));
            }
            Some(_) => {}
            None => break,
        }
    }
    (started.elapsed(), messages)
}
