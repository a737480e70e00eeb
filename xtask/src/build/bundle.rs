//! Bundles the classes and an entry module into one small file per way of loading the package.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{ENTRIES, OWN_ENTRIES, OwnEntry, Stage, codes, copy, encode, wasm, write};
use crate::error::{Advise, Result};
use crate::proc;

/// An entry module, and its output's module format.
const BUNDLES: [(&str, &str); 5] = [
    ("index.js", "esm"),
    ("async.js", "esm"),
    ("global.js", "iife"),
    ("codes.js", "esm"),
    ("trace.js", "esm"),
];

/// Returns the wasm of a folder as a module.
fn inlined(folder: &Path, file: &str) -> Result<PathBuf> {
    let bytes = fs::read(folder.join(file))
        .advise("reading the wasm", "Run `cargo xtask build` again: something removed it.")?;
    let module = folder.join("inlined.js");
    write(&module, &encode::module(&bytes))?;
    Ok(module)
}

/// Writes the scripts and the wasm to `stage.pkg`.
pub fn run(stage: &Stage<'_>) -> Result<()> {
    let (usual, tracing) = (inlined(&stage.core, wasm::FILE)?, inlined(&stage.trace, wasm::FILE)?);
    let rows = stage.core.join("rows.js");
    write(&rows, &codes::module())?;
    for (entry, format) in BUNDLES {
        let (wasm, border) =
            if entry == "trace.js" { (&tracing, "border.trace.js") } else { (&usual, "border.js") };
        let mut esbuild = stage.env.wasm("esbuild")?;
        esbuild
            .arg(stage.env.root.join(ENTRIES).join(entry))
            .arg(format!("--alias:#wasm={}", wasm.display()))
            .arg(format!("--alias:#border={}", stage.env.root.join(ENTRIES).join(border).display()))
            .arg(format!("--alias:#codes={}", stage.env.root.join("src/js/codes.js").display()))
            .arg(format!("--alias:#rows={}", rows.display()))
            .arg(format!("--format={format}"))
            .arg(format!("--outfile={}", stage.pkg.join(entry).display()))
            .args(["--bundle", "--minify", "--target=es2022", "--log-level=warning"]);
        proc::step(&format!("bundling {entry}"), &mut esbuild, "Fix what esbuild reports above.")?;
        shrink(stage, &stage.pkg.join(entry), format == "esm")?;
    }
    for entry in &OWN_ENTRIES {
        own(stage, entry, &usual)?;
    }
    for entry in MATCHERS {
        let mut esbuild = esm(stage)?;
        esbuild
            .arg(stage.env.root.join("network/js").join(entry))
            .arg(format!("--outfile={}", stage.pkg.join(entry).display()))
            .args(["--external:@jest/globals", "--external:vitest"]);
        proc::step(&format!("bundling {entry}"), &mut esbuild, "Fix what esbuild reports above.")?;
    }
    copy(&stage.core.join(wasm::FILE), &stage.pkg.join(wasm::FILE))
}

/// The matchers of `steady-websocket/network` for each test framework.
const MATCHERS: [&str; 2] = ["network.jest.js", "network.vitest.js"];

/// Bundles a module of its own. These are not for pages whose size matters, so esbuild's minifier is enough.
fn esm(stage: &Stage<'_>) -> Result<Command> {
    let mut esbuild = stage.env.wasm("esbuild")?;
    esbuild.args(["--bundle", "--format=esm", "--minify", "--target=es2022", "--log-level=warning"]);
    Ok(esbuild)
}

/// Bundles an entry with a wasm of its own; `usual`: the wasm of the classes, which it may import.
fn own(stage: &Stage<'_>, entry: &OwnEntry, usual: &Path) -> Result<()> {
    let OwnEntry { source, name, .. } = entry;
    let folder = stage.own(entry);
    let wasm = inlined(&folder, &format!("{name}_bg.wasm"))?;
    let mut esbuild = esm(stage)?;
    esbuild
        .arg(stage.env.root.join(source).join(format!("{name}.js")))
        .arg(format!("--alias:#wasm={}", usual.display()))
        .arg(format!("--alias:#border={}", stage.env.root.join(ENTRIES).join("border.js").display()))
        .arg(format!("--alias:#{name}-glue={}", folder.join(format!("{name}.js")).display()))
        .arg(format!("--alias:#{name}-wasm={}", wasm.display()))
        .arg(format!("--outfile={}", stage.pkg.join(format!("{name}.js")).display()));
    proc::step(&format!("bundling {name}.js"), &mut esbuild, "Fix what esbuild reports above.")
}

/// Properties that only our own modules use, so that their names can be shortened. None may be the name of a property
/// of the platform's or the application's objects.
const OURS: &str = "abandon accept account amount ask begin callback cancelQuestion collect connect connectionClosed consumer deliver dial due ended \
    defer fateResolvers fields finish fire fixed fixedTarget flush flushes forward guard handle hangup input inputNow inputOrThrow \
    lastState listen newest onClose payloads perform query reasons release removed reported reportsMessages resolveTarget run sample schedule settle settled state store sync \
    thrown timer transmit wait waiting";

/// Minifies once more: this minifier repeats names from function to function, which saves 400 bytes after gzip.
fn shrink(stage: &Stage<'_>, file: &Path, is_module: bool) -> Result<()> {
    let mut terser = stage.env.wasm("terser")?;
    terser.arg(file).arg("--output").arg(file);
    if is_module {
        terser.arg("--module");
    }
    // A classic script is decoded with its page's charset.
    terser.args(["--ecma", "2022", "--compress", "passes=3", "--mangle", "--format", "ascii_only=true"]);
    terser.arg("--mangle-props").arg(format!("builtins,regex=/^({})$/", OURS.replace(' ', "|")));
    proc::step("minifying it", &mut terser, "Fix what terser reports above.")
}

#[cfg(test)]
mod tests {
    use super::OURS;

    /// Public names, which must not change: members of the classes, options, fields of events, and the wasm's
    /// exports.
    #[test]
    fn what_is_ours_is_nobody_elses() {
        let types = include_str!("../../../src/js/steady-websocket.d.ts");
        let wasm = [
            include_str!("../../../src/js/steady.rs"),
            include_str!("../../../src/js/strict.rs"),
            include_str!("../../../src/js/table.rs"),
            include_str!("../../../src/js/inputs.rs"),
            include_str!("../../../src/js/trace.rs"),
        ];
        for name in OURS.split(' ') {
            let declared = types.lines().any(|line| {
                let rest =
                    line.trim_start().trim_start_matches("readonly ").strip_prefix(name).unwrap_or("x");
                rest.starts_with(['(', ':', '?', '<'])
            });
            assert!(!declared, "{name} is public");
            let exported = format!("pub fn {name}(");
            assert!(!wasm.iter().any(|file| file.contains(&exported)), "{name} is the wasm's");
        }
    }
}
