//! Checks of the dependencies, and of the oldest Rust that the project supports.

use std::process::Command;
use std::time::Duration;

use super::Verdict;
use crate::error::Result;
use crate::proc;
use crate::setup::oldest::{self, Oldest};
use crate::setup::{Env, Tool};

/// Checks licences, sources and bans everywhere, and duplicates in what users download.
pub fn dependencies(env: &Env) -> Result<Verdict> {
    let advice = "Change the dependency, or deny.toml if the policy itself should change.";
    let mut all = deny(env)?;
    all.args(["--workspace", "check", "-A", "duplicate", "licenses", "bans", "sources"]);
    proc::step("checking licences, bans and sources", &mut all, advice)?;
    let mut ours = deny(env)?;
    ours.args(["--exclude-dev", "check", "bans"]);
    proc::step("checking for duplicates in what we ship", &mut ours, advice)?;
    Ok(Verdict::Fine)
}

/// Checks for known vulnerabilities, if their database is available.
pub fn advisories(env: &Env) -> Result<Verdict> {
    let mut fetch = deny(env)?;
    fetch.args(["fetch", "db"]);
    let fetched = proc::run(&mut fetch, Some(Duration::from_secs(60)), |_| {})?;
    if !fetched.status.success() {
        return Ok(Verdict::Skipped("the RustSec database can't be reached from here".into()));
    }
    let mut check = deny(env)?;
    check.args(["--workspace", "check", "--disable-fetch", "advisories"]);
    proc::step("checking advisories", &mut check, "Update the crate named above: `cargo update -p NAME`.")?;
    Ok(Verdict::Fine)
}

fn deny(env: &Env) -> Result<Command> {
    let mut command = env.command(&env.tool(Tool::CargoDeny)?.to_string_lossy());
    // Run directly, it needs the arguments that cargo would pass.
    command.env("CARGO", "cargo");
    Ok(command)
}

/// Checks the version in `rust-version`.
pub fn oldest_rust(env: &Env) -> Result<Verdict> {
    let version = oldest::VERSION;
    let rust = match oldest::find(env) {
        Some(Oldest::Active) => {
            return Ok(Verdict::Said(format!("{version} is what clippy just compiled with")));
        }
        Some(rust) => rust,
        None => {
            return Ok(Verdict::Skipped(format!(
                "Rust {version} can't be had here; clippy's incompatible_msrv ran"
            )));
        }
    };
    let advice = format!(
        "Avoid what Rust {version} lacks, or raise `rust-version` in Cargo.toml and say so in CHANGELOG.md."
    );
    let mut check = rust.cargo(env);
    check.args(["check", "--workspace"]);
    proc::step(&format!("compiling with Rust {version}"), &mut check, &advice)?;
    Ok(Verdict::Fine)
}
