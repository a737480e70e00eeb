//! The public API of each published crate, from rustdoc's JSON.

use std::path::Path;
use std::process::Command;

use super::Text;
use crate::crates::{self, Published, Runs};
use crate::error::{Error, Result};
use crate::proc;
use crate::setup::{Env, oldest};

/// The folder of these texts, in `api`.
pub const FOLDER: &str = "crates";

const HOST: &str = "x86_64-unknown-linux-gnu";
const PAGE: &str = "wasm32-unknown-unknown";

/// Returns the texts, or why they can't be made here. Rust's versions differ in the JSON, so all texts are made with
/// the one in `rust-version`.
pub fn texts(env: &Env) -> Result<std::result::Result<Vec<Text>, String>> {
    let Some(rust) = oldest::find_with_wasm(env)? else {
        return Ok(Err(format!("Rust {} with {PAGE} can't be had here", oldest::VERSION)));
    };
    let mut build = env.cargo();
    build.args(["build", "--package", "steady-api"]);
    proc::step("building the reader of rustdoc's JSON", &mut build, "Fix what cargo reports above.")?;
    let reader = env.root.join("target/debug").join(format!("steady-api{}", std::env::consts::EXE_SUFFIX));

    // The same selection as the check of the documentation, or dependencies are compiled again.
    let mut host = rust.cargo(env);
    host.args(["doc", "--workspace", "--lib", "--no-deps", "--all-features"]);
    let mut page = rust.wasm(env)?;
    page.args(["doc", "--no-deps", "--lib", "--all-features", "--target", PAGE]);
    for one in crates::of(Runs::Everywhere) {
        page.args(["--package", one.name]);
    }
    for (label, mut cargo) in [("reading the API", host), ("reading the API for wasm32", page)] {
        cargo
            .env("RUSTDOCFLAGS", "-Z unstable-options --output-format json --cfg docsrs")
            .env("RUSTDOC", &reader)
            .env("STEADY_RUSTDOC", "rustdoc")
            .env("STEADY_NPM", "0");
        proc::step(label, &mut cargo, "Fix what rustdoc reports above.")?;
    }
    let target = rust.target(env);
    crates::PUBLISHED.iter().map(|one| text(env, &reader, &target, one)).collect::<Result<_>>().map(Ok)
}

fn text(env: &Env, reader: &Path, target: &Path, one: &Published) -> Result<Text> {
    let json = format!("doc/{}.json", one.name.replace('-', "_"));
    let mut read = Command::new(reader);
    read.current_dir(&env.root).arg(format!("{HOST}={}", target.join(&json).display()));
    if one.runs == Runs::Everywhere {
        read.arg(format!("{PAGE}={}", target.join(PAGE).join(&json).display()));
    }
    let out = proc::run(&mut read, None, |_| {})?;
    if !out.status.success() {
        let advice =
            "Take the version of public-api that reads the JSON of this Rust, in xtask/api/Cargo.toml.";
        return Err(Error::new(out.text, advice));
    }
    Ok((format!("{FOLDER}/{}.txt", one.name), out.text))
}
