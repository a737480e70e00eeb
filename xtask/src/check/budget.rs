//! What a page downloads, measured as it travels: gzip -9.

use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::Verdict;
use crate::build;
use crate::error::{Advise, Error, Result};
use crate::setup::Env;

/// Files below `pkg/` that together make one download, and how many bytes that may be.
struct Budget {
    what: &'static str,
    files: &'static [&'static str],
    at_most: u64,
}

const BUDGETS: &[Budget] = &[];

/// Builds `pkg/` and weighs it.
pub fn check(env: &Env) -> Result<Verdict> {
    if BUDGETS.is_empty() {
        return Ok(Verdict::Skipped("no budget is set yet".into()));
    }
    build::run(&[], env)?;
    let mut said = Vec::new();
    for budget in BUDGETS {
        let mut bytes = 0;
        for file in budget.files {
            bytes += gzipped(&env.root.join("pkg").join(file))?;
        }
        if bytes > budget.at_most {
            let grown = format!("{}: {bytes} bytes gzipped, {} allowed", budget.what, budget.at_most);
            return Err(Error::new(
                grown,
                "Find out what grew (`git stash` and compare), and make it smaller.",
            ));
        }
        said.push(format!("{} {bytes} of {}", budget.what, budget.at_most));
    }
    Ok(Verdict::Said(said.join(", ")))
}

/// A file's size after gzip -9.
pub fn gzipped(file: &Path) -> Result<u64> {
    let advice = "Run `cargo xtask build` and see whether the file is made.";
    let doing = format!("weighing {}", file.display());
    let bytes = std::fs::read(file).advise(&doing, advice)?;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(&bytes).advise(&doing, advice)?;
    let packed = gzip.finish().advise(&doing, advice)?;
    Ok(packed.len() as u64)
}
