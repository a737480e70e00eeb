//! `cargo xtask interop`: one conversation with independent servers, those in Java included, by `tests/peers`; and nodes with
//! sessions behind nginx, killed for minutes, by `server/tests`.

use std::process::Command;

use crate::error::{Error, Result};
use crate::proc;
use crate::setup::{Browser, Env, services};
use crate::test::{server, suites};

/// The arguments that `tests/peers/run.mjs` takes, each with a value.
const FLAGS: [&str; 3] = ["--peer", "--class", "--only"];
const PACKAGE: &str = "steady-interop-server";
/// The number of rounds without arguments: about ten minutes. A round kills a node or two, and more.
const ROUNDS: &str = "400";

/// `cargo xtask interop [--peer NAME] [--class NAME] [--only REGEX]`, or `cargo xtask interop --rounds N`
pub fn run(args: &[String], env: &Env) -> Result<()> {
    if let [flag, rounds] = args
        && flag == "--rounds"
        && rounds.parse::<u32>().is_ok()
    {
        return succeed(nodes(env, rounds)?);
    }
    for pair in args.chunks(2) {
        if pair.len() < 2 || !pair.first().is_some_and(|flag| FLAGS.contains(&flag.as_str())) {
            let takes = format!("It takes {}, each with a value, or `--rounds N` alone.", FLAGS.join(", "));
            return Err(Error::usage(format!("`interop` has no argument `{}`", pair.join(" ")), takes));
        }
    }
    services::provide(services::JAVA)?;
    for mut node in light(env)? {
        node.args(args).env("STEADY_INTEROP", "all");
        succeed(node)?;
    }
    if args.is_empty() { succeed(nodes(env, ROUNDS)?) } else { Ok(()) }
}

fn succeed(mut command: Command) -> Result<()> {
    let outcome = proc::streamed(&mut command)?;
    if outcome.status.success() { Ok(()) } else { Err(Error::silent()) }
}

/// Nodes behind nginx with each store, as in the suite `server`, for longer.
fn nodes(env: &Env, rounds: &str) -> Result<Command> {
    let mut cargo = suites::server(env)?;
    cargo.args(["--test", "it", "--", "--nocapture", "proxied::"]).env("STEADY_ROUNDS", rounds);
    Ok(cargo)
}

/// Without Java, as in `cargo xtask test`.
pub fn light(env: &Env) -> Result<Vec<Command>> {
    let mut cargo = env.cargo();
    cargo.args(["build", "--package", PACKAGE]);
    let advice = format!("Run `cargo build -p {PACKAGE}` and read its output.");
    proc::step("building the servers in Rust", &mut cargo, &advice)?;
    let mut commands = suites::peers(env, Browser::Chromium, "interop", &["nginx"])?;
    for node in &mut commands {
        node.env("STEADY_INTEROP_SERVERS", server::folder(env));
    }
    Ok(commands)
}
