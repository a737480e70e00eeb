//! `cargo xtask mutants`: changes the core, the session protocol and the Rust shell in every small way and sees
//! whether the tests notice.
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
const HEAD: &str = "# Mutants of the core, of the session protocol and of the Rust shell\n\n\
    Written by `cargo xtask mutants`; the reasons are written by hand. `source` is the FNV-1a hash of\n\
    the code without its comments and white space.\n\
    `of` is how many mutants the file has; where fewer were tried, `cargo xtask mutants` tries them all.\n\n\
    | file | source | of | caught | missed | timed out | unviable |\n| --- | --- | --- | --- | --- | --- | --- |\n";
/// What is mutated, in which package, and which tests must catch the mutants. Code that runs only in a browser is
/// excluded.
const PARTS: [Part; 4] = [
    Part {
        folder: "src/core",
        package: "steady-websocket",
        arguments: &[],
        tests: &["core::"],
        profile: "profile.test.package.steady-websocket.opt-level=1",
    },
    Part { folder: "src/socket", ..SHELL },
    Part { folder: "src/web", ..SHELL },
    Part {
        folder: "session/src",
        package: "steady-session",
        arguments: &[],
        tests: &["tests::"],
        profile: "profile.test.package.steady-session.opt-level=1",
    },
];
/// Both folders of the Rust shell have the same tests: its own, and those of its sessions.
const SHELL: Part = Part {
    folder: "",
    package: "steady-websocket",
    arguments: &["--features", "network,session", "--test", "session"],
    tests: &["--", "--skip", "core::"],
    profile: "profile.test.package.steady-websocket.opt-level=0",
};
const SURVIVORS: &str = "\n## Survivors, and why\n\n";

/// A folder that is mutated.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Part {
    folder: &'static str,
    package: &'static str,
    /// What is compiled beside the library and its tests.
    arguments: &'static [&'static str],
    /// Which tests run.
    tests: &'static [&'static str],
    /// How the package is compiled: a mutant is compiled whole, but few of its tests run before one fails. The shell's
    /// tests take few steps.
    profile: &'static str,
}

/// `cargo xtask mutants [--all] [--file NAME]…`
pub fn run(args: &[String], env: &Env) -> Result<()> {
    let (all, named) = choose(args)?;
    let record = std::fs::read_to_string(env.root.join(RECORD)).unwrap_or_default();
    let mut rows: BTreeMap<String, String> = BTreeMap::new();
    let mut reasons: BTreeMap<String, String> = BTreeMap::new();
    for line in record.lines() {
        let name = line.strip_prefix("| ").and_then(|row| row.split(' ').next()).unwrap_or_default();
        if part(name).is_ok() {
            rows.insert(name.to_owned(), line.to_owned());
        } else if let Some((mutant, reason)) =
            line.strip_prefix("- `").and_then(|line| line.split_once("`: "))
        {
            reasons.insert(mutant.to_owned(), reason.to_owned());
        }
    }
    let mut files = Vec::new();
    for Part { folder, .. } in PARTS {
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
        let text = std::fs::read_to_string(&path).advise("reading the sources", "Make it readable.")?;
        let name = path.strip_prefix(&env.root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        let source = format!("{:016x}", source::fingerprint(&text));
        let known = rows.get(&name).filter(|row| row.contains(&source));
        if let Some(row) = known.filter(|row| !takes(&name, row)) {
            fresh.insert(name.clone(), row.clone());
            continue;
        }
        todo.push((name, source));
    }
    // The record also lists files that were not tested yet.
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
    let mut known: BTreeMap<Part, Duration> = BTreeMap::new();
    for (name, source) in todo {
        let part = part(&name)?;
        let patience = match known.get(&part) {
            Some(patience) => *patience,
            None => time_limit(env, part)?,
        };
        known.insert(part, patience);
        let found = mutate(env, &name, part, patience)?;
        fresh.insert(name.clone(), found.row(&name, &source));
        for mutant in found.survivors {
            let reason = reasons.get(&mutant).cloned().unwrap_or_else(|| "UNEXPLAINED".into());
            survivors.insert(mutant, reason);
        }
        // After each file, so that nothing is lost if the run is interrupted.
        write(env, &fresh, &kept(&survivors))?;
    }
    write(env, &fresh, &survivors)?;
    let unexplained = survivors.values().filter(|reason| *reason == "UNEXPLAINED").count();
    println!("{} files, {} survivors, {unexplained} unexplained: {RECORD}", fresh.len(), survivors.len());
    if unexplained == 0 {
        return Ok(());
    }
    Err(Error::new(
        format!("{unexplained} surviving mutants have no explanation"),
        format!("Write a test that catches them, or add the reason to {RECORD}."),
    ))
}

/// Parses the arguments: `--all`, and the names after `--file`.
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
                let what = format!("`mutants` has no argument `{arg}`, or it lacks a value");
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

/// The outcome of one file's mutants.
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
    command.args(["mutants", "--list", "--package", part(name)?.package, "--file", name]);
    let output = command.output().advise("listing the mutants", "Run `cargo xtask setup`.")?;
    Ok(String::from_utf8_lossy(&output.stdout).lines().count())
}

/// Returns how long a mutant may take: several times as long as the tests take now, under the present load. A mutant that
/// is only slow would count as timed out, so as caught. Fails if the tests fail, because every mutant would look caught.
fn time_limit(env: &Env, part: Part) -> Result<Duration> {
    let tests = |what: &[&str], label: &str| {
        let mut command = quick(env, "cargo");
        command.args(["test", "--package", part.package, "--lib"]).args(part.arguments);
        command.args(["--config", part.profile]).args(what);
        proc::step(label, &mut command, "Fix these tests first: a test that fails anyway detects no mutant.")
    };
    // The last mutant's build is newer than the sources here, and cargo would take it for theirs.
    let mut command = quick(env, "cargo");
    command.args(["clean", "--quiet", "--package", part.package]);
    proc::step("removing the last mutant's build", &mut command, "Make `target/mutants` writable.")?;
    tests(&["--no-run"], "building the tests")?;
    let begun = Instant::now();
    tests(part.tests, "the tests, without a mutant")?;
    Ok(3 * begun.elapsed() + Duration::from_secs(10))
}

/// The part that a file belongs to.
fn part(name: &str) -> Result<Part> {
    let within = |part: &Part| name.strip_prefix(part.folder).is_some_and(|rest| rest.starts_with('/'));
    let advice = "Such as `--file src/core/flow.rs`.";
    PARTS.into_iter().find(within).ok_or_else(|| Error::usage(format!("`{name}` is not mutated"), advice))
}

/// Returns a command that builds and runs the tests in a target folder of its own, and fails fast.
fn quick(env: &Env, program: &str) -> Command {
    let mut command = env.command(program);
    command.env("CARGO_TARGET_DIR", env.root.join("target/mutants/build"));
    command.envs([("STEADY_FAIL_FAST", "1"), ("RUST_BACKTRACE", "0"), ("CARGO_PROFILE_TEST_DEBUG", "0")]);
    // A mutant that runs for long is caught early or not at all.
    command.env("STEADY_LIVES", "500");
    command
}

fn mutate(env: &Env, name: &str, part: Part, patience: Duration) -> Result<Found> {
    let tool = env.tool(Tool::CargoMutants)?;
    let output = env.root.join("target/mutants").join(name.replace(['/', '.'], "-"));
    // Removes the results of an earlier run.
    let _ = std::fs::remove_dir_all(&output);
    std::fs::create_dir_all(&output).advise("making room for the mutants", "Make `target` writable.")?;
    let folder = output.to_string_lossy().into_owned();
    let mut command = quick(env, &tool.to_string_lossy());
    command.args(["mutants", "--jobs", "1", "--no-shuffle", "--output", &folder]);
    command.args(["--package", part.package, "--file", name]);
    command.args(part.tests.iter().map(|argument| format!("--cargo-test-arg={argument}")));
    let compiled = part.arguments.iter().copied().chain(["--config", part.profile]);
    command.args(compiled.map(|argument| format!("--cargo-arg={argument}")));
    // The tests were run without mutants once, for all files.
    command.args([
        "--baseline",
        "skip",
        "--timeout",
        &patience.as_secs().to_string(),
        "--build-timeout",
        "600",
    ]);
    println!("── {name} ──");
    // Its exit status only says whether mutants were missed, which are counted below.
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
            "Fix what cargo-mutants reports above. Finished files are not run again.",
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

/// Collects what is mutated in a folder: everything but its tests and code for the browser.
fn sources(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let advice = "Make it readable.";
    for entry in std::fs::read_dir(folder).advise("listing the sources", advice)? {
        let path = entry.advise("listing the sources", advice)?.path();
        let skips = ["tests", "browser"].iter().any(|name| path.ends_with(name));
        if path.is_dir() && !skips {
            sources(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    Ok(())
}
