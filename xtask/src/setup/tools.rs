//! Command-line tools installed by `cargo install`, each version in its own folder.

use std::path::PathBuf;
use std::process::Command;

use super::{Env, Tool};
use crate::error::Result;
use crate::proc;

/// Returns the path of the tool's binary: the developer's own if its version fits, else the cache's.
pub fn provide(env: &Env, tool: Tool) -> Result<PathBuf> {
    let version = tool.version(&env.root)?;
    let home = env.cache.join("tools").join(format!("{}-{version}", tool.krate()));
    let binary = home.join("bin").join(format!("{}{}", tool.binary(), std::env::consts::EXE_SUFFIX));
    if binary.is_file() {
        return Ok(binary);
    }
    if let Some(own) = on_path(tool, &version) {
        return Ok(own);
    }
    let _lock = env.lock()?;
    if binary.is_file() {
        return Ok(binary);
    }
    let build = env.cache.join("build").join(format!("{}-{version}", tool.krate()));
    let install = |locked: bool| {
        let mut cargo = env.command("cargo");
        cargo
            .current_dir(&env.cache)
            .args(["install", tool.krate(), "--version", &format!("={version}")])
            .args(locked.then_some("--locked"))
            .arg("--root")
            .arg(&home)
            .env("CARGO_TARGET_DIR", &build);
        // They run for seconds but compile for minutes, so they are compiled without optimisation.
        for (name, value) in [("OPT_LEVEL", "1"), ("LTO", "off"), ("CODEGEN_UNITS", "16"), ("DEBUG", "0")] {
            cargo.env(format!("CARGO_PROFILE_RELEASE_{name}"), value);
        }
        cargo
    };
    let label = format!("installing {} {version}", tool.krate());
    let advice =
        format!("Run `cargo install {} --version {version}` by hand and read its output.", tool.krate());
    if proc::step(&label, &mut install(true), &advice).is_err() {
        // A registry mirror may lack one version that the tool's lockfile pins.
        eprintln!("  its lockfile can't be honoured here; trying with the newest dependencies.");
        proc::step(&label, &mut install(false), &advice)?;
    }
    let _ = std::fs::remove_dir_all(build);
    Ok(binary)
}

fn on_path(tool: Tool, version: &str) -> Option<PathBuf> {
    let found = proc::which(tool.binary())?;
    let says = proc::ask(Command::new(&found).arg("--version"))?;
    // Any geckodriver drives any recent Firefox; other tools must match exactly.
    let fits = tool == Tool::Geckodriver || says.split_whitespace().any(|word| word == version);
    fits.then_some(found)
}
