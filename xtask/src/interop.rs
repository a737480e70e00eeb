//! `cargo xtask interop`: one conversation with independent servers, those in Java included. The work is done by
//! `tests/peers`.

use std::process::Command;

use crate::error::{Error, Result};
use crate::proc;
use crate::setup::{Browser, Env, services};
use crate::test::{server, suites};

/// The arguments that `tests/peers/run.mjs` takes, each with a value.
const FLAGS: [&str; 3] = ["--peer", "--class", "--only"];
const PACKAGE: &str = "steady-interop-server";

/// `cargo xtask interop [--peer NAME] [--class NAME] [--only REGEX]`
pub fn run(args: &[String], env: &Env) -> Result<()> {
    for pair in args.chunks(2) {
        if pair.len() < 2 || !pair.first().is_some_and(|flag| FLAGS.contains(&flag.as_str())) {
            let takes = format!("It takes {}, each with a value.", FLAGS.join(", "));
            return Err(Error::usage(format!("`interop` has no argument `{}`", pair.join(" ")), takes));
        }
    }
    services::provide(services::JAVA)?;
    for mut node in light(env)? {
        let outcome = proc::streamed(node.args(args).env("STEADY_INTEROP", "all"))?;
        if !outcome.status.success() {
            return Err(Error::silent());
        }
    }
    Ok(())
}

/// Without Java, as in `cargo xtask test`.
pub fn light(env: &Env) -> Result<Vec<Command>> {
    let mut cargo = env.cargo();
    cargo.args(["build", "--package", PACKAGE]);
    let advice = format!("Run `cargo build -p {PACKAGE}` and read its output.");
    proc::step("building the tokio-tungstenite server", &mut cargo, &advice)?;
    let mut commands = suites::peers(env, Browser::Chromium, "interop", &["nginx"])?;
    for node in &mut commands {
        node.env("STEADY_INTEROP_SERVER", server::built(env, PACKAGE));
    }
    Ok(commands)
}
