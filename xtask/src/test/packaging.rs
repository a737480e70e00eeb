//! The suite in `tests/packaging`: the packed tarball, used the ways people use it.

use std::path::Path;
use std::process::Command;

use crate::build;
use crate::error::{Advise, Result};
use crate::proc;
use crate::setup::{Browser, Env, browsers};

/// Makes the package and brings the bundlers and runtimes; then Node's test runner does the rest.
pub fn commands(env: &Env) -> Result<Vec<Command>> {
    browsers::find(env, Browser::Chromium)?;
    let folder = env.root.join("tests/packaging");
    install(env, &folder)?;
    build::run(&[], env)?;
    // Plain wasm-pack builds are among the tests.
    let mut node = env.wasm("node")?;
    node.current_dir(&folder).args(["--test", "--test-reporter=spec", "all.test.mjs"]);
    Ok(vec![node])
}

/// `npm ci`, when the lockfile is another one than last time.
fn install(env: &Env, folder: &Path) -> Result<()> {
    let advice = "Run `git checkout tests/packaging` to bring it back.";
    let lock = std::fs::read(folder.join("package-lock.json")).advise("reading its lockfile", advice)?;
    let installed = folder.join("node_modules/.installed-lock.json");
    if std::fs::read(&installed).is_ok_and(|last| last == lock) {
        return Ok(());
    }
    let mut npm = env.command("npm");
    npm.current_dir(folder).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    proc::step(
        "installing bundlers and runtimes",
        &mut npm,
        "Make sure that the npm registry can be reached, then try again.",
    )?;
    std::fs::write(installed, lock)
        .advise("noting what is installed", "Make sure that tests/packaging can be written to.")
}
