//! Measures what a message costs in the core: `cargo run --release -p steady-bench --bin steady-bench-core`.
//!
//! Prints JSON rows: case, value, unit. With `--instructions` these are counted too, by valgrind where it is
//! installed: the difference between two runs, so that the set-up does not count. Nothing is asserted, because
//! machines differ.

mod cases;

use cases::{CASES, Case};
use std::process::Command;
use std::sync::LazyLock;
use std::time::Instant;

static STARTED: LazyLock<Instant> = LazyLock::new(Instant::now);

fn clock() -> f64 {
    STARTED.elapsed().as_nanos() as f64
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [at, messages] = args.as_slice() {
        // The program that valgrind runs.
        let case = at.parse().ok().and_then(|at: usize| CASES.get(at));
        if let (Some(case), Ok(messages)) = (case, messages.parse()) {
            case.run(messages, clock);
        }
        return;
    }
    let counts = args.iter().any(|arg| arg == "--instructions");
    let mut rows = Vec::new();
    for (at, case) in CASES.iter().enumerate() {
        rows.push(row(case, case.quickest(clock), "ns/message"));
        if !counts {
            continue;
        }
        if let (Some(few), Some(many)) = (instructions(at, 1_000), instructions(at, 11_000)) {
            rows.push(row(case, many.saturating_sub(few) as f64 / 10_000.0, "instructions/message"));
        }
    }
    println!("[\n{}\n]", rows.join(",\n"));
}

fn row(case: &Case, value: f64, unit: &str) -> String {
    format!(r#"  {{"case": "{}", "value": {value:.1}, "unit": "{unit}"}}"#, case.name)
}

/// Returns the instructions of a whole run of this program, if they can be counted.
fn instructions(case: usize, messages: u64) -> Option<u64> {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(std::env::current_exe().ok()?);
    let said = valgrind.args([case.to_string(), messages.to_string()]).output().ok()?;
    let text = String::from_utf8_lossy(&said.stderr);
    let collected = text.lines().find_map(|line| line.split_once("Collected : "))?.1;
    collected.trim().parse().ok()
}
