//! Builds the Rust contenders: for each, one app to measure and one whose bytes are counted.

use std::fs;
use std::path::Path;

use super::Groups;
use super::contenders::{RUST, Role, source};
use crate::build::size::packed;
use crate::error::{Advise, Result};
use crate::proc;
use crate::setup::Env;

const MANIFEST: &str = "bench/rust/Cargo.toml";
/// The app that has no socket.
const NONE: &str = "none";

/// The app that has a plain socket of ours.
const PLAIN: &str = "strict";

/// The core on its own.
const CORE: &str = "core";

/// Fills `rust`, a folder for each contender, with what these groups need.
pub(super) fn build(env: &Env, built: &Path, groups: &Groups) -> Result<()> {
    let wanted = [("size", groups.has("size")), ("speed", groups.has("rust"))];
    let wanted: Vec<&str> = wanted.iter().filter(|(_, wanted)| *wanted).map(|(app, _)| *app).collect();
    for (name, role) in RUST {
        // A copy's bytes are not counted.
        let of = |app: &&str| *app != "size" || !matches!(role, Role::Copy);
        apps(env, built, name, &wanted.iter().copied().filter(of).collect::<Vec<_>>())?;
    }
    if groups.has("size") {
        apps(env, built, NONE, &["size"])?;
    }
    if groups.has("core") {
        apps(env, built, CORE, &["core"])?;
    }
    Ok(())
}

/// Returns what a plain socket of ours adds to an app's wasm: bytes after gzip -9.
pub fn cost_of_a_socket(env: &Env) -> Result<usize> {
    let built = env.root.join("target/bench");
    let mut sizes = [0; 2];
    for (name, size) in [NONE, PLAIN].into_iter().zip(&mut sizes) {
        apps(env, &built, name, &["size"])?;
        let wasm = built.join("rust").join(name).join("size_bg.wasm");
        let bytes = fs::read(wasm).advise("reading an app's wasm", "Run the command again.")?;
        *size = packed([bytes.as_slice()]).advise("packing", "Try again.")?;
    }
    let [without, with] = sizes;
    Ok(with.saturating_sub(without))
}

fn apps(env: &Env, built: &Path, name: &str, apps: &[&str]) -> Result<()> {
    if apps.is_empty() {
        return Ok(());
    }
    let mut cargo = env.wasm("cargo")?;
    cargo.args(["build", "--release", "--manifest-path", MANIFEST, "--features", source(name)]);
    cargo.args(["--target", "wasm32-unknown-unknown", "--target-dir"]).arg(built.join("rust-build"));
    cargo.args(apps.iter().flat_map(|app| ["--bin", app]));
    // Of our own crate, only what an app uses.
    cargo.env("STEADY_NPM", "0");
    proc::step(&format!("building {name}"), &mut cargo, "Fix what the compiler reports above.")?;
    apps.iter().try_for_each(|app| finish(env, built, name, app))
}

/// The options with which wasm-pack optimises a release build.
fn finish(env: &Env, built: &Path, name: &str, app: &str) -> Result<()> {
    let out = built.join("rust").join(name);
    let wasm = built.join("rust-build/wasm32-unknown-unknown/release").join(format!("{app}.wasm"));
    let mut bindgen = env.wasm("wasm-bindgen")?;
    bindgen.args(["--target", "web", "--no-typescript", "--out-dir"]).arg(&out).arg(wasm);
    let advice = "Give bench/rust/Cargo.lock the wasm-bindgen of Cargo.lock.";
    proc::step(&format!("binding {name}'s {app}"), &mut bindgen, advice)?;
    let file = out.join(format!("{app}_bg.wasm"));
    let mut opt = env.wasm("wasm-opt")?;
    opt.arg("-O").arg(&file).arg("-o").arg(&file);
    proc::step(&format!("optimising {name}'s {app}"), &mut opt, "Run `cargo xtask setup`, then try again.")
}
