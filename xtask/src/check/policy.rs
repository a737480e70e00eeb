//! Checks of the dependencies, and of the oldest Rust that the project supports.

use std::process::Command;
use std::time::Duration;

use super::Verdict;
use crate::error::Result;
use crate::proc;
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
    let promised = env!("CARGO_PKG_RUST_VERSION");
    let active = proc::ask(env.command("rustc").arg("--version")).unwrap_or_default();
    if is(&active, promised) {
        return Ok(Verdict::Said(format!("{promised} is what clippy just compiled with")));
    }
    let Some(toolchain) = oldest_toolchain(env, promised) else {
        return Ok(Verdict::Skipped(format!(
            "Rust {promised} can't be had here; clippy's incompatible_msrv ran"
        )));
    };
    let advice = format!(
        "Avoid what Rust {promised} lacks, or raise `rust-version` in Cargo.toml and say so in CHANGELOG.md."
    );
    let mut check = env.command("rustup");
    check.args(["run", &toolchain, "cargo", "check", "--workspace"]);
    // Another compiler in the same folder would invalidate both compilers' builds each time.
    check.arg("--target-dir").arg(env.root.join("target/oldest"));
    proc::step(&format!("compiling with Rust {promised}"), &mut check, &advice)?;
    Ok(Verdict::Fine)
}

fn is(version_line: &str, wanted: &str) -> bool {
    let version = version_line.split_whitespace().nth(1).unwrap_or_default();
    version == wanted || version.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('.'))
}

fn oldest_toolchain(env: &Env, promised: &str) -> Option<String> {
    proc::which("rustup")?;
    let list = |env: &Env| {
        let text = proc::ask(env.command("rustup").args(["toolchain", "list", "--quiet"]))?;
        text.lines()
            .find(|name| is(&format!("rustc {}", name.split('-').next().unwrap_or(name)), promised))
            .map(str::to_owned)
    };
    list(env).or_else(|| {
        let mut install = env.command("rustup");
        install.args(["toolchain", "install", promised, "--profile", "minimal", "--no-self-update"]);
        let limit = Some(Duration::from_secs(300));
        proc::bounded_step(&format!("asking rustup for Rust {promised}"), &mut install, limit, "").ok()?;
        list(env)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_release_is_the_promised_one() {
        assert!(is("rustc 1.95.0 (abc 2026-04-14)", "1.95"));
        assert!(is("rustc 1.95", "1.95"));
        assert!(!is("rustc 1.950.0", "1.95"));
        assert!(!is("rustc 1.96.0", "1.95"));
    }
}
