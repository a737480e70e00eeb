//! Finds what the other commands need, and installs what is missing.
//!
//! Everything costly is in a per-user cache keyed by version, so that a second clone starts quickly.

pub mod browsers;
mod debian;
pub mod npm;
pub mod oldest;
pub mod services;
mod std_build;
mod tools;
pub mod versions;
mod wasm;

use std::cell::OnceCell;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Advise, Error, Result};
use crate::{lock, proc};
pub use browsers::Browser;
pub use versions::Tool;
pub use wasm::Toolchain;

/// Paths on this machine. Asking for a tool installs it if it is missing.
pub struct Env {
    /// The workspace's root.
    pub root: PathBuf,
    /// The cache, per user and shared by all clones.
    pub cache: PathBuf,
    toolchain: OnceCell<Toolchain>,
    rustup: Rustup,
}

/// Whether rustup can install a target; determined once.
#[derive(Default)]
struct Rustup {
    target: OnceCell<bool>,
    sources: OnceCell<bool>,
}

impl Env {
    /// Examines the machine without installing anything.
    pub fn find() -> Result<Self> {
        Ok(Self {
            root: workspace_root()?,
            cache: cache_dir()?,
            toolchain: OnceCell::new(),
            rustup: Rustup::default(),
        })
    }

    /// Returns a cargo that can build for wasm32-unknown-unknown.
    pub fn toolchain(&self) -> Result<&Toolchain> {
        if let Some(found) = self.toolchain.get() {
            return Ok(found);
        }
        let found = wasm::provide(self)?;
        Ok(self.toolchain.get_or_init(|| found))
    }

    /// Returns a program that runs in the workspace, without the environment variables that cargo set for this
    /// process.
    pub fn command(&self, program: &str) -> Command {
        // By itself, Windows finds programs that end in `.exe` only.
        let found = if cfg!(windows) { proc::which(program) } else { None };
        let mut command = Command::new(found.unwrap_or_else(|| program.into()));
        command.current_dir(&self.root);
        for (name, _) in std::env::vars_os() {
            if inherited_from_cargo(&name) {
                command.env_remove(name);
            }
        }
        command
    }

    /// Returns the developer's own cargo, for native code.
    pub fn cargo(&self) -> Command {
        self.command("cargo")
    }

    /// Returns a program (`cargo`, `wasm-pack`, …) for which wasm32 builds work, with the wasm tools on PATH.
    pub fn wasm(&self, program: &str) -> Result<Command> {
        self.wasm_by(self.toolchain()?, program)
    }

    /// Returns a cargo that builds std too, for flags that need another std.
    pub fn wasm_with_std(&self, flags: &[&str]) -> Result<Command> {
        let mut cargo = self.wasm_by(&wasm::provide_with_sources(self)?, "cargo")?;
        cargo.arg(std_build::CRATES).env("RUSTC_BOOTSTRAP", "1");
        cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
        Ok(cargo)
    }

    fn wasm_by(&self, toolchain: &Toolchain, program: &str) -> Result<Command> {
        let path = self.wasm_path(toolchain)?;
        // The search must use the child's PATH, not ours.
        let mut command = self.command(&locate(program, &path).to_string_lossy());
        command.env("PATH", path);
        if matches!(toolchain, Toolchain::Private(_)) {
            for name in TOOLCHAIN_CHOICES {
                command.env_remove(name);
            }
        }
        Ok(command)
    }

    /// PATH with the wasm toolchain and the tools in front.
    fn wasm_path(&self, toolchain: &Toolchain) -> Result<OsString> {
        let mut dirs = Vec::new();
        if let Toolchain::Private(prefix) = toolchain {
            dirs.push(prefix.join("bin"));
        }
        for tool in [Tool::WasmBindgen, Tool::WasmPack] {
            dirs.extend(self.tool(tool)?.parent().map(Path::to_owned));
        }
        dirs.push(npm::bin(self)?);
        let old = std::env::var_os("PATH").unwrap_or_default();
        dirs.extend(std::env::split_paths(&old));
        std::env::join_paths(dirs).advise("joining PATH", "Remove the odd directory from PATH.")
    }

    /// Returns the path of a tool, and installs it if necessary.
    pub fn tool(&self, tool: Tool) -> Result<PathBuf> {
        tools::provide(self, tool)
    }

    /// Returns a cargo subcommand that minimal installations lack: a rustup component, or a Debian package.
    pub fn component(&self, subcommand: &str, component: &str, package: &'static str) -> Result<()> {
        let there = || proc::ask(self.cargo().args([subcommand, "--version"])).is_some();
        if there() {
            return Ok(());
        }
        if proc::which("rustup").is_none() {
            return debian::provide(vec![package]);
        }
        let mut add = self.command("rustup");
        let advice = format!("Run `rustup component add {component}` where rustup's servers can be reached.");
        proc::step(&format!("adding {component}"), add.args(["component", "add", component]), &advice)
    }

    /// Installs everything that `build`, `test` and `demo` need.
    pub fn provide_all(&self) -> Result<()> {
        npm::check_node()?;
        // The administrator should get one command, not several in a row.
        debian::provide(self.missing_packages())?;
        self.wasm_path(&wasm::provide_with_sources(self)?)?;
        self.tool(Tool::Geckodriver)?;
        for browser in Browser::here() {
            browsers::find(self, browser)?;
        }
        Ok(())
    }

    fn missing_packages(&self) -> Vec<&'static str> {
        let mut missing = if wasm::needs_packages(self) { wasm::PACKAGES.to_vec() } else { Vec::new() };
        for browser in Browser::here() {
            missing.extend(browsers::missing(browser));
        }
        missing.extend(services::missing(services::LIGHT));
        missing
    }

    /// Locks the cache against other runs while something is installed into it.
    fn lock(&self) -> Result<std::fs::File> {
        lock::hold(&self.cache, "lock", "another `cargo xtask` to finish its set-up")
    }
}

/// These would make a private toolchain's cargo use another one.
const TOOLCHAIN_CHOICES: [&str; 4] = ["RUSTUP_TOOLCHAIN", "LD_LIBRARY_PATH", "RUSTC", "RUSTDOC"];

/// `cargo xtask setup`.
pub fn run(env: &Env) -> Result<()> {
    env.provide_all()?;
    println!("Ready: `cargo xtask test` runs the tests, `cargo xtask demo` shows the product.");
    Ok(())
}

/// `cargo xtask env`: prints the environment with which plain `cargo` and `wasm-pack` build for wasm32.
pub fn print_env(env: &Env) -> Result<()> {
    let path = env.wasm_path(env.toolchain()?)?;
    let unset: &[&str] =
        if matches!(env.toolchain()?, Toolchain::Private(_)) { &TOOLCHAIN_CHOICES } else { &[] };
    println!("{}", assignments(&path.to_string_lossy(), unset, cfg!(windows)));
    Ok(())
}

/// Returns the commands that set PATH and remove other variables: for PowerShell on Windows, otherwise for `sh`.
fn assignments(path: &str, unset: &[&str], windows: bool) -> String {
    let mut lines = if windows {
        vec![format!("$env:PATH = '{}'", path.replace('\'', "''"))]
    } else {
        vec![format!("export PATH='{}'", path.replace('\'', r"'\''"))]
    };
    lines.extend(unset.iter().map(|name| {
        if windows { format!("Remove-Item -ErrorAction Ignore Env:{name}") } else { format!("unset {name}") }
    }));
    lines.join("\n")
}

fn inherited_from_cargo(name: &std::ffi::OsStr) -> bool {
    let Some(name) = name.to_str() else { return false };
    matches!(name, "CARGO" | "LD_LIBRARY_PATH" | "RUST_RECURSION_COUNT" | "CARGO_PRIMARY_PACKAGE")
        || ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"].iter().any(|p| name.starts_with(p))
}

/// Returns the path of a program, or its name if PATH does not have it.
fn locate(program: &str, path: &OsStr) -> PathBuf {
    proc::which_in(path, program).unwrap_or_else(|| program.into())
}

fn workspace_root() -> Result<PathBuf> {
    let start = match std::env::var_os("CARGO_MANIFEST_DIR") {
        Some(dir) => PathBuf::from(dir),
        None => std::env::current_dir().advise("finding the current folder", "Change into the workspace.")?,
    };
    start
        .ancestors()
        .find(|dir| dir.join("xtask/Cargo.toml").is_file())
        .map(Path::to_owned)
        .ok_or_else(|| Error::new("this is not the workspace", "Run `cargo xtask` inside the repository."))
}

fn cache_dir() -> Result<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    set("XDG_CACHE_HOME")
        .or_else(|| set("LOCALAPPDATA"))
        .or_else(|| set("HOME").map(|home| home.join(".cache")))
        .map(|dir| dir.join("steady-websocket"))
        .ok_or_else(|| Error::new("no place for a cache", "Set HOME or XDG_CACHE_HOME."))
}

/// Returns whether this process may install packages.
fn is_root() -> bool {
    #[cfg(unix)]
    return rustix::process::geteuid().is_root();
    #[cfg(not(unix))]
    false
}

/// Returns whether a version like `1.96.0` is at least `1.95`.
fn at_least(version: &str, wanted: &str) -> bool {
    let parts = |v: &str| v.split(['.', '-']).map_while(|p| p.parse::<u32>().ok()).collect::<Vec<_>>();
    parts(version) >= parts(wanted)
}

/// Returns one field of `rustc -vV`.
fn rustc_field(rustc: &Path, field: &str) -> Option<String> {
    let text = proc::ask(Command::new(rustc).arg("-vV"))?;
    text.lines().find_map(|l| l.strip_prefix(field)?.strip_prefix(": ").map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_is_in_the_language_of_the_systems_shell() {
        let lines = |path, windows| assignments(path, &["RUSTC"], windows);
        assert_eq!(lines("/it's/bin:/bin", false), "export PATH='/it'\\''s/bin:/bin'\nunset RUSTC");
        let expected = "$env:PATH = 'C:\\it''s;D:\\'\nRemove-Item -ErrorAction Ignore Env:RUSTC";
        assert_eq!(lines(r"C:\it's;D:\", true), expected);
    }

    #[test]
    fn versions_compare_by_number() {
        assert!(at_least("1.100.0", "1.95"));
        assert!(at_least("1.95.0", "1.95"));
        assert!(!at_least("1.63.0", "1.95"));
    }
}
