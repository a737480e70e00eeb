//! The fault server, up for the length of one suite.
//!
//! A test page can read neither the environment nor a command line, and compiling the address in
//! would mean compiling anew for every run. But wasm-bindgen's test runner also serves the folder
//! of the package under test, so the address lies there as `test-server.json`, for a `fetch`.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use super::suites::PAGES;
use crate::error::{Advise, Error, Result};
use crate::proc::{self, tree};
use crate::setup::Env;

const FILE: &str = "test-server.json";

/// A running server; dropping it ends it.
pub struct Server {
    child: Child,
    /// The line it printed: JSON with its addresses.
    pub address: String,
    files: Vec<PathBuf>,
}

impl Server {
    /// Builds and starts the server on free ports.
    pub fn start(env: &Env) -> Result<Self> {
        let advice = "Run `cargo run -p steady-test-server` and read its output.";
        proc::step("building the test server", &mut build(env), advice)?;
        let mut child = command(env, &[]).spawn().advise("starting the test server", advice)?;
        let mut address = String::new();
        if let Some(out) = child.stdout.take() {
            let _ = BufReader::new(out).read_line(&mut address);
        }
        let files = PAGES.iter().map(|folder| env.root.join(folder).join(FILE)).collect();
        // Made before anything can fail, so that failing ends the child too.
        let server = Self { child, address: address.trim().to_owned(), files };
        if !server.address.starts_with('{') {
            return Err(Error::new("the test server did not say where it listens", advice));
        }
        for file in server.files.iter().filter(|f| f.parent().is_some_and(|dir| dir.is_dir())) {
            proc::remove_at_exit(file);
            std::fs::write(file, &server.address).advise(format!("writing {}", file.display()), advice)?;
        }
        Ok(server)
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        for file in &self.files {
            let _ = std::fs::remove_file(file);
        }
        tree::end_one(self.child.id());
        let _ = self.child.wait();
    }
}

/// Compiles the server.
pub fn build(env: &Env) -> Command {
    let mut cargo = env.cargo();
    cargo.args(["build", "--package", "steady-test-server"]);
    cargo
}

/// Where it lies, once built.
pub fn program(env: &Env) -> PathBuf {
    built(env, "steady-test-server")
}

/// Where a program of the workspace lies, once built.
pub fn built(env: &Env, package: &str) -> PathBuf {
    folder(env).join(format!("{package}{}", std::env::consts::EXE_SUFFIX))
}

/// Returns the folder that has all of them.
pub fn folder(env: &Env) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| env.root.join("target"), PathBuf::from);
    env.root.join(target).join("debug")
}

/// The server's program with further arguments, printing one line of JSON.
pub fn command(env: &Env, args: &[String]) -> Command {
    let mut server = env.command(&program(env).to_string_lossy());
    // It ends by itself when its standard input does: even if this process is killed outright.
    server.arg("--with-parent").args(args).stdin(Stdio::piped()).stdout(Stdio::piped());
    server
}
