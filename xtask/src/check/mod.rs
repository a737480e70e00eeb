//! `cargo xtask check`: everything that can be checked without a browser.
//!
//! All checks run even if one fails, so that one run shows everything to fix.

mod features;
mod files;
mod lints;
mod package;
mod policy;

use std::time::Instant;

use crate::api;
use crate::bench;
use crate::build;
use crate::error::{Error, Result};
use crate::progress::seconds;
use crate::setup::Env;

/// The result of a check that did not fail.
pub enum Verdict {
    /// It passed.
    Fine,
    /// It could not run on this machine, for this reason.
    Skipped(String),
    /// It passed, with a remark.
    Said(String),
}

/// One check: its name in the summary, and its function.
type Check = (&'static str, fn(&Env) -> Result<Verdict>);

const CHECKS: &[Check] = &[
    ("files", files::portable),
    ("format", lints::format),
    ("clippy, native", lints::clippy_native),
    ("clippy, wasm32", lints::clippy_wasm),
    ("rustdoc", lints::docs),
    ("oldest Rust", policy::oldest_rust),
    ("dependencies", policy::dependencies),
    ("advisories", policy::advisories),
    ("sizes", sizes),
    // Checks of the package that was just built.
    ("public API", public_api),
    ("API reference", lints::api_reference),
    ("package", package::types),
    ("workflows", package::workflows),
];

/// Building `pkg/` fails if it exceeds its budget. A plain socket in a Rust app has one, too.
fn sizes(env: &Env) -> Result<Verdict> {
    build::run(&[], env)?;
    build::size::rust_within_budget(bench::rust::cost_of_a_socket(env)?)?;
    Ok(Verdict::Fine)
}

/// Compares the public APIs with the texts in `api`.
fn public_api(env: &Env) -> Result<Verdict> {
    Ok(api::compare(env)?.map_or(Verdict::Fine, |why| Verdict::Skipped(format!("of the crates: {why}"))))
}

/// Runs every check and prints a summary.
pub fn run(env: &Env) -> Result<()> {
    let mut summary = Vec::new();
    let mut failed = 0;
    for (name, check) in CHECKS {
        let started = Instant::now();
        let line = match check(env) {
            Ok(Verdict::Fine) => format!("ok       {name}"),
            Ok(Verdict::Said(what)) => format!("ok       {name}: {what}"),
            Ok(Verdict::Skipped(why)) => format!("skipped  {name}: {why}"),
            Err(error) => {
                eprintln!("\n{error}\n");
                failed += 1;
                format!("FAILED   {name}")
            }
        };
        summary.push(format!("{line}  ({})", seconds(started.elapsed())));
    }
    println!("\n{}", summary.join("\n"));
    match failed {
        0 => Ok(()),
        n => Err(Error::new(
            format!("{n} of {} checks failed", CHECKS.len()),
            "See the advice above for each check.",
        )),
    }
}
