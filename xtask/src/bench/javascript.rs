//! Bundles each JavaScript contender into one file.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::contenders::{JS, SESSION, source};
use crate::error::{Advise, Error, Result};
use crate::setup::Env;

pub const HOME: &str = "bench/js";
const ADVICE: &str = "Fix what esbuild reports above.";

/// Fills `contenders`, which are measured, and `sizes`, whose bytes are counted.
pub fn build(env: &Env, built: &Path) -> Result<()> {
    for (name, _, import) in JS {
        let module = env.root.join(HOME).join(format!("contenders/{}.js", source(name)));
        let mut measured = esbuild(env, &built.join(format!("contenders/{name}.js")))?;
        bundle(measured.arg(module), "")?;
        if !import.is_empty() {
            bundle(&mut esbuild(env, &built.join(format!("sizes/{name}.js")))?, import)?;
        }
    }
    Ok(())
}

/// Fills `session`.
pub fn build_session(env: &Env, built: &Path) -> Result<()> {
    for (name, _, module) in SESSION {
        let mut measured = esbuild(env, &built.join(format!("session/{name}.js")))?;
        bundle(measured.arg(env.root.join(HOME).join(module)), "")?;
    }
    Ok(())
}

fn esbuild(env: &Env, to: &Path) -> Result<Command> {
    let mut esbuild = env.wasm("esbuild")?;
    esbuild
        .current_dir(env.root.join(HOME))
        .args(["--bundle", "--minify", "--format=esm", "--target=es2022", "--log-level=error"])
        .arg(format!("--alias:steady-websocket={}", env.root.join("pkg/index.js").display()))
        .arg(format!("--outfile={}", to.display()));
    Ok(esbuild)
}

/// `source` is what esbuild reads if no file is named.
fn bundle(esbuild: &mut Command, source: &str) -> Result<()> {
    let mut child = esbuild.stdin(Stdio::piped()).spawn().advise("starting esbuild", ADVICE)?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(source.as_bytes()).advise("writing to esbuild", ADVICE)?;
    }
    let status = child.wait().advise("waiting for esbuild", ADVICE)?;
    if status.success() { Ok(()) } else { Err(Error::new(format!("esbuild: {status}"), ADVICE)) }
}
