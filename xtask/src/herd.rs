//! `cargo xtask herd`: builds and runs the simulation in `bench/src/herd`.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::build;
use crate::error::{Advise, Error, Result};
use crate::proc;
use crate::setup::{Browser, Env, browsers};
use crate::test::server;

const ADVICE: &str = "Run `cargo test -p steady-bench` and read its output.";

/// The program's arguments. It parses the values itself, but only after it was built.
const FLAGS: [&str; 6] = ["--sockets", "--seconds", "--seed", "--svg", "--json", "--real"];

/// `cargo xtask herd [--sockets N] [--seconds S] [--seed X] [--svg FILE] [--json FILE] [--real]`
pub fn run(args: &[String], env: &Env) -> Result<()> {
    if let Some(flag) = args.iter().find(|arg| arg.starts_with("--") && !FLAGS.contains(&arg.as_str())) {
        let takes = format!("It takes {}.", FLAGS.join(", "));
        return Err(Error::usage(format!("`herd` has no argument `{flag}`"), takes));
    }
    proc::step("building the herd", &mut cargo(env, "build"), ADVICE)?;
    let mut herd = cargo(env, "run");
    herd.arg("--quiet").arg("--").args(args);
    let mut server = None;
    if args.iter().any(|arg| arg == "--real") {
        browsers::find(env, Browser::Chromium)?;
        build::run(&[], env)?;
        server = Some(start(env)?);
    }
    if let Some((_, address)) = &server {
        herd.env("STEADY_TEST_SERVER", address);
    }
    let status = herd.stdin(Stdio::null()).status().advise("starting the herd", ADVICE)?;
    // It exits when its standard input closes.
    drop(server);
    match status.code() {
        Some(0) => Ok(()),
        // It has reported the error itself.
        Some(_) => Err(Error::silent()),
        None => Err(Error::new(format!("the herd ended: {status}"), ADVICE)),
    }
}

/// Starts the fault server with the package and the page; returns it and the line it printed.
fn start(env: &Env) -> Result<(Child, String)> {
    let advice = "Run `cargo run -p steady-test-server` and read its output.";
    proc::step("building the fault server", &mut server::build(env), advice)?;
    let mount = |at: &str, folder: &str| format!("{at}={}", env.root.join(folder).display());
    let page = mount("/herd", "bench/src/herd/page");
    let arguments = ["--mount".into(), mount("/pkg", "pkg"), "--mount".into(), page];
    let mut child = server::command(env, &arguments).spawn().advise("starting the fault server", advice)?;
    let mut address = String::new();
    if let Some(out) = child.stdout.take() {
        let _ = BufReader::new(out).read_line(&mut address);
    }
    Ok((child, address.trim().to_owned()))
}

fn cargo(env: &Env, verb: &str) -> Command {
    let mut cargo = env.cargo();
    cargo.args([verb, "--release", "--package", "steady-bench", "--bin", "steady-herd"]);
    // The release profile optimises for size; simulating a million sockets needs speed.
    cargo.args(["--config", "profile.release.package.steady-bench.opt-level=3"]);
    cargo
}
