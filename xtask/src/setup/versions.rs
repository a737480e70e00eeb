//! The one table of pinned versions.

use std::path::Path;

use crate::error::{Advise, Error, Result};

/// A command-line tool that `cargo install` installs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// Builds `pkg/`.
    WasmPack,
    /// `wasm-bindgen` and its test runner, in the version of Cargo.lock.
    WasmBindgen,
    /// Firefox's WebDriver.
    Geckodriver,
    /// Checks licences, bans, sources and advisories.
    CargoDeny,
    /// Mutation testing.
    CargoMutants,
    /// Compares public APIs with those of the last release.
    CargoSemverChecks,
}

impl Tool {
    /// Returns the crate's name on the registry.
    pub fn krate(self) -> &'static str {
        match self {
            Self::WasmPack => "wasm-pack",
            Self::WasmBindgen => "wasm-bindgen-cli",
            Self::Geckodriver => "geckodriver",
            Self::CargoDeny => "cargo-deny",
            Self::CargoMutants => "cargo-mutants",
            Self::CargoSemverChecks => "cargo-semver-checks",
        }
    }

    /// Returns a binary whose presence shows that the tool is installed.
    pub fn binary(self) -> &'static str {
        match self {
            Self::WasmBindgen => "wasm-bindgen-test-runner",
            other => other.krate(),
        }
    }

    /// Returns the version that this workspace uses.
    pub fn version(self, root: &Path) -> Result<String> {
        match self {
            Self::WasmPack => Ok("0.15.1".into()),
            Self::WasmBindgen => locked_version(root, "wasm-bindgen"),
            Self::Geckodriver => Ok("0.37.1".into()),
            Self::CargoDeny => Ok("0.20.2".into()),
            Self::CargoMutants => Ok("27.1.0".into()),
            Self::CargoSemverChecks => Ok("0.51.0".into()),
        }
    }
}

/// The oldest Node on which the tools around the package run.
pub const NODE_MAJOR: u32 = 20;

/// Returns the version of a package in Cargo.lock.
pub fn locked_version(root: &Path, package: &str) -> Result<String> {
    let lock = std::fs::read_to_string(root.join("Cargo.lock"))
        .advise("reading Cargo.lock", "Run `git checkout Cargo.lock` to bring it back.")?;
    find_locked(&lock, package).ok_or_else(|| {
        Error::new(
            format!("Cargo.lock names no {package}"),
            format!("Run `cargo update --workspace` so that Cargo.lock lists {package} again."),
        )
    })
}

fn find_locked(lock: &str, package: &str) -> Option<String> {
    let wanted = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != wanted);
    lines.next()?;
    lines.next()?.strip_prefix("version = \"")?.strip_suffix('"').map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_version_from_the_lockfile() {
        let lock = "[[package]]\nname = \"a\"\nversion = \"1.2.3\"\n\n[[package]]\nname = \"ab\"\nversion = \"4.5.6\"\n";
        assert_eq!(find_locked(lock, "a").as_deref(), Some("1.2.3"));
        assert_eq!(find_locked(lock, "ab").as_deref(), Some("4.5.6"));
        assert_eq!(find_locked(lock, "b"), None);
    }
}
