//! Builds std for wasm32 from the distribution's sources into a private prefix.
//!
//! Nothing under `/usr` is written to: the prefix links to the distribution's programs and libraries, and adds the
//! std that they lack.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::wasm::TARGET;
use super::{Env, rustc_field};
use crate::error::{Advise, Error, Result};
use crate::proc;

const ADVICE: &str =
    "Free some disk space, make sure that crates.io can be reached, and run the command again.";

/// The crates that the tests need.
pub const CRATES: &str = "-Zbuild-std=std,panic_abort,panic_unwind,test";

/// The names under which distributions install the linker that rustc calls `rust-lld`.
const LINKERS: [&str; 2] = ["/usr/bin/lld-22", "/usr/bin/lld-21"];

/// The package that gives cargo something to build std for. `lto` makes cargo request bitcode in every rlib; without
/// it a later `lto = true` fails.
const SEED: &str =
    "[package]\nname = \"seed\"\nedition = \"2024\"\n[workspace]\n[profile.release]\nlto = true\n";

/// Increased when `build` changes, so that old results are not used.
const EDITION: u32 = 2;

/// Returns the linker, if there is one.
pub fn linker() -> Option<&'static Path> {
    LINKERS.iter().map(Path::new).find(|p| p.is_file())
}

/// Returns the folder in which a compiler looks for its libraries.
pub fn sysroot(rustc: &Path) -> Option<PathBuf> {
    proc::ask(Command::new(rustc).args(["--print", "sysroot"])).map(PathBuf::from)
}

/// Returns the path of this compiler's prefix.
pub fn prefix(env: &Env, rustc: &Path) -> Option<PathBuf> {
    let release = rustc_field(rustc, "release")?;
    let commit: String = rustc_field(rustc, "commit-hash")?.chars().take(9).collect();
    Some(env.cache.join("toolchain").join(format!("rust-{release}-{commit}-{EDITION}")))
}

/// Builds std and creates the prefix. The caller holds the cache's lock.
pub fn build(env: &Env, rustc: &Path) -> Result<PathBuf> {
    let odd =
        || Error::new("the distribution's rustc does not say what it is", "Reinstall the package rustc-web.");
    let host = rustc_field(rustc, "host").ok_or_else(odd)?;
    let (prefix, sysroot) = (prefix(env, rustc).ok_or_else(odd)?, sysroot(rustc).ok_or_else(odd)?);
    // An interrupted build must not look finished, so std is moved in last.
    let _ = std::fs::remove_dir_all(&prefix);
    lay_out(&prefix, &sysroot, &host).advise("laying out the wasm toolchain", ADVICE)?;

    let seed = env.cache.join("build/std");
    let sources = sysroot.join("lib/rustlib/src/rust");
    plant(&seed, &sources.join("library/vendor")).advise("preparing std's build", ADVICE)?;
    let mut cargo = env.command(&prefix.join("bin/cargo").to_string_lossy());
    for name in super::TOOLCHAIN_CHOICES {
        cargo.env_remove(name);
    }
    cargo
        .current_dir(&seed)
        .args(["build", "--release", CRATES, "--target", TARGET])
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTC", prefix.join("bin/rustc"))
        .env("CARGO_ENCODED_RUSTFLAGS", anonymous(&prefix, &sources))
        .env_remove("RUSTFLAGS")
        .env("CARGO_TARGET_DIR", seed.join("target"));
    proc::step("building std for wasm32", &mut cargo, ADVICE)?;

    let built = seed.join("target").join(TARGET).join("release/deps");
    move_in(&built, &prefix.join("lib/rustlib").join(TARGET).join("lib")).advise("installing std", ADVICE)?;
    let _ = std::fs::remove_dir_all(&seed);
    Ok(prefix)
}

fn lay_out(prefix: &Path, sysroot: &Path, host: &str) -> std::io::Result<()> {
    let (bin, rustlib) = (prefix.join("bin"), prefix.join("lib/rustlib"));
    let host_dir = rustlib.join(host);
    std::fs::create_dir_all(&bin)?;
    std::fs::create_dir_all(host_dir.join("bin"))?;
    let theirs = sysroot.join("lib/rustlib");
    link(&theirs.join("src"), &rustlib.join("src"))?;
    link(&theirs.join(host).join("lib"), &host_dir.join("lib"))?;
    // Here rustc finds the linker itself, so it need not be named anywhere.
    if let Some(linker) = linker() {
        link(linker, &host_dir.join("bin/rust-lld"))?;
    }
    let programs = sysroot.join("bin");
    link(&programs.join("cargo"), &bin.join("cargo"))?;
    // rustc follows a link back to its own sysroot, so the sysroot must be passed.
    for name in ["rustc", "rustdoc"] {
        let line =
            format!("exec '{}' --sysroot '{}' \"$@\"", programs.join(name).display(), prefix.display());
        script(&bin.join(name), &line)?;
    }
    for name in ["cargo-clippy", "clippy-driver"] {
        let line = format!("SYSROOT='{}' exec '{}' \"$@\"", prefix.display(), programs.join(name).display());
        script(&bin.join(name), &line)?;
    }
    Ok(())
}

fn plant(seed: &Path, vendor: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(seed.join("src"))?;
    std::fs::create_dir_all(seed.join(".cargo"))?;
    std::fs::write(seed.join("Cargo.toml"), SEED)?;
    std::fs::write(seed.join("src/lib.rs"), "")?;
    let vendored =
        format!("[source.crates-io]\nreplace-with = \"vendor\"\n[source.vendor]\ndirectory = {vendor:?}\n");
    let config = if vendor.is_dir() { vendored } else { String::new() };
    std::fs::write(seed.join(".cargo/config.toml"), config)
}

/// std's panics contain the path of their source, and so would every package we publish. Rust's own builds of std use
/// this name.
fn anonymous(prefix: &Path, sources: &Path) -> OsString {
    let linked = prefix.join("lib/rustlib/src/rust");
    let resolved = sources.canonicalize().unwrap_or_else(|_| sources.to_owned());
    let flags = [linked.as_path(), sources, &resolved].map(|folder| {
        let mut flag = OsString::from("--remap-path-prefix=");
        flag.push(folder);
        flag.push("=/rustc/std");
        flag
    });
    flags.join(&OsString::from("\u{1f}"))
}

fn move_in(built: &Path, lib: &Path) -> std::io::Result<()> {
    let staged = lib.with_extension("part");
    std::fs::create_dir_all(&staged)?;
    for entry in std::fs::read_dir(built)? {
        let entry = entry?;
        let name = entry.file_name();
        let shown = name.to_string_lossy();
        if shown.ends_with(".rlib") && !shown.starts_with("libseed") {
            std::fs::copy(entry.path(), staged.join(name))?;
        }
    }
    std::fs::rename(staged, lib)
}

#[cfg(unix)]
fn link(to: &Path, at: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(to, at)
}

#[cfg(unix)]
fn script(at: &Path, line: &str) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(at, format!("#!/bin/sh\n{line}\n"))?;
    std::fs::set_permissions(at, std::fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

#[cfg(not(unix))]
fn script(_: &Path, _: &str) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}
