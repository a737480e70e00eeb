//! `cargo xtask test`: every suite, its counts read truthfully, and their sum as the last line.

pub mod begun;
pub mod count;
pub mod server;
pub mod suites;

use std::process::Command;
use std::time::Instant;

use crate::error::{Error, Result};
use crate::lock;
use crate::proc::{self, tree};
use crate::progress::seconds;
use crate::setup::{Browser, Env};
use count::Counts;
use server::Server;
pub use suites::SUITES;

/// One entry of the table in `suites.rs`.
pub struct Suite {
    /// What `--only` calls it.
    pub name: &'static str,
    /// The browser it runs in: `--browser` leaves the suites of other browsers out.
    pub browser: Option<Browser>,
    /// Whether it wants the fault server: its address is then in `STEADY_TEST_SERVER`, and in a file
    /// that test pages can fetch (see `server.rs`).
    pub server: bool,
    /// The programs to run, in order; all of them are run even if one fails.
    pub commands: fn(&Env) -> Result<Vec<Command>>,
    /// Reads the counts out of what a program printed.
    pub count: fn(&str) -> Counts,
}

/// `cargo xtask test [--browser NAME] [--only SUITE]…`
pub fn run(args: &[String], env: &Env) -> Result<()> {
    let chosen = choose(args, std::env::consts::OS)?;
    // Two runs in one checkout would fight over the address file.
    let other = "another `cargo xtask test` in this checkout";
    let _lock = lock::hold(&env.root.join("target"), "xtask-test.lock", other)?;
    // Narrowed runs bring only what they use, as they use it.
    if args.is_empty()
        && let Err(error) = env.provide_all()
    {
        println!("{error}\n0 passed, 1 failed");
        return Err(Error::silent());
    }
    let mut table = Vec::new();
    let mut failed = Vec::new();
    for suite in chosen {
        println!("\n── {} ──", suite.name);
        let started = Instant::now();
        let counts = run_suite(suite, env, &mut failed);
        table.push((suite.name, counts, started.elapsed()));
    }
    println!();
    let mut total = Counts::default();
    for (name, counts, took) in &table {
        println!("{name:<16} {:>6} passed {:>4} failed   {}", counts.passed, counts.failed, seconds(*took));
        total += *counts;
    }
    for name in failed {
        println!("failed: {name}");
    }
    // Error messages go to standard error: this line is the last there is.
    println!("{} passed, {} failed", total.passed, total.failed);
    if total.failed == 0 { Ok(()) } else { Err(Error::silent()) }
}

fn run_suite(suite: &Suite, env: &Env, failed: &mut Vec<String>) -> Counts {
    let counts = attempt(suite, env, failed).unwrap_or_else(|error| {
        println!("{error}");
        Counts { passed: 0, failed: 1 }
    });
    if counts == Counts::default() {
        println!("The suite `{}` ran nothing, which counts as a failure.", suite.name);
        return Counts { passed: 0, failed: 1 };
    }
    counts
}

fn attempt(suite: &Suite, env: &Env, failed: &mut Vec<String>) -> Result<Counts> {
    let server = if suite.server { Some(Server::start(env)?) } else { None };
    let scratch = proc::scratch()?;
    let mut counts = Counts::default();
    for mut command in (suite.commands)(env)? {
        if let Some(server) = &server {
            command.env("STEADY_TEST_SERVER", &server.address);
        }
        // The first is for Unix; Windows has both others.
        command.envs(["TMPDIR", "TMP", "TEMP"].map(|name| (name, &scratch)));
        let outcome = proc::streamed(&mut command)?;
        let mut these = (suite.count)(&outcome.text);
        let names = count::failed_names(&outcome.text);
        failed.extend(names.into_iter().map(|name| format!("{}: {name}", suite.name)));
        if !outcome.status.success() && these.failed == 0 {
            // A crash, a hang that was ended, a compile error: none of them reports itself as a test.
            println!("`{}`: {}", command.get_program().to_string_lossy(), outcome.status);
            these.failed = 1;
        }
        counts += these;
        // Browsers outlive a driver that dies early.
        let spared: Vec<u32> = server.iter().map(Server::pid).collect();
        tree::end_all(&spared);
    }
    let _ = std::fs::remove_dir_all(scratch);
    Ok(counts)
}

/// Returns the suites that the arguments name; without any, those whose browser exists on this operating system.
fn choose(args: &[String], system: &str) -> Result<Vec<&'static Suite>> {
    let all = args.is_empty();
    let mut browser = None;
    let mut only = Vec::new();
    let mut args = args.iter();
    while let Some(flag) = args.next() {
        let value = args.next().map(String::as_str).unwrap_or_default();
        if flag == "--browser" {
            let names = "The browsers are chromium, firefox and webkit.";
            browser = Some(
                Browser::parse(value).ok_or_else(|| Error::usage(format!("no browser `{value}`"), names))?,
            );
        } else if flag != "--only" {
            let what = format!("`test` has no argument `{flag}`");
            return Err(Error::usage(what, "It takes --browser and --only, each with a value."));
        } else if SUITES.iter().any(|s| s.name == value) {
            only.push(value);
        } else {
            let names: Vec<&str> = SUITES.iter().map(|s| s.name).collect();
            return Err(Error::usage(
                format!("no suite `{value}`"),
                format!("The suites are {}.", names.join(", ")),
            ));
        }
    }
    let fits = |s: &&Suite| {
        (only.is_empty() || only.contains(&s.name))
            && (browser.is_none() || s.browser.is_none() || s.browser == browser)
            && (!all || s.browser.is_none_or(|browser| browser.runs_on(system)))
    };
    let chosen: Vec<_> = SUITES.iter().filter(fits).collect();
    if chosen.is_empty() {
        return Err(Error::usage("nothing fits both --browser and --only", "Leave one of them out."));
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn webkit_is_left_out_where_it_does_not_exist() {
        let names = |line: &str, system| -> Vec<&str> {
            let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            choose(&args, system).unwrap().into_iter().map(|suite| suite.name).collect()
        };
        assert!(names("", "linux").contains(&"js-webkit"));
        let elsewhere = names("", "macos");
        assert!(!elsewhere.contains(&"js-webkit") && elsewhere.contains(&"js-firefox"));
        assert_eq!(names("--only js-webkit", "macos"), ["js-webkit"]);
    }
}
