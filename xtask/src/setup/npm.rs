//! Node, and the tools from npm.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Env, versions};
use crate::error::{Advise, Error, Result};
use crate::proc;

/// Returns Node, if it is new enough.
pub fn check_node() -> Result<()> {
    let wanted = versions::NODE_MAJOR;
    let advice = format!("Install Node {wanted} or newer, with npm, and put both on PATH.");
    let version = proc::ask(Command::new("node").arg("--version"))
        .ok_or_else(|| Error::new("`node` was not found", advice.clone()))?;
    let major = version.trim_start_matches('v').split('.').next().and_then(|m| m.parse::<u32>().ok());
    if major.is_none_or(|m| m < wanted) {
        return Err(Error::new(format!("`node` is {version}"), advice));
    }
    if proc::which("npm").is_none() {
        return Err(Error::new("`npm` was not found", advice));
    }
    Ok(())
}

/// Returns the folder of the tools from npm, such as `wasm-opt`, `esbuild` and `attw`. Distributions ship versions that are years
/// old and reject the output of today's rustc.
pub fn bin(env: &Env) -> Result<PathBuf> {
    let source = env.root.join("xtask/npm");
    let advice = "Run `git checkout xtask/npm` to bring it back.";
    let lock = std::fs::read(source.join("package-lock.json"))
        .advise("reading xtask/npm/package-lock.json", advice)?;
    let home = env.cache.join("npm").join(digest(&lock));
    let bin = home.join("node_modules/.bin");
    let finished = home.join("finished");
    if finished.is_file() {
        return Ok(bin);
    }
    check_node()?;
    let _lock = env.lock()?;
    if finished.is_file() {
        return Ok(bin);
    }
    let advice = format!("Make sure that `{}` can be written to.", home.display());
    std::fs::create_dir_all(&home).advise("creating the cache", advice.clone())?;
    for name in ["package.json", "package-lock.json", ".npmrc"] {
        std::fs::copy(source.join(name), home.join(name))
            .advise(format!("copying {name}"), advice.clone())?;
    }
    let mut npm = env.command("npm");
    npm.current_dir(&home).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    proc::step(
        "installing the tools from npm",
        &mut npm,
        "Make sure that the npm registry can be reached, then try again.",
    )?;
    std::fs::write(&finished, "").advise("finishing the cache", advice)?;
    Ok(bin)
}

/// Installs `node_modules` of a test folder exactly as in its lockfile.
pub fn modules(env: &Env, folder: &str) -> Result<()> {
    let home = env.root.join(folder);
    let advice = format!("Run `git checkout {folder}` to bring it back.");
    let lock = std::fs::read(home.join("package-lock.json"))
        .advise(format!("reading {folder}'s lockfile"), advice)?;
    let (wanted, finished) = (digest(&lock), home.join("node_modules/.installed"));
    if std::fs::read_to_string(&finished).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    check_node()?;
    clean_install(env, &home, &format!("installing what {folder} needs"))?;
    std::fs::write(finished, wanted).advise("finishing node_modules", "Make the checkout writable.")
}

fn clean_install(env: &Env, folder: &Path, label: &str) -> Result<()> {
    let mut npm = env.command("npm");
    // Install scripts run code that no lockfile covers.
    npm.current_dir(folder).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    proc::step(label, &mut npm, "Make sure that the npm registry can be reached, then try again.")
}

fn digest(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}
