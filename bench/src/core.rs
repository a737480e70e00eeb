//! What a message costs in the core: `cargo run --release -p steady-bench --bin steady-bench-core`.
//!
//! Prints JSON rows: group, case, contender, value, unit, better. Instructions are counted where
//! valgrind is installed: the difference between two runs of this program, so that setting up does
//! not count. Nothing is asserted, machines differ.

use std::hint::black_box;
use std::process::Command;
use std::time::{Duration, Instant as Clock};
use steady_websocket::core::{Config, Effect, Input, Instant, Machine, Message, Text};

/// Messages per measurement; of several measurements the quickest counts.
const MESSAGES: u64 = 200_000;
const REPEATS: u32 = 7;

/// A case: its name, how many are queued, which way the messages go, and on what kind of socket.
struct Case {
    name: &'static str,
    queued: u64,
    inbound: bool,
    strict: bool,
}

const CASES: [Case; 8] = [
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
    fn run(&self, messages: u64) -> Duration {
        let config = || if self.strict { Config::default() } else { Config::steady() };
        match (self.inbound, self.queued) {
            (true, 0) => inbound(&mut open(config()), messages),
            (true, queued) => inbound(&mut full(queued, true), messages),
            (false, 0) => outbound(&mut open(config()), messages),
            (false, queued) => through(&mut full(queued, false), messages),
        }
    }

    fn row(&self, value: f64, unit: &str) -> String {
        format!(
            r#"  {{"group": "core", "case": "{}", "contender": "core", "value": {value:.1}, "unit": "{unit}", "better": "lower"}}"#,
            self.name
        )
    }
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [at, messages] = args.as_slice() {
        // What valgrind is told to run.
        let case = at.parse().ok().and_then(|at: usize| CASES.get(at));
        if let (Some(case), Ok(messages)) = (case, messages.parse()) {
            case.run(messages);
        }
        return;
    }
    let mut rows = Vec::new();
    for (at, case) in CASES.iter().enumerate() {
        let quickest = (0..REPEATS).map(|_| case.run(MESSAGES)).min().unwrap_or_default();
        rows.push(case.row(quickest.as_nanos() as f64 / MESSAGES as f64, "ns/message"));
        if let (Some(few), Some(many)) = (instructions(at, 1_000), instructions(at, 11_000)) {
            rows.push(case.row(many.saturating_sub(few) as f64 / 10_000.0, "instructions/message"));
        }
    }
    println!("[\n{}\n]", rows.join(",\n"));
}

/// Instructions of a whole run of this program, if they can be counted.
fn instructions(case: usize, messages: u64) -> Option<u64> {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(std::env::current_exe().ok()?);
    let said = valgrind.args([case.to_string(), messages.to_string()]).output().ok()?;
    let text = String::from_utf8_lossy(&said.stderr);
    let collected = text.lines().find_map(|line| line.split_once("Collected : "))?.1;
    collected.trim().parse().ok()
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

fn inbound(machine: &mut Machine<u64>, messages: u64) -> Duration {
    let started = Clock::now();
    for now in 0..messages {
        tell(machine, 3 + now / 1_000, Input::Received { attempt: 1, size: 100, pong: false });
    }
    started.elapsed()
}

/// Straight through an open socket, sampled once in a thousand messages.
fn outbound(machine: &mut Machine<u64>, messages: u64) -> Duration {
    let started = Clock::now();
    for now in 0..messages {
        tell(machine, 3 + now / 1_000, Input::Send(Message::new(now, 100)));
        if now % 1_000 == 999 {
            tell(machine, 3 + now / 1_000, Input::Buffered(1, 0));
        }
    }
    started.elapsed()
}

/// In at the end of a long queue and out at its head: one message queued, one flushed.
fn through(machine: &mut Machine<u64>, messages: u64) -> Duration {
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
    started.elapsed()
}
