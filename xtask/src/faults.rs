//! `cargo xtask faults`: every fault of the fault server, for every class, in a real browser. The work is done by
//! `tests/faults`.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::build;
use crate::error::{Error, Result};
use crate::proc;
use crate::setup::{Browser, Env, browsers, npm, services};
use crate::test::server;

const FOLDER: &str = "tests/faults";
/// The program of the session server.
const SESSIONS: &str = "steady-faults-server";
/// The arguments that `tests/faults/run.mjs` takes, each with a value.
const FLAGS: [&str; 5] = ["--runs", "--only", "--lanes", "--seed", "--json"];
/// How many faults are injected if the number of runs is not given.
const FAULTS: &str = "10000";

/// `cargo xtask faults [--load] [--browser NAME] [--runs N] [--only REGEX] [--lanes N] [--seed X] [--json FILE]`
pub fn run(args: &[String], env: &Env) -> Result<()> {
    let wish = read(args)?;
    // Socket.IO's sessions are in it.
    services::provide(&["redis-server"])?;
    build::make(env)?;
    let script = if wish.load { "load.mjs" } else { "run.mjs" };
    let mut node = node(env, wish.browser, script)?;
    node.args(&wish.rest);
    // Relative paths refer to the current directory of the developer.
    if let Ok(here) = std::env::current_dir() {
        node.current_dir(here);
    }
    let outcome = proc::streamed(&mut node)?;
    if outcome.status.success() { Ok(()) } else { Err(Error::silent()) }
}

/// Returns one of the folder's scripts as a command that runs it in a browser. `pkg/` must have been built.
pub fn node(env: &Env, browser: Browser, script: &str) -> Result<Command> {
    let driven = browsers::find(env, browser)?;
    npm::modules(env, FOLDER)?;
    build_app(env)?;
    let advice = "Run `cargo run -p steady-test-server` and read its output.";
    proc::step("building the fault server", &mut server::build(env), advice)?;
    let mut cargo = env.cargo();
    cargo.args(["build", "--package", SESSIONS]);
    let advice = format!("Run `cargo build -p {SESSIONS}` and read its output.");
    proc::step("building the session server", &mut cargo, &advice)?;
    let mut node = env.command("node");
    node.arg(env.root.join(FOLDER).join(script)).arg(browser.name());
    node.env("STEADY_TEST_SERVER_BIN", server::program(env)).arg("--app").arg(app(&env.root));
    node.env("STEADY_FAULTS_SERVER_BIN", server::built(env, SESSIONS));
    Ok(driven.drive(node, env))
}

fn app(root: &Path) -> PathBuf {
    root.join("target/faults/app")
}

/// Builds the Rust app that the page drives, once for all suites.
fn build_app(env: &Env) -> Result<()> {
    static BUILT: std::sync::Once = std::sync::Once::new();
    let mut built = Ok(());
    BUILT.call_once(|| built = make_app(env));
    built
}

fn make_app(env: &Env) -> Result<()> {
    let mut pack = env.wasm("wasm-pack")?;
    pack.arg("build").arg(env.root.join(FOLDER).join("app"));
    pack.args(["--dev", "--target", "web", "--no-pack", "--out-name", "app", "--out-dir"])
        .arg(app(&env.root));
    // A Rust app has no use for the JavaScript classes.
    pack.env("STEADY_NPM", "0");
    proc::step("building the Rust app", &mut pack, "Fix what the compiler reports above.")
}

struct Wish {
    browser: Browser,
    load: bool,
    rest: Vec<String>,
}

fn read(args: &[String]) -> Result<Wish> {
    let takes = format!("It takes --load, --browser NAME, and {} with a value.", FLAGS.join(", "));
    let mut wish = Wish { browser: Browser::Chromium, load: false, rest: Vec::new() };
    let mut args = args.iter();
    while let Some(flag) = args.next() {
        if flag == "--load" {
            wish.load = true;
            continue;
        }
        let value = args.next().ok_or_else(|| Error::usage(format!("`{flag}` needs a value"), &takes))?;
        if flag == "--browser" {
            wish.browser =
                Browser::parse(value).ok_or_else(|| Error::usage(format!("no browser `{value}`"), &takes))?;
        } else if FLAGS.contains(&flag.as_str()) {
            wish.rest.extend([flag.clone(), value.clone()]);
        } else {
            return Err(Error::usage(format!("`faults` has no argument `{flag}`"), &takes));
        }
    }
    if wish.load && wish.rest.iter().any(|flag| flag != "--only" && FLAGS.contains(&flag.as_str())) {
        return Err(Error::usage("`--load` takes only `--browser` and `--only`", takes));
    }
    if wish.load {
        wish.rest.push("--whole".into());
    } else if !wish.rest.iter().any(|flag| flag == "--runs") {
        wish.rest.extend(["--faults".into(), FAULTS.into()]);
    }
    Ok(wish)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_words(line: &str) -> Result<Wish> {
        read(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn a_plain_call_is_the_long_run_in_chromium() {
        let wish = read_words("").unwrap();
        assert_eq!((wish.browser, wish.load), (Browser::Chromium, false));
        assert_eq!(wish.rest, ["--faults", FAULTS]);
    }

    #[test]
    fn flags_are_handed_on_and_nothing_unknown_is_taken() {
        let wish = read_words("--browser firefox --runs 2 --only killed").unwrap();
        assert_eq!(wish.browser, Browser::Firefox);
        assert_eq!(wish.rest, ["--runs", "2", "--only", "killed"]);
        assert_eq!(read_words("--load").unwrap().rest, ["--whole"]);
        assert!(read_words("--load --runs 2").is_err());
        assert!(read_words("--runs").is_err());
        assert!(read_words("--fast yes").is_err());
        assert!(read_words("--browser lynx").is_err());
    }
}
