//! `cargo xtask wpt`: runs an external checkout of web-platform-tests with the native class, ours and the emulated one.
//!
//! The work is done by `tests/wpt`.

use std::path::{Path, PathBuf};

use crate::build;
use crate::error::{Advise, Error, Result};
use crate::proc;
use crate::setup::{Browser, Env, browsers};

/// The suite's own servers, from PyPI.
const PACKAGES: [&str; 2] = ["wptserve==4.0.3", "pywebsocket3==4.0.2"];
const FLAGS: [&str; 5] = ["--suite", "--class", "--only", "--json", "--jobs"];

/// `cargo xtask wpt --suite DIR [--class CLASS] [--only REGEX] [--json FILE] [--jobs N]`
pub fn run(args: &[String], env: &Env) -> Result<()> {
    let suite = read(args)?;
    if !suite.join("websockets").is_dir() || !suite.join("resources/testharness.js").is_file() {
        let what = format!("{} is no checkout of web-platform-tests", suite.display());
        return Err(Error::usage(what, "It needs `websockets/`, `common/`, `resources/` and `interfaces/`."));
    }
    browsers::find(env, Browser::Chromium)?;
    let python = python(env)?;
    build::make(env)?;
    let mut node = env.command("node");
    node.arg(env.root.join("tests/wpt/run.mjs")).args(args);
    node.arg("--python").arg(python);
    // Relative paths refer to the current directory of the developer.
    if let Ok(here) = std::env::current_dir() {
        node.current_dir(here);
    }
    let outcome = proc::streamed(&mut node)?;
    if outcome.status.success() { Ok(()) } else { Err(Error::silent()) }
}

/// Returns the suite's folder; rejects unknown arguments.
fn read(args: &[String]) -> Result<PathBuf> {
    let takes = format!("It takes {}, each with a value.", FLAGS.join(", "));
    let mut suite = None;
    for pair in args.chunks(2) {
        match pair {
            [flag, value] if FLAGS.contains(&flag.as_str()) => {
                if flag == "--suite" {
                    suite = Some(PathBuf::from(value));
                }
            }
            _ => return Err(Error::usage(format!("`wpt` has no argument `{}`", pair.join(" ")), takes)),
        }
    }
    suite.ok_or_else(|| {
        Error::usage(
            "`wpt` needs `--suite DIR`",
            "DIR is a checkout of web-platform-tests; tests/wpt/README.md says more.",
        )
    })
}

/// Returns a Python with the suite's servers, in a virtual environment in the cache.
fn python(env: &Env) -> Result<PathBuf> {
    let home = env.cache.join("python").join(PACKAGES.join("-").replace("==", "-"));
    let bin = home.join(if cfg!(windows) { "Scripts" } else { "bin" });
    let python = bin.join(format!("python{}", std::env::consts::EXE_SUFFIX));
    let finished = home.join("finished");
    if finished.is_file() {
        return Ok(python);
    }
    let advice =
        "Install Python 3.9 or newer with its `venv` module, and make sure that PyPI can be reached.";
    let base = ["python3", "python"].into_iter().find(|name| proc::which(name).is_some());
    let base = base.ok_or_else(|| Error::new("`python3` was not found", advice))?;
    let mut create = env.command(base);
    proc::step("making a Python environment", create.args(["-m", "venv", "--clear"]).arg(&home), advice)?;
    let mut pip = env.command(&python.to_string_lossy());
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(PACKAGES);
    proc::step("installing the suite's servers", &mut pip, advice)?;
    mark(&finished)?;
    Ok(python)
}

fn mark(finished: &Path) -> Result<()> {
    std::fs::write(finished, "").advise("finishing the Python environment", "Make the cache writable.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_words(line: &str) -> Result<PathBuf> {
        read(&line.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn the_suite_is_wanted_and_nothing_unknown_is_taken() {
        assert_eq!(read_words("--only x --suite dir --json f").unwrap(), PathBuf::from("dir"));
        assert!(read_words("--only x").is_err());
        assert!(read_words("--suite").is_err());
        assert!(read_words("--suite dir --fast yes").is_err());
        assert!(read_words("dir").is_err());
    }
}
