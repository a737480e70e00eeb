//! `cargo xtask mutants`: changes the core and the Rust shell in every small way and sees whether the tests notice.
//!
//! Takes about three seconds per mutant, so only files that changed since the last record are done
//! again, or those that are named. The record is `tests/mutants.md`; `tests/mutants.rs` holds it to
//! the present source.

mod source;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::error::{Advise, Error, Result};
use crate::proc;
use crate::setup::{Env, Tool};

const RECORD: &str = "tests/mutants.md";
const HEAD: &str = "# Mutants of the core and of the Rust shell\n\n\
    Written by `cargo xtask mutants`; the reasons are written by hand. `source` is the FNV-1a hash of\n\
    the code without its comments and white space.\n\
    `of` is how many mutants the file has; where fewer were tried, `cargo xtask mutants` tries them all.\n\n\
    | file | source | of | caught | missed | timed out | unviable |\n| --- | --- | --- | --- | --- | --- | --- |\n";
/// What is mutated, and which tests judge it. What runs in a browser alone is left out.
const PARTS: [(&str, &str); 3] =
    [("src/core", "core::"), ("src/socket", "socket::"), ("src/web", "socket::")];
/// Compiles the shell's tests quickly; they run for less than a second in any case. The core's tests take millions of
/// steps and stay optimized.
const UNOPTIMIZED: &str = "profile.test.package.steady-websocket.opt-level=0";
const SURVIVORS: &str = "\n## Survivors, and why\n\n";

/// `cargo xtask mutants [--all] [--file NAME]…`
pub fn run(args: &[String], env: &Env) -> Result<()> {
    let (all, named) = choose(args)?;
    let record = std::fs::read_to_string(env.root.join(RECORD)).unwrap_or_default();
    let mut rows: BTreeMap<String, String> = BTreeMap::new();
    let mut reasons: BTreeMap<String, String> = BTreeMap::new();
    for line in record.lines() {
        if let Some(row) = line.strip_prefix("| src/") {
            rows.insert(format!("src/{}", row.split(' ').next().unwrap_or_default()), line.to_owned());
        } else if let Some((mutant, reason)) =
            line.strip_prefix("- `").and_then(|line| line.split_once("`: "))
        {
            reasons.insert(mutant.to_owned(), reason.to_owned());
        }
    }
    let mut files = Vec::new();
    for (folder, _) in PARTS {
        sources(&env.root.join(folder), &mut files)?;
    }
    if let Some(name) = named.iter().find(|name| !files.contains(&env.root.join(name))) {
        let what = format!("no `{name}` in what is mutated");
        return Err(Error::usage(what, "Such as `--file src/core/flow.rs`."));
    }
    let takes =
        |name: &str, row: &str| if named.is_empty() { all || !is_whole(row) } else { named.contains(&name) };
    let mut fresh = BTreeMap::new();
    let mut todo = Vec::new();
    for path in files {
        let text =
            std::fs::read_to_string(&path).advise("reading the sources", "Make sure that it can be read.")?;
        let name = path.strip_prefix(&env.root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        let source = format!("{:016x}", source::fingerprint(&text));
        let known = rows.get(&name).filter(|row| row.contains(&source));
        if let Some(row) = known.filter(|row| !takes(&name, row)) {
            fresh.insert(name.clone(), row.clone());
            continue;
        }
        todo.push((name, source));
    }
    // First of all the record says what has not been tried.
    for (name, source) in &todo {
        let untried = Found { of: list(env, name)?, ..Found::default() };
        fresh.insert(name.clone(), untried.row(name, source));
    }
    todo.retain(|(name, _)| takes(name, ""));
    let stays = |file: &str| fresh.contains_key(file) && todo.iter().all(|(name, _)| name != file);
    let mut survivors = reasons.clone();
    survivors.retain(|mutant, _| mutant.split_once(": ").is_some_and(|(file, _)| stays(file)));
    let kept =
        |survivors: &BTreeMap<String, String>| reasons.clone().into_iter().chain(survivors.clone()).collect();
    write(env, &fresh, &kept(&survivors))?;
    let mut known: BTreeMap<&str, Duration> = BTreeMap::new();
    for (name, source) in todo {
        let tests = judges(&name);
        let patience = match known.get(tests) {
            Some(patience) => *patience,
            None => patience(env, tests)?,
        };
        known.insert(tests, patience);
        let found = mutate(env, &name, tests, patience)?;
        fresh.insert(name.clone(), found.row(&name, &source));
        for mutant in found.survivors {
            let reason = reasons.get(&mutant).cloned().unwrap_or_else(|| "UNEXPLAINED".into());
            survivors.insert(mutant, reason);
        }
        // After each file, so that nothing is lost when it is broken off, the reasons of those to come neither.
        write(env, &fresh, &kept(&survivors))?;
    }
    write(env, &fresh, &survivors)?;
    let unexplained = survivors.values().filter(|reason| *reason == "UNEXPLAINED").count();
    println!("{} files, {} survivors, {unexplained} unexplained: {RECORD}", fresh.len(), survivors.len());
    if unexplained == 0 {
        return Ok(());
    }
    Err(Error::new(
        format!("{unexplained} mutants live and nobody says why"),
        format!("Write a test that kills them, or the reason into {RECORD}."),
    ))
}

/// Whether `--all` was said, and the names after `--file`.
fn choose(args: &[String]) -> Result<(bool, Vec<&str>)> {
    let (mut all, mut named) = (false, Vec::new());
    let mut args = args.iter().map(String::as_str);
    while let Some(arg) = args.next() {
        match (arg, args.clone().next()) {
            ("--all", _) => all = true,
            ("--file", Some(name)) => {
                named.push(name);
                args.next();
            }
            _ => {
                let what = format!("`mutants` does not know `{arg}`, or it lacks a value");
                return Err(Error::usage(
                    what,
                    "It takes `--all`, or `--file NAME` once or more, or nothing.",
                ));
            }
        }
    }
    Ok((all, named))
}

/// Whether every mutant of the file was tried.
fn is_whole(row: &str) -> bool {
    let counts: Vec<usize> =
        row.split(" | ").filter_map(|cell| cell.trim_end_matches(" |").parse().ok()).collect();
    counts.split_first().is_some_and(|(of, tried)| *of == tried.iter().sum::<usize>())
}

/// What became of one file's mutants.
#[derive(Default)]
struct Found {
    of: usize,
    counts: [usize; 4],
    survivors: Vec<String>,
}

impl Found {
    fn row(&self, name: &str, source: &str) -> String {
        let [caught, missed, timeout, unviable] = self.counts;
        format!("| {name} | {source} | {} | {caught} | {missed} | {timeout} | {unviable} |", self.of)
    }
}

/// How many mutants a file has.
fn list(env: &Env, name: &str) -> Result<usize> {
    let tool = env.tool(Tool::CargoMutants)?;
    let mut command = env.command(&tool.to_string_lossy());
    command.args(["mutants", "--list", "--file", name]);
    let output = command.output().advise("listing the mutants", "Run `cargo xtask setup`.")?;
    Ok(String::from_utf8_lossy(&output.stdout).lines().count())
}

/// How long a mutant may take: several times as long as the tests take now, on this machine and beside whatever else
/// runs. What only dawdled would count as one that never ends, so as noticed. And the tests must pass, or every
/// mutant would look caught.
fn patience(env: &Env, judges: &str) -> Result<Duration> {
    let tests = |what: &[&str], label: &str| {
        let mut command = quick(env, "cargo");
        command.args(["test", "--package", "steady-websocket", "--lib"]);
        command.args(compiler_options(judges)).args(what);
        proc::step(label, &mut command, "Mend this first: whoever fails anyway notices no mutant.")
    };
    // The last mutant's build is newer than the sources here, and cargo would take it for theirs.
    let mut command = quick(env, "cargo");
    command.args(["clean", "--quiet", "--package", "steady-websocket"]);
    proc::step("removing the last mutant's build", &mut command, "Make `target/mutants` writable.")?;
    tests(&["--no-run"], "building the tests")?;
    let begun = Instant::now();
    tests(&[judges], "the tests, without a mutant")?;
    Ok(3 * begun.elapsed() + Duration::from_secs(10))
}

/// The tests that judge a file.
fn judges(name: &str) -> &'static str {
    PARTS.iter().find(|(folder, _)| name.starts_with(folder)).map_or("", |(_, tests)| tests)
}

/// What `cargo` needs to compile these tests.
fn compiler_options(tests: &str) -> &'static [&'static str] {
    if tests == "socket::" { &["--config", UNOPTIMIZED] } else { &[] }
}

/// A program that builds and runs the tests in a build of their own, and as fast as they can fail.
fn quick(env: &Env, program: &str) -> Command {
    let mut command = env.command(program);
    command.env("CARGO_TARGET_DIR", env.root.join("target/mutants/build"));
    command.envs([("STEADY_FAIL_FAST", "1"), ("RUST_BACKTRACE", "0"), ("CARGO_PROFILE_TEST_DEBUG", "0")]);
    // A mutant that lives long enough is noticed soon, or not at all.
    command.env("STEADY_LIVES", "500");
    command
}

fn mutate(env: &Env, name: &str, tests: &str, patience: Duration) -> Result<Found> {
    let tool = env.tool(Tool::CargoMutants)?;
    let output = env.root.join("target/mutants").join(name.replace(['/', '.'], "-"));
    // What an earlier run has left would be taken for this one's.
    let _ = std::fs::remove_dir_all(&output);
    std::fs::create_dir_all(&output).advise("making room for the mutants", "Make `target` writable.")?;
    let folder = output.to_string_lossy().into_owned();
    let mut command = quick(env, &tool.to_string_lossy());
    command.args(["mutants", "--jobs", "1", "--no-shuffle", "--file", name, "--output", &folder]);
    command.args(["--cargo-test-arg", tests]);
    for option in compiler_options(tests) {
        command.arg(format!("--cargo-arg={option}"));
    }
    // That the tests pass without mutants was seen once, for all files.
    command.args([
        "--baseline",
        "skip",
        "--timeout",
        &patience.as_secs().to_string(),
        "--build-timeout",
        "600",
    ]);
    println!("── {name} ──");
    // Its own exit status says whether mutants were missed, which is counted below.
    proc::streamed(&mut command)?;
    let lines = |kind: &str| -> Vec<String> {
        let list = output.join("mutants.out").join(format!("{kind}.txt"));
        std::fs::read_to_string(list).unwrap_or_default().lines().map(str::to_owned).collect()
    };
    let (caught, missed) = (lines("caught"), lines("missed"));
    let (timeout, unviable) = (lines("timeout"), lines("unviable"));
    let of = list(env, name)?;
    if caught.len() + missed.len() + timeout.len() + unviable.len() < of {
        return Err(Error::new(
            format!("not all mutants of {name} were tried"),
            "Mend what cargo-mutants says above; files that are done are not done again.",
        ));
    }
    // "src/core/flow.rs:89:17: replace …": where exactly changes too easily to be a name.
    let survivors = missed.iter().map(|line| {
        let change = line.splitn(4, ':').nth(3).unwrap_or_default();
        format!("{name}:{change}")
    });
    Ok(Found {
        of,
        survivors: survivors.collect(),
        counts: [caught.len(), missed.len(), timeout.len(), unviable.len()],
    })
}

fn write(env: &Env, rows: &BTreeMap<String, String>, survivors: &BTreeMap<String, String>) -> Result<()> {
    let mut text = HEAD.to_owned();
    for row in rows.values() {
        text.push_str(row);
        text.push('\n');
    }
    text.push_str(SURVIVORS);
    for (mutant, reason) in survivors {
        let _ = writeln!(text, "- `{mutant}`: {reason}");
    }
    std::fs::write(env.root.join(RECORD), text).advise("writing the record", "Make the checkout writable.")
}

/// What is mutated in a folder: all but its tests, and what is the browser's.
fn sources(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let advice = "Make sure that it can be read.";
    for entry in std::fs::read_dir(folder).advise("listing the sources", advice)? {
        let path = entry.advise("listing the sources", advice)?.path();
        if path.is_dir() && !path.ends_with("tests") && !path.ends_with("browser") {
            sources(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    Ok(())
}
