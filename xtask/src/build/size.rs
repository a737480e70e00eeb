//! The sizes of what a page downloads, and their budgets.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use flate2::{Compression, write::GzEncoder};

use super::wasm;
use crate::error::{Advise, Error, Result};

/// Every way of loading the package, and the files that it downloads.
const WAYS: [(&str, &[&str]); 3] =
    [(".", &["index.js"]), ("./async", &["async.js", wasm::FILE]), ("./global", &["global.js"])];

/// The budget of each way in bytes after gzip -9, with 1 % for other versions of rustc and gzip. DESIGN.md,
/// "Budgets", has the reasons.
pub const BUDGET: usize = 20_700 + 207;

/// The same for what a plain socket adds to the wasm of a Rust app.
const RUST_BUDGET: usize = 10_240 + 102;

/// Returns a table of the sizes.
pub fn report(pkg: &Path) -> Result<String> {
    let mut table = String::from("what a page downloads    plain     gzip");
    for (way, files) in WAYS {
        let (plain, gzip) = sum(pkg, files)?;
        let _ = write!(table, "\n{way:<20} {plain:>9} {gzip:>8}");
    }
    Ok(table)
}

/// Fails if any way of loading the package in `pkg` exceeds the budget.
pub fn within_budget(pkg: &Path) -> Result<()> {
    for (way, files) in WAYS {
        let (_, gzip) = sum(pkg, files)?;
        hold(&format!("`{way}` costs a page"), gzip, BUDGET)?;
    }
    Ok(())
}

/// Fails if a plain socket adds more bytes than its budget to a Rust app.
pub fn rust_within_budget(bytes: usize) -> Result<()> {
    println!("a plain socket adds {bytes} bytes after gzip to a Rust app");
    hold("a plain socket adds to a Rust app", bytes, RUST_BUDGET)
}

fn hold(what: &str, bytes: usize, budget: usize) -> Result<()> {
    if bytes <= budget {
        return Ok(());
    }
    Err(Error::new(
        format!("{what} {bytes} bytes after gzip; the budget is {budget}"),
        "Make it smaller, or change the budget in xtask/src/build/size.rs with a reason in DESIGN.md.",
    ))
}

fn sum(pkg: &Path, files: &[&str]) -> Result<(usize, usize)> {
    let mut total = (0, 0);
    for name in files {
        let bytes =
            fs::read(pkg.join(name)).advise(format!("reading {name}"), "Run `cargo xtask build` first.")?;
        total.0 += bytes.len();
        total.1 += packed([bytes.as_slice()]).advise("packing", "Try again.")?;
    }
    Ok(total)
}

/// Returns the size of the concatenated parts after gzip -9.
pub fn packed<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> io::Result<usize> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    for part in parts {
        gzip.write_all(part)?;
    }
    Ok(gzip.finish()?.len())
}
