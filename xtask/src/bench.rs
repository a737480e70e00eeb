//! `cargo xtask bench`: measures speed and size, beside other libraries and beside the native class.
//!
//! Everything is built here; `bench/run.mjs` measures, and `bench/src/report` evaluates the values.

mod contenders;
mod javascript;
pub mod rust;

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::build;
use crate::error::{Advise, Error, Result};
use crate::proc;
use crate::setup::{Browser, Env, browsers, npm};

const ADVICE: &str = "The failure is reported above. `cargo xtask bench --resume` keeps what was measured.";
const BUILDING: &str = "Fix what the compiler reports above.";
/// The profile for what is measured, as an option of cargo's.
const SPEED: &str = "profile.release.opt-level=3";
/// The share of the load, in percent, that `--quick` uses.
const QUICK: u32 = 10;
const WRITABLE: &str = "Make the folder `target` writable.";

/// The groups that have a case which `--only` selects.
struct Groups(String);

impl Groups {
    fn wanted(env: &Env, only: &str) -> Result<Self> {
        npm::check_node()?;
        let said = proc::ask(env.command("node").args(["bench/groups.mjs", only]));
        let odd = || Error::usage(format!("--only {only}"), "It must be a JavaScript regular expression.");
        let groups = Self(said.ok_or_else(odd)?);
        if groups.0.is_empty() {
            return Err(Error::usage(
                format!("no case fits --only {only}"),
                "`--only '^js/send'` is one that does.",
            ));
        }
        Ok(groups)
    }

    fn has(&self, group: &str) -> bool {
        self.0.split(' ').any(|one| one == group)
    }
}

struct Options {
    browser: Browser,
    only: String,
    rounds: u32,
    /// In percent of the load.
    percent: u32,
    resume: bool,
}

/// `cargo xtask bench [--browser chromium|firefox] [--only REGEX] [--rounds N] [--percent N] [--quick] [--resume]`
pub fn run(args: &[String], env: &Env) -> Result<()> {
    let options = read(args)?;
    let groups = Groups::wanted(env, &options.only)?;
    let built = env.root.join("target/bench");
    for folder in ["contenders", "rust", "session", "sizes"] {
        std::fs::create_dir_all(built.join(folder)).advise("creating target/bench", WRITABLE)?;
    }
    let driven = browsers::find(env, options.browser)?;
    let pages = groups.has("js") || groups.has("size");
    if pages || groups.has("network") || groups.has("session") {
        build::make(env)?;
        npm::modules(env, javascript::HOME)?;
    }
    if pages {
        javascript::build(env, &built)?;
    }
    if groups.has("session") {
        javascript::build_session(env, &built)?;
    }
    rust::build(env, &built, &groups)?;
    let server = server(env)?;
    let report = ours(env, "steady-bench-report")?;

    // Results from another browser must not be reported as this one's.
    let told = match options.browser {
        Browser::Chromium => built.clone(),
        other => built.join(other.name()),
    };
    std::fs::create_dir_all(&told).advise("creating target/bench", WRITABLE)?;
    let samples = told.join("samples.json");
    let mut node = env.command("node");
    node.arg("bench/run.mjs").arg("--built").arg(&built).arg("--samples").arg(&samples);
    node.arg("--server").arg(server).args(["--contenders", &contenders::list()]);
    if groups.has("core") {
        node.arg("--core").arg(ours(env, "steady-bench-core")?);
    }
    if groups.has("session") {
        node.arg("--session").arg(program(env, "steady-bench-session", "steady-bench-session", SPEED)?);
    }
    node.args(["--browser", options.browser.name(), "--only", &options.only]);
    node.args(["--rounds", &options.rounds.to_string()]).args(["--percent", &options.percent.to_string()]);
    node.args(options.resume.then_some("--resume"));
    to_the_end(driven.drive(node, env), "measuring")?;

    let mut tell = env.command(&report.to_string_lossy());
    tell.arg(&samples).arg(&told);
    // The page says what failed, so that readers see whether it is complete.
    if options.only.is_empty() && options.percent > QUICK {
        tell.arg("--page").arg(&env.root);
    }
    to_the_end(tell, "reporting")
}

/// Inherits this process's output, so that progress is visible.
fn to_the_end(mut command: Command, doing: &str) -> Result<()> {
    let status = command.stdin(Stdio::null()).status().advise(doing, ADVICE)?;
    if status.success() { Ok(()) } else { Err(Error::new(format!("{doing}: {status}"), ADVICE)) }
}

fn read(args: &[String]) -> Result<Options> {
    let mut options =
        Options { browser: Browser::Chromium, only: String::new(), rounds: 0, percent: 100, resume: false };
    let mut args = args.iter();
    while let Some(flag) = args.next() {
        let mut value =
            || args.next().ok_or_else(|| Error::usage(format!("{flag} needs a value"), "Give it one."));
        match flag.as_str() {
            "--quick" => options.percent = QUICK,
            "--resume" => options.resume = true,
            "--only" => options.only.clone_from(value()?),
            "--rounds" => options.rounds = number("rounds", value()?, 1_000)?,
            "--percent" => options.percent = number("percent", value()?, 100)?,
            "--browser" => {
                let name = value()?;
                let browser = Browser::parse(name).filter(|browser| *browser != Browser::Webkit);
                let names = "It measures in chromium and firefox.";
                options.browser =
                    browser.ok_or_else(|| Error::usage(format!("no browser `{name}`"), names))?;
            }
            other => {
                let flags = "It knows --browser, --only, --rounds, --percent, --quick and --resume.";
                return Err(Error::usage(format!("`bench` has no argument `{other}`"), flags));
            }
        }
    }
    if options.rounds == 0 {
        options.rounds = if options.percent <= QUICK { 3 } else { 120 };
    }
    Ok(options)
}

/// A number that an argument may have.
fn number(what: &str, said: &str, most: u32) -> Result<u32> {
    let number = said.parse().ok().filter(|number| (1..=most).contains(number));
    number.ok_or_else(|| Error::usage(format!("no number of {what}: {said}"), format!("1 to {most}.")))
}

/// The fault server, optimised for speed; the tests' build is optimised for compile time.
fn server(env: &Env) -> Result<PathBuf> {
    program(env, "steady-test-server", "steady-test-server", SPEED)
}

/// One of the programs of `bench/`.
fn ours(env: &Env, name: &str) -> Result<PathBuf> {
    program(env, "steady-bench", name, "profile.release.package.steady-bench.opt-level=3")
}

/// In a target folder of its own, so that other release builds are not invalidated.
fn program(env: &Env, package: &str, name: &str, setting: &str) -> Result<PathBuf> {
    let folder = env.root.join("target/bench/build");
    let mut cargo = env.cargo();
    cargo.args(["build", "--release", "--package", package, "--bin", name, "--config", setting]);
    cargo.arg("--target-dir").arg(&folder);
    proc::step(&format!("building {name}"), &mut cargo, BUILDING)?;
    Ok(folder.join("release").join(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Result<Options> {
        read(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn the_usual_run_has_120_rounds_and_a_quick_one_three() {
        assert_eq!(words("").unwrap().rounds, 120);
        assert_eq!(words("--quick").unwrap().rounds, 3);
        assert_eq!(words("--quick --rounds 5").unwrap().rounds, 5);
        assert_eq!(words("--percent 50 --resume").unwrap().rounds, 120);
    }

    #[test]
    fn nothing_unknown_is_taken() {
        assert!(words("--fast").is_err());
        assert!(words("--rounds none").is_err());
        assert!(words("--rounds 0").is_err());
        assert!(words("--percent 101").is_err());
        assert!(words("--browser webkit").is_err());
        assert!(words("--only").is_err());
        assert_eq!(words("--browser firefox --only js/").unwrap().only, "js/");
    }
}
