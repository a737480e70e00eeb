//! `cargo xtask build`: `pkg/`, ready for `npm publish`.
//!
//! `wasm-pack` makes the wasm, `wasm-opt` makes it smaller, and `esbuild` and `terser` join classes and entry module
//! (`src/js/package/`) into the files that `package.json` there names.

mod bundle;
mod codes;
mod encode;
mod foreign;
pub mod numbers;
mod order;
mod size;
mod wasm;

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Advise, Error, Result};
use crate::lock;
use crate::setup::Env;

const ENTRIES: &str = "src/js/package";
/// The package entry `steady-websocket/network`.
const NETWORK: &str = "network/js";
const WRITABLE: &str = "Make the folders `target` and `pkg` writable.";

/// Where things lie while the package is made.
struct Stage<'a> {
    env: &'a Env,
    /// What `wasm-pack` wrote.
    core: PathBuf,
    /// The same, of the wasm that writes traces.
    trace: PathBuf,
    /// The wasm of the network, and its glue.
    network: PathBuf,
    /// The package, until it is whole.
    pkg: PathBuf,
}

/// Builds `pkg/`, and fails if it has outgrown its budget.
pub fn run(_args: &[String], env: &Env) -> Result<()> {
    make(env)?;
    size::within_budget(&env.root.join("pkg"))
}

/// Builds `pkg/`, whatever its size: that is no reason not to show it or to test it.
pub fn make(env: &Env) -> Result<()> {
    // Two builds in one checkout would empty each other's folders.
    let _lock = lock::hold(&env.root.join("target"), "xtask-build.lock", "another build in this checkout")?;
    let work = env.root.join("target/npm");
    numbers::check(env)?;
    let stage = Stage {
        env,
        core: work.join("core"),
        trace: work.join("trace"),
        network: work.join("network"),
        pkg: work.join("pkg"),
    };
    for folder in [&stage.core, &stage.trace, &stage.network, &stage.pkg] {
        empty(folder)?;
    }
    wasm::build(&stage, "1", &stage.core)?;
    wasm::arrange(&stage, &stage.core)?;
    wasm::build(&stage, "trace", &stage.trace)?;
    wasm::build_network(&stage, &stage.network)?;
    bundle::run(&stage)?;
    accompany(&stage)?;
    foreign::refuse(env, &stage.pkg)?;
    let report = size::report(&stage.pkg)?;
    publish(&stage.pkg, &env.root.join("pkg"))?;
    println!("{report}\npkg/ is ready: `npm publish ./pkg`.");
    Ok(())
}

/// The package's manifest, types and papers.
fn accompany(stage: &Stage<'_>) -> Result<()> {
    let root = &stage.env.root;
    let entries = root.join(ENTRIES);
    let manifest = read(&entries.join("package.json"))?;
    write(&stage.pkg.join("package.json"), &versioned(&manifest)?)?;
    let copies = [
        (root.join("src/js/steady-websocket.d.ts"), "index.d.ts"),
        (entries.join("async.d.ts"), "async.d.ts"),
        (entries.join("codes.d.ts"), "codes.d.ts"),
        (entries.join("global.d.ts"), "global.d.ts"),
        (entries.join("trace.d.ts"), "trace.d.ts"),
        (root.join(NETWORK).join("network.d.ts"), "network.d.ts"),
        (root.join(NETWORK).join("network.jest.d.ts"), "network.jest.d.ts"),
        (root.join(NETWORK).join("network.matchers.d.ts"), "network.matchers.d.ts"),
        (root.join(NETWORK).join("network.vitest.d.ts"), "network.vitest.d.ts"),
        (entries.join("async.node.js"), "async.node.js"),
        (root.join("README.md"), "README.md"),
        (root.join("CHANGELOG.md"), "CHANGELOG.md"),
        (root.join("LICENSE-MIT"), "LICENSE-MIT"),
        (root.join("LICENSE-APACHE"), "LICENSE-APACHE"),
    ];
    for (from, name) in copies {
        copy(&from, &stage.pkg.join(name))?;
    }
    Ok(())
}

/// The manifest with the workspace's version: Cargo.toml is where it is changed.
fn versioned(manifest: &str) -> Result<String> {
    let placeholder = "\"version\": \"0.0.0\"";
    if manifest.matches(placeholder).count() != 1 {
        let what = format!("{ENTRIES}/package.json has no {placeholder}");
        return Err(Error::new(what, "Leave the version there at 0.0.0: Cargo.toml's takes its place."));
    }
    Ok(manifest.replace(placeholder, concat!("\"version\": \"", env!("CARGO_PKG_VERSION"), "\"")))
}

/// Puts the finished package in its place; a half-made one is never there.
fn publish(from: &Path, to: &Path) -> Result<()> {
    if to.exists() {
        fs::remove_dir_all(to).advise("removing the old pkg", WRITABLE)?;
    }
    fs::rename(from, to).advise("moving pkg into its place", WRITABLE)
}

fn empty(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).advise(format!("emptying {}", folder.display()), WRITABLE)?;
    }
    fs::create_dir_all(folder).advise(format!("creating {}", folder.display()), WRITABLE)
}

fn read(file: &Path) -> Result<String> {
    let advice = format!("Run `git checkout {}` to bring it back.", file.display());
    fs::read_to_string(file).advise(format!("reading {}", file.display()), advice)
}

fn write(file: &Path, text: &str) -> Result<()> {
    fs::write(file, text).advise(format!("writing {}", file.display()), WRITABLE)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let advice = format!("Check that {} is there: the package carries it.", from.display());
    fs::copy(from, to).map(drop).advise(format!("copying {}", from.display()), advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_gets_the_workspace_version() {
        let out = versioned("{ \"version\": \"0.0.0\" }").unwrap();
        assert_eq!(out, format!("{{ \"version\": \"{}\" }}", env!("CARGO_PKG_VERSION")));
        assert!(versioned("{}").is_err());
    }
}
