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
pub mod size;
mod wasm;

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Advise, Error, Result};
use crate::lock;
use crate::setup::Env;

const ENTRIES: &str = "src/js/package";

/// A package entry over a wasm of its own, with wasm-bindgen's glue.
pub struct OwnEntry {
    /// The entry's name, and that of its files.
    name: &'static str,
    /// The folder of its sources.
    source: &'static str,
}

const OWN_ENTRIES: [OwnEntry; 3] = [
    OwnEntry { name: "network", source: "network/js" },
    OwnEntry { name: "session", source: "session/js" },
    OwnEntry { name: "server", source: "server/node" },
];

const WRITABLE: &str = "Make the folders `target` and `pkg` writable.";

/// The folders used while the package is built.
struct Stage<'a> {
    env: &'a Env,
    /// The output of `wasm-pack`.
    core: PathBuf,
    /// The same, for the wasm that writes traces.
    trace: PathBuf,
    /// The wasm of the other entries, and its glue: a folder each.
    own: PathBuf,
    /// The package, until it is complete.
    pkg: PathBuf,
}

impl Stage<'_> {
    fn own(&self, entry: &OwnEntry) -> PathBuf {
        self.own.join(entry.name)
    }
}

/// Builds `pkg/`, and fails if it exceeds its budget.
pub fn run(_args: &[String], env: &Env) -> Result<()> {
    make(env)?;
    size::within_budget(&env.root.join("pkg"))
}

/// Builds `pkg/` without checking its size, so that it can be tested or shown anyway.
pub fn make(env: &Env) -> Result<()> {
    // Two builds in one checkout would delete each other's files.
    let _lock = lock::hold(&env.root.join("target"), "xtask-build.lock", "another build in this checkout")?;
    let work = env.root.join("target/npm");
    numbers::check(env)?;
    let stage = Stage {
        env,
        core: work.join("core"),
        trace: work.join("trace"),
        own: work.join("own"),
        pkg: work.join("pkg"),
    };
    for folder in [&stage.core, &stage.trace, &stage.own, &stage.pkg] {
        empty(folder)?;
    }
    wasm::build(&stage, "1", &stage.core)?;
    wasm::arrange(&stage, &stage.core)?;
    wasm::build(&stage, "trace", &stage.trace)?;
    for entry in &OWN_ENTRIES {
        wasm::build_own(&stage, entry)?;
    }
    bundle::run(&stage)?;
    accompany(&stage)?;
    foreign::refuse(env, &stage.pkg)?;
    let report = size::report(&stage.pkg)?;
    publish(&stage.pkg, &env.root.join("pkg"))?;
    println!("{report}\npkg/ is ready: `npm publish ./pkg`.");
    Ok(())
}

/// Copies the package's manifest, type declarations, and documents.
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
        (root.join("network/js").join("network.jest.d.ts"), "network.jest.d.ts"),
        (root.join("network/js").join("network.matchers.d.ts"), "network.matchers.d.ts"),
        (root.join("network/js").join("network.vitest.d.ts"), "network.vitest.d.ts"),
        (entries.join("async.node.js"), "async.node.js"),
        (entries.join("THIRD-PARTY.txt"), "THIRD-PARTY.txt"),
        (root.join("README.md"), "README.md"),
        (root.join("CHANGELOG.md"), "CHANGELOG.md"),
        (root.join("LICENSE-MIT"), "LICENSE-MIT"),
        (root.join("LICENSE-APACHE"), "LICENSE-APACHE"),
    ];
    for (from, name) in copies {
        copy(&from, &stage.pkg.join(name))?;
    }
    for OwnEntry { name, source } in OWN_ENTRIES {
        let types = format!("{name}.d.ts");
        copy(&root.join(source).join(&types), &stage.pkg.join(types))?;
    }
    Ok(())
}

/// Returns the manifest with the workspace's version, which is set in Cargo.toml.
fn versioned(manifest: &str) -> Result<String> {
    let placeholder = "\"version\": \"0.0.0\"";
    if manifest.matches(placeholder).count() != 1 {
        let what = format!("{ENTRIES}/package.json has no {placeholder}");
        return Err(Error::new(what, "Leave the version there at 0.0.0: Cargo.toml's takes its place."));
    }
    Ok(manifest.replace(placeholder, concat!("\"version\": \"", env!("CARGO_PKG_VERSION"), "\"")))
}

/// Moves the finished package to its place, so that an incomplete one is never there.
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
