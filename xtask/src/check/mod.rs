//! `cargo xtask check`: everything that can be judged without a browser.
//!
//! All checks run even if one fails, so that one run shows everything to fix.

mod features;
mod lints;
mod policy;

use std::time::Instant;

use crate::build;
use crate::error::{Error, Result};
use crate::progress::seconds;
use crate::setup::Env;

/// What a check found, if nothing was wrong.
pub enum Verdict {
    /// It was checked.
    Fine,
    /// It could not be checked on this machine, for this reason.
    Skipped(String),
    /// It was checked, and here is what is worth saying.
    Said(String),
}

/// One check: its name in the summary, and what does it.
type Check = (&'static str, fn(&Env) -> Result<Verdict>);

const CHECKS: &[Check] = &[
    ("format", lints::format),
    ("clippy, native", lints::clippy_native),
    ("clippy, wasm32", lints::clippy_wasm),
    ("rustdoc", lints::docs),
    ("oldest Rust", policy::oldest_rust),
    ("dependencies", policy::dependencies),
    ("advisories", policy::advisories),
    ("sizes", sizes),
    // Of the package that was just built.
    ("API reference", lints::api_reference),
];

/// Building `pkg/` fails when it has outgrown its budget.
fn sizes(env: &Env) -> Result<Verdict> {
    build::run(&[], env)?;
    Ok(Verdict::Fine)
}

/// Runs every check and sums up.
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
