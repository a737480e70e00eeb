//! The oldest Rust that the project supports: the developer's own, or rustup's.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use super::{Env, wasm};
use crate::error::Result;
use crate::proc;

/// Its version: `rust-version` in Cargo.toml.
pub const VERSION: &str = env!("CARGO_PKG_RUST_VERSION");

/// How it is run on this machine.
pub enum Oldest {
    /// It is the Rust that everything is built with.
    Active,
    /// The name of a toolchain of rustup.
    Toolchain(String),
}

/// Returns it if it is here or rustup can install it.
pub fn find(env: &Env) -> Option<Oldest> {
    if is_oldest(&mut env.command("rustc")) {
        Some(Oldest::Active)
    } else {
        toolchain(env).map(Oldest::Toolchain)
    }
}

/// The same, for code that is compiled for wasm32, too.
pub fn find_with_wasm(env: &Env) -> Result<Option<Oldest>> {
    if is_oldest(&mut env.command("rustc")) && is_oldest(&mut env.wasm("rustc")?) {
        return Ok(Some(Oldest::Active));
    }
    Ok(toolchain(env).filter(|name| add_wasm(env, name)).map(Oldest::Toolchain))
}

impl Oldest {
    /// Returns its cargo.
    pub fn cargo(&self, env: &Env) -> Command {
        match self {
            Self::Active => env.cargo(),
            Self::Toolchain(name) => {
                let mut rustup = env.command("rustup");
                rustup.args(["run", name, "cargo"]);
                // Another compiler in the same folder would invalidate both compilers' builds each time.
                rustup.env("CARGO_TARGET_DIR", self.target(env));
                rustup
            }
        }
    }

    /// Returns its cargo for wasm32.
    pub fn wasm(&self, env: &Env) -> Result<Command> {
        match self {
            Self::Active => env.wasm("cargo"),
            Self::Toolchain(_) => Ok(self.cargo(env)),
        }
    }

    /// Returns the folder that it builds into.
    pub fn target(&self, env: &Env) -> PathBuf {
        env.root.join(match self {
            Self::Active => "target",
            Self::Toolchain(_) => "target/oldest",
        })
    }
}

fn is_oldest(rustc: &mut Command) -> bool {
    is(&proc::ask(rustc.arg("--version")).unwrap_or_default(), VERSION)
}

fn is(version_line: &str, wanted: &str) -> bool {
    let version = version_line.split_whitespace().nth(1).unwrap_or_default();
    version == wanted || version.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('.'))
}

fn toolchain(env: &Env) -> Option<String> {
    proc::which("rustup")?;
    let list = |env: &Env| {
        let text = proc::ask(env.command("rustup").args(["toolchain", "list", "--quiet"]))?;
        text.lines()
            .find(|name| is(&format!("rustc {}", name.split('-').next().unwrap_or(name)), VERSION))
            .map(str::to_owned)
    };
    list(env).or_else(|| {
        rustup(env, &["toolchain", "install", VERSION, "--profile", "minimal", "--no-self-update"])?;
        list(env)
    })
}

fn add_wasm(env: &Env, toolchain: &str) -> bool {
    rustup(env, &["target", "add", wasm::TARGET, "--toolchain", toolchain]).is_some()
}

fn rustup(env: &Env, args: &[&str]) -> Option<()> {
    let limit = Some(Duration::from_secs(300));
    proc::bounded_step(&format!("rustup {}", args.join(" ")), env.command("rustup").args(args), limit, "")
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_release_is_the_promised_one() {
        assert!(is("rustc 1.95.0 (abc 2026-04-14)", "1.95"));
        assert!(is("rustc 1.95", "1.95"));
        assert!(!is("rustc 1.950.0", "1.95"));
        assert!(!is("rustc 1.96.0", "1.95"));
    }
}
