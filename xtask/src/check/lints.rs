//! Formatting, clippy, rustdoc: every warning is an error.

use std::process::Command;

use super::{Verdict, features};
use crate::crates::{self, Published, Runs};
use crate::error::Result;
use crate::proc;
use crate::setup::Env;

const TARGET: [&str; 2] = ["--target", "wasm32-unknown-unknown"];

/// The bench's Rust contenders, which stand outside the workspace.
const BENCH: &str = "bench/rust/Cargo.toml";

pub fn format(env: &Env) -> Result<Verdict> {
    env.component("fmt", "rustfmt", "rustfmt-web")?;
    for extra in [&[][..], &["--manifest-path", BENCH]] {
        let mut cargo = env.cargo();
        cargo.args(["fmt", "--all", "--check"]).args(extra);
        let advice = format!("Run `cargo fmt --all {}`.", extra.join(" "));
        proc::step("checking the format", &mut cargo, &advice)?;
    }
    Ok(Verdict::Fine)
}

pub fn clippy_native(env: &Env) -> Result<Verdict> {
    env.component("clippy", "clippy", "rust-web-clippy")?;
    let mut cargo = env.cargo();
    cargo.args(["clippy", "--workspace", "--all-targets"]);
    deny_warnings("linting the workspace", cargo)?;
    // The default set of each was part of the workspace.
    let mut sets = 0;
    for one in &crates::PUBLISHED {
        sets += 1 + each_set(env, one, 1, |args, label| {
            let mut cargo = env.cargo();
            cargo.args(["clippy", "--all-targets"]).args(args);
            deny_warnings(label, cargo)
        })?;
    }
    Ok(Verdict::Said(format!("{sets} feature sets")))
}

pub fn clippy_wasm(env: &Env) -> Result<Verdict> {
    let mut sets = 0;
    for one in crates::of(Runs::Everywhere) {
        sets += each_set(env, one, 0, |args, label| {
            let mut cargo = env.wasm("cargo")?;
            cargo.args(["clippy", "--lib", "--tests"]).args(TARGET).args(args);
            deny_warnings(&format!("{label} for wasm32"), cargo)
        })?;
    }
    // The limit and ours only: the others would compile many crates for thirty lines each.
    for feature in ["web-sys", "steady", "core"] {
        let mut cargo = env.wasm("cargo")?;
        let bins: &[&str] = if feature == "core" { &["core"] } else { &["speed", "size"] };
        cargo.args(["clippy", "--manifest-path", BENCH, "--features", feature]).args(TARGET);
        cargo
            .args(bins.iter().flat_map(|bin| ["--bin", bin]))
            .arg("--target-dir")
            .arg(env.root.join("target"));
        cargo.env("STEADY_NPM", "0");
        deny_warnings(&format!("linting the bench's {feature}"), cargo)?;
    }
    Ok(Verdict::Said(format!("{sets} feature sets")))
}

/// Documents every crate as docs.rs does: with all features, and those for pages for wasm32, too.
pub fn docs(env: &Env) -> Result<Verdict> {
    let mut native = env.cargo();
    native.args(["doc", "--workspace", "--no-deps", "--all-features"]);
    let mut wasm = env.wasm("cargo")?;
    wasm.args(["doc", "--no-deps", "--lib", "--all-features"]).args(TARGET);
    for one in crates::of(Runs::Everywhere) {
        wasm.args(["--package", one.name]);
    }
    for (label, mut cargo) in [("documenting", native), ("documenting for wasm32", wasm)] {
        cargo.env("RUSTDOCFLAGS", "-D warnings --cfg docsrs").env("STEADY_NPM", "0");
        proc::step(label, &mut cargo, "Fix what rustdoc reports above.")?;
    }
    Ok(Verdict::Fine)
}

/// Builds the JavaScript package's API reference in `target/typedoc`.
pub fn api_reference(env: &Env) -> Result<Verdict> {
    let mut typedoc = env.wasm("typedoc")?;
    typedoc.args(["--options", "docs/typedoc.json", "--logLevel", "Warn"]);
    let advice = "Fix what TypeDoc reports above, in src/js/steady-websocket.d.ts or src/js/package.";
    proc::step("documenting the package", &mut typedoc, advice)?;
    Ok(Verdict::Said("target/typedoc/index.html".into()))
}

fn deny_warnings(label: &str, mut cargo: Command) -> Result<()> {
    cargo.args(["--", "-D", "warnings"]);
    proc::step(label, &mut cargo, "Fix what clippy reports above.")
}

/// Calls `lint` for every feature set but the first `skip` of a crate.
fn each_set(
    env: &Env,
    one: &Published,
    skip: usize,
    lint: impl Fn(&[String], &str) -> Result<()>,
) -> Result<usize> {
    let sets: Vec<_> = features::sets(&env.root.join(one.folder)).into_iter().skip(skip).collect();
    let done = sets.len();
    for mut set in sets {
        let label = format!("linting {} {}", one.name, set.join(" "));
        set.extend(["--package".to_owned(), one.name.to_owned()]);
        lint(&set, label.trim())?;
    }
    Ok(done)
}
