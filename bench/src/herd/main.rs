//! A million sockets reconnect at once, in virtual time: `cargo xtask herd`.

mod calendar;
mod chromium;
mod client;
mod compare;
mod http;
mod ledger;
mod life;
mod line;
mod memory;
mod network;
mod options;
mod outcome;
mod peers;
mod plot;
mod random;
mod real;
mod report;
mod run;
mod scenario;
mod server;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::process::ExitCode;

use options::{Options, USAGE};
use report::{Chapter, Row};
use scenario::{POLICIES, Scenario};

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(wrong) => {
            eprintln!("{wrong}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let outcome = if options.real { real::real(&options) } else { simulate(&options) };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(wrong) => {
            eprintln!("{wrong}");
            ExitCode::FAILURE
        }
    }
}

fn simulate(options: &Options) -> Result<(), String> {
    let mut chapters = Vec::new();
    for scenario in Scenario::all(options.sockets, options.seconds * 1_000) {
        println!("{}", report::head(&scenario));
        let mut rows = Vec::new();
        for policy in POLICIES {
            let row = Row { policy, outcome: policy.run(&scenario, options.sockets, options.seed) };
            println!("{}", report::line(&row));
            rows.push(row);
        }
        chapters.push(Chapter { scenario, rows });
    }
    println!("\n{}", report::LEGEND);
    let idle =
        chapters.first().and_then(|chapter| chapter.rows.first()).map_or(0, |row| row.outcome.idle_bytes);
    println!("An idle core holds {idle} bytes, what it has allocated and the simulation's 12 included.");
    tell_a_life(options.seed)?;
    if let Some(file) = &options.json {
        write(file, &report::json(&chapters, options.sockets, options.seed))?;
    }
    if let Some(file) = &options.svg {
        write(file, &plot::svg(&chapters, options.sockets))?;
    }
    Ok(())
}

fn write(file: &Path, text: &str) -> Result<(), String> {
    std::fs::write(file, text)
        .map_err(|error| format!("{}: {error}\nChoose a folder that exists.", file.display()))?;
    println!("Wrote {}.", file.display());
    Ok(())
}

fn tell_a_life(seed: u64) -> Result<(), String> {
    let life::Life {
        accepted,
        refused,
        delivered,
        discarded,
        in_doubt,
        swallowed,
        faults,
        connections,
        holds,
    } = life::live(24, seed)?;
    println!(
        "\nA day of one socket: {faults} faults, {connections} connections, {accepted} messages accepted, {refused} \
         refused, {delivered} delivered in order, {discarded} reported discarded, {in_doubt} reported in doubt, \
         {swallowed} swallowed by the network, 0 lost without a word. It described itself in {} characters in its \
         first hour and in {} in its last.",
        holds.first().unwrap_or(&0),
        holds.last().unwrap_or(&0),
    );
    Ok(())
}
