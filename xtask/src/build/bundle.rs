//! From glue, classes and entry module, one small file per way of loading the package.

use std::fs;

use super::{ENTRIES, Stage, copy, encode, wasm, write};
use crate::error::{Advise, Result};
use crate::proc;

/// Entry module, and the module system its file is for.
const BUNDLES: [(&str, &str); 3] = [("index.js", "esm"), ("async.js", "esm"), ("global.js", "iife")];

/// Fills `stage.pkg` with the scripts and the wasm.
pub fn run(stage: &Stage<'_>) -> Result<()> {
    let bytes = fs::read(stage.core.join(wasm::FILE))
        .advise("reading the wasm", "Run `cargo xtask build` again: something removed it.")?;
    let inlined = stage.core.join("inlined.js");
    write(&inlined, &encode::module(&bytes))?;
    for (entry, format) in BUNDLES {
        let mut esbuild = stage.env.wasm("esbuild")?;
        esbuild
            .arg(stage.env.root.join(ENTRIES).join(entry))
            .arg(format!("--alias:#core={}", stage.core.join(wasm::GLUE).display()))
            .arg(format!("--alias:#wasm={}", inlined.display()))
            .arg(format!("--format={format}"))
            .arg(format!("--outfile={}", stage.pkg.join(entry).display()))
            .args(["--bundle", "--minify", "--target=es2022", "--log-level=warning"])
            // A classic script is read in its page's charset.
            .arg("--charset=ascii");
        proc::step(&format!("joining {entry}"), &mut esbuild, "Mend what esbuild says above.")?;
    }
    copy(&stage.core.join(wasm::FILE), &stage.pkg.join(wasm::FILE))
}
