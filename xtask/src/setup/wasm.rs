//! A toolchain that compiles for wasm32-unknown-unknown.
//!
//! In order of preference: the developer's own, with or without rustup; then the distribution's compiler with a std
//! built here, for machines that reach only package registries.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::{Env, at_least, debian, rustc_field, std_build};
use crate::error::{Error, Result};
use crate::proc;

/// The target.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// Packages with the distribution's compiler, std's sources and a linker.
pub const PACKAGES: [&str; 5] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-clippy", "lld-22"];

const DISTRIBUTION_RUSTC: &str = "/usr/bin/rustc";

/// How wasm32 code is compiled on this machine.
#[derive(Clone)]
pub enum Toolchain {
    /// The developer's own cargo has the target.
    Own,
    /// A private prefix; its `bin` comes first on PATH.
    Private(PathBuf),
}

/// Finds a toolchain, or builds one.
pub fn provide(env: &Env) -> Result<Toolchain> {
    if let Some(found) = find(env) {
        return Ok(found);
    }
    let _lock = env.lock()?;
    if let Some(found) = find(env) {
        return Ok(found);
    }
    if add_target(env) {
        return Ok(Toolchain::Own);
    }
    private(env)
}

/// The same, with the sources of std.
pub fn provide_with_sources(env: &Env) -> Result<Toolchain> {
    let found = env.toolchain()?;
    if matches!(found, Toolchain::Private(_)) || has_sources(own()) {
        return Ok(found.clone());
    }
    let _lock = env.lock()?;
    if add_sources(env) { Ok(Toolchain::Own) } else { private(env) }
}

/// Returns the distribution's compiler with a std built here. The caller holds the cache's lock.
fn private(env: &Env) -> Result<Toolchain> {
    if distribution_rustc().is_none() && debian::is_there() {
        debian::provide(PACKAGES.to_vec())?;
    }
    // The std for this compiler may be in the cache already.
    if let Some(found) = find_private(env) {
        return Ok(found);
    }
    let rustc = distribution_rustc().ok_or_else(|| {
        Error::new(
            "no Rust toolchain here can be made to compile for wasm32",
            "Install rustup from https://rustup.rs and run `rustup target add wasm32-unknown-unknown`.",
        )
    })?;
    std_build::build(env, &rustc).map(Toolchain::Private)
}

/// Returns whether either would have to install packages.
pub fn needs_packages(env: &Env) -> bool {
    if distribution_rustc().is_some() || !debian::is_there() {
        return false;
    }
    let Ok(_lock) = env.lock() else { return false };
    let ready = find(env).is_some() || add_target(env);
    !(ready && (has_sources(own()) || add_sources(env)))
}

fn find(env: &Env) -> Option<Toolchain> {
    let mut own = env.command("rustc");
    if has_std(&mut own) {
        return Some(Toolchain::Own);
    }
    find_private(env)
}

fn find_private(env: &Env) -> Option<Toolchain> {
    let prefix = std_build::prefix(env, &distribution_rustc()?)?;
    has_std(&mut Command::new(prefix.join("bin/rustc"))).then_some(Toolchain::Private(prefix))
}

fn has_std(rustc: &mut Command) -> bool {
    let Some(dir) = proc::ask(rustc.args(["--print", "target-libdir", "--target", TARGET])) else {
        return false;
    };
    let Ok(entries) = std::fs::read_dir(dir) else { return false };
    entries.flatten().any(|e| e.file_name().to_string_lossy().starts_with("libstd-"))
}

fn has_sources(rustc: &Path) -> bool {
    let sources = std_build::sysroot(rustc).map(|s| s.join("lib/rustlib/src/rust/library/Cargo.lock"));
    sources.is_some_and(|s| s.is_file())
}

/// Returns the developer's compiler.
fn own() -> &'static Path {
    Path::new("rustc")
}

fn add_target(env: &Env) -> bool {
    let works = || has_std(&mut env.command("rustc"));
    *env.rustup.target.get_or_init(|| rustup(env, &["target", "add", TARGET]) && works())
}

fn add_sources(env: &Env) -> bool {
    let works = || has_sources(own());
    *env.rustup.sources.get_or_init(|| rustup(env, &["component", "add", "rust-src"]) && works())
}

/// Without rustup, or without access to its servers, this returns false.
fn rustup(env: &Env, args: &[&str]) -> bool {
    if proc::which("rustup").is_none() {
        return false;
    }
    let label = format!("rustup {}", args.join(" "));
    let limit = Some(Duration::from_secs(180));
    let added = proc::bounded_step(&label, env.command("rustup").args(args), limit, "");
    if added.is_err() {
        eprintln!("  rustup can't bring it here; looking at the distribution's packages instead.");
    }
    added.is_ok()
}

/// Returns the distribution's compiler, if it is new enough and its sources are installed.
fn distribution_rustc() -> Option<PathBuf> {
    let rustc = Path::new(DISTRIBUTION_RUSTC);
    let new_enough = at_least(&rustc_field(rustc, "release")?, env!("CARGO_PKG_RUST_VERSION"));
    let programs = ["/usr/bin/cargo", "/usr/bin/cargo-clippy"].iter().all(|p| Path::new(p).is_file());
    let complete = has_sources(rustc) && std_build::linker().is_some() && programs;
    (new_enough && complete).then(|| rustc.to_owned())
}
