//! The table of suites. To add one, add an entry.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Suite, begun, count};
use crate::build;
use crate::error::{Advise, Result};
use crate::faults;
use crate::interop;
use crate::random;
use crate::setup::{Browser, Env, browsers, npm, services};
use crate::site;

/// Folders of the packages whose tests run in a page.
pub const PAGES: &[&str] = &[".", "integrations/yew", "integrations/leptos"];

/// Flags that make a program's memory shared between threads, as wasm-bindgen expects.
const SHARED: &[&str] = &[
    "-Ctarget-feature=+atomics,+bulk-memory,+mutable-globals",
    "-Clink-arg=--shared-memory",
    "-Clink-arg=--max-memory=1073741824",
    "-Clink-arg=--import-memory",
    "-Clink-arg=--export=__wasm_init_tls",
    "-Clink-arg=--export=__tls_size",
    "-Clink-arg=--export=__tls_align",
    "-Clink-arg=--export=__tls_base",
];

/// The codecs of the Rust API: each is tested.
const CODECS: &str = "steady-websocket/json,steady-websocket/js-json,steady-websocket/msgpack";

/// Every suite, in the order they run: quick and native first.
pub const SUITES: &[Suite] = &[
    Suite { name: "native", browser: None, server: true, commands: native, count: count::libtest },
    // The commands that it runs start their own servers, which must not be rebuilt at the same time.
    Suite { name: "docs", browser: None, server: true, commands: docs, count: count::node },
    Suite {
        name: "chromium",
        browser: Some(Browser::Chromium),
        server: true,
        commands: |env| in_browser(env, Browser::Chromium),
        count: count::libtest,
    },
    Suite {
        name: "firefox",
        browser: Some(Browser::Firefox),
        server: true,
        commands: |env| in_browser(env, Browser::Firefox),
        count: count::libtest,
    },
    Suite {
        name: "webkit",
        browser: Some(Browser::Webkit),
        server: true,
        commands: |env| in_browser(env, Browser::Webkit),
        count: count::libtest,
    },
    Suite {
        name: "atomics",
        browser: Some(Browser::Chromium),
        server: true,
        commands: atomics,
        count: count::libtest,
    },
    Suite {
        name: "wasm-pack",
        browser: Some(Browser::Chromium),
        server: true,
        commands: wasm_pack,
        count: count::libtest,
    },
    Suite {
        name: "server",
        browser: None,
        server: false,
        commands: |env| Ok(vec![server(env)?]),
        count: count::libtest,
    },
    Suite { name: "network", browser: None, server: false, commands: network, count: count::node },
    Suite { name: "session", browser: None, server: false, commands: session, count: count::node },
    Suite {
        name: "session-chromium",
        browser: Some(Browser::Chromium),
        server: false,
        commands: |env| session_in(env, Browser::Chromium),
        count: count::node,
    },
    Suite {
        name: "session-firefox",
        browser: Some(Browser::Firefox),
        server: false,
        commands: |env| session_in(env, Browser::Firefox),
        count: count::node,
    },
    Suite {
        name: "session-webkit",
        browser: Some(Browser::Webkit),
        server: false,
        commands: |env| session_in(env, Browser::Webkit),
        count: count::node,
    },
    Suite { name: "frameworks", browser: None, server: false, commands: frameworks, count: count::node },
    Suite {
        name: "apps-chromium",
        browser: Some(Browser::Chromium),
        server: true,
        commands: |env| apps(env, Browser::Chromium),
        count: count::node,
    },
    Suite {
        name: "apps-firefox",
        browser: Some(Browser::Firefox),
        server: true,
        commands: |env| apps(env, Browser::Firefox),
        count: count::node,
    },
    Suite { name: "random-js", browser: None, server: false, commands: random_js, count: count::node },
    Suite {
        name: "js-chromium",
        browser: Some(Browser::Chromium),
        server: true,
        commands: |env| classes(env, Browser::Chromium),
        count: count::node,
    },
    Suite {
        name: "js-firefox",
        browser: Some(Browser::Firefox),
        server: true,
        commands: |env| classes(env, Browser::Firefox),
        count: count::node,
    },
    Suite {
        name: "js-webkit",
        browser: Some(Browser::Webkit),
        server: true,
        commands: |env| classes(env, Browser::Webkit),
        count: count::node,
    },
    Suite {
        name: "demo-chromium",
        browser: Some(Browser::Chromium),
        server: true,
        commands: |env| demo(env, Browser::Chromium),
        count: count::node,
    },
    Suite {
        name: "demo-firefox",
        browser: Some(Browser::Firefox),
        server: true,
        commands: |env| demo(env, Browser::Firefox),
        count: count::node,
    },
    Suite {
        name: "demo-webkit",
        browser: Some(Browser::Webkit),
        server: true,
        commands: |env| demo(env, Browser::Webkit),
        count: count::node,
    },
    Suite {
        name: "packaging",
        browser: Some(Browser::Chromium),
        server: true,
        commands: packaging,
        count: count::node,
    },
    Suite {
        name: "clients-chromium",
        browser: Some(Browser::Chromium),
        server: false,
        commands: |env| peers(env, Browser::Chromium, "clients", &["mosquitto"]),
        count: count::node,
    },
    Suite {
        name: "clients-firefox",
        browser: Some(Browser::Firefox),
        server: false,
        commands: |env| peers(env, Browser::Firefox, "clients", &["mosquitto"]),
        count: count::node,
    },
    Suite {
        name: "proxy",
        browser: Some(Browser::Chromium),
        server: true,
        commands: |env| peers(env, Browser::Chromium, "proxy", &["nginx"]),
        count: count::node,
    },
    Suite {
        name: "interop",
        browser: Some(Browser::Chromium),
        server: false,
        commands: interop::light,
        count: count::node,
    },
    Suite {
        name: "faults",
        browser: Some(Browser::Chromium),
        server: false,
        commands: faulty,
        count: count::node,
    },
    Suite {
        name: "lifecycle",
        browser: Some(Browser::Chromium),
        server: false,
        commands: lifecycle,
        count: count::node,
    },
];

/// Unit tests, integration tests and doc tests of every member.
fn native(env: &Env) -> Result<Vec<Command>> {
    // Decodes the captures of `network`.
    services::provide(&["tshark"])?;
    let mut cargo = env.cargo();
    cargo.args([
        "test",
        "--workspace",
        "--features",
        "steady-websocket/network,steady-websocket/session",
        "--no-fail-fast",
    ]);
    // The Rust shell, driven at random; plain `cargo test` runs fewer lives. About a minute.
    cargo.env("STEADY_LIVES", "1000000");
    Ok(vec![cargo])
}

/// The documents, except their examples: JavaScript is in `packaging`, Rust in `native`.
fn docs(env: &Env) -> Result<Vec<Command>> {
    let mut node = env.command("node");
    node.args(["--test", "tests/docs/all.test.mjs"]);
    Ok(vec![node])
}

/// The members whose tests run in a page.
fn in_browser(env: &Env, browser: Browser) -> Result<Vec<Command>> {
    let mut cargo = env.wasm("cargo")?;
    cargo.args(["test", "--target", "wasm32-unknown-unknown", "--tests", "--no-fail-fast", "--workspace"]);
    cargo.args(["--features", CODECS, "--features", "steady-websocket/session"]);
    for elsewhere in [
        "xtask",
        "steady-test-server",
        "steady-bench",
        "steady-bench-session",
        "steady-faults-app",
        "steady-faults-server",
        "steady-interop-server",
        "steady-session",
        "steady-websocket-server",
    ] {
        cargo.args(["--exclude", elsewhere]);
    }
    Ok(vec![in_pages(cargo, env, browser)?])
}

/// The Rust API in a program with shared memory, from which the browser's own `send` takes no views.
fn atomics(env: &Env) -> Result<Vec<Command>> {
    let mut cargo = env.wasm_with_std(SHARED)?;
    cargo.args(["test", "--target", "wasm32-unknown-unknown", "--target-dir", "target/atomics"]);
    cargo.args(["--features", CODECS, "--no-fail-fast"]);
    cargo.args(
        ["shared_memory", "rust_api", "in_dedicated_worker"].into_iter().flat_map(|file| ["--test", file]),
    );
    Ok(vec![in_pages(cargo, env, Browser::Chromium)?])
}

/// Makes cargo run its test programs in pages of that browser.
fn in_pages(mut cargo: Command, env: &Env, browser: Browser) -> Result<Command> {
    let driven = browsers::find(env, browser)?;
    let program = by_name(&mut cargo, Path::new(&this_program()?))?;
    let runner = format!("{program} {} wasm-bindgen-test-runner", begun::NAME);
    cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", runner);
    // The JavaScript classes have suites of their own. Here they would add a dozen files for the runner to serve, and
    // a page that loads many at once may hang (see `begun`).
    cargo.env("STEADY_NPM", "0");
    Ok(driven.drive(cargo, env))
}

/// Puts a program's folder on the PATH of a command and returns the program's name: cargo splits a runner at spaces, which
/// the path may have.
fn by_name(command: &mut Command, program: &Path) -> Result<String> {
    let set = command.get_envs().find(|(name, _)| *name == "PATH").and_then(|(_, value)| value);
    let path = set.map(OsStr::to_owned).or_else(|| std::env::var_os("PATH")).unwrap_or_default();
    let folders = program.parent().map(Path::to_owned).into_iter().chain(std::env::split_paths(&path));
    let joined = std::env::join_paths(folders)
        .advise("joining PATH", "Move the checkout: its path has a character that separates folders.")?;
    command.env("PATH", joined);
    Ok(program.file_name().unwrap_or_default().to_string_lossy().into_owned())
}

/// wasm-pack's own test command works too.
fn wasm_pack(env: &Env) -> Result<Vec<Command>> {
    browsers::find(env, Browser::Chromium)?;
    let mut wasm_pack = env.wasm(&this_program()?)?;
    // One test file is enough, because the suites above have run all of them.
    wasm_pack.args([begun::NAME, "wasm-pack", "test", "--headless", "--chrome", "--", "--test", "browser"]);
    Ok(vec![wasm_pack])
}

fn this_program() -> Result<String> {
    let path = std::env::current_exe().advise("finding this program", "Run `cargo xtask test` again.")?;
    Ok(path.to_string_lossy().into_owned())
}

/// Builds `pkg/` once for all suites. A failed build fails each of them, so that none tests an old package.
fn package(env: &Env) -> Result<()> {
    static BUILT: AtomicBool = AtomicBool::new(false);
    if !BUILT.load(Ordering::Relaxed) {
        build::make(env)?;
        BUILT.store(true, Ordering::Relaxed);
    }
    Ok(())
}

/// The fault matrix with a few runs of each row, and the load tests in short.
fn faulty(env: &Env) -> Result<Vec<Command>> {
    package(env)?;
    let mut matrix = faults::node(env, Browser::Chromium, "run.mjs")?;
    // Without Socket.IO, which takes longer than all others.
    matrix.args(["--runs", "4", "--brief", "--only", ": (?!socket)"]);
    Ok(vec![matrix, faults::node(env, Browser::Chromium, "load.mjs")?])
}

/// How page lifecycle events affect a socket.
fn lifecycle(env: &Env) -> Result<Vec<Command>> {
    package(env)?;
    Ok(vec![faults::node(env, Browser::Chromium, "lifecycle.mjs")?])
}

/// Random lives of the JavaScript classes with fixed seeds, so that a new failure is caused by a change.
fn random_js(env: &Env) -> Result<Vec<Command>> {
    package(env)?;
    Ok(vec![random::node(env, &["--lives", "100000", "--seed", "1"])])
}

/// The JavaScript classes: the native one runs the same cases beside ours.
fn classes(env: &Env, browser: Browser) -> Result<Vec<Command>> {
    let driven = browsers::find(env, browser)?;
    package(env)?;
    let mut node = env.command("node");
    node.arg("tests/browser/run.mjs").arg(browser.name());
    Ok(vec![driven.drive(node, env)])
}

/// The demo page: every button, plot and count, with the fault server and as static files. It serves both itself.
fn demo(env: &Env, browser: Browser) -> Result<Vec<Command>> {
    let driven = browsers::find(env, browser)?;
    npm::modules(env, "tests/demo")?;
    package(env)?;
    site::make(env)?;
    let mut node = env.command("node");
    node.arg("tests/demo/run.mjs").arg(browser.name());
    Ok(vec![driven.drive(node, env)])
}

/// The session server with every store. `native` runs what needs none.
pub fn server(env: &Env) -> Result<Command> {
    services::provide(&["nginx", "postgresql", "redis-server"])?;
    let mut cargo = env.cargo();
    cargo.args(["test", "--package", "steady-websocket-server", "--all-features", "--no-fail-fast"]);
    Ok(cargo)
}

/// The entry `steady-websocket/network` in Node, and the stories over it; the classes' suites run it in pages, `packaging`
/// in other runtimes.
fn network(env: &Env) -> Result<Vec<Command>> {
    package(env)?;
    let mut node = env.command("node");
    // The client of a peer that is silent gives up after a minute, which nobody waits for.
    node.args(["--test", "--test-force-exit"]);
    node.args(["tests/network/network.test.mjs", "tests/network/stories.test.mjs"]);
    Ok(vec![node])
}

/// Sessions: the client and the server of the npm package, over `ws`, in Node, Deno and Bun; nodes behind nginx.
fn session(env: &Env) -> Result<Vec<Command>> {
    services::provide(&["nginx", "redis-server"])?;
    Ok(vec![session_tests(env)?])
}

fn session_tests(env: &Env) -> Result<Command> {
    npm::modules(env, "tests/packaging")?;
    npm::modules(env, "tests/peers")?;
    package(env)?;
    let mut node = env.command("node");
    node.arg("tests/session/run.mjs");
    Ok(node)
}

/// The client in a page of that browser, with the server in Node.
fn session_in(env: &Env, browser: Browser) -> Result<Vec<Command>> {
    let driven = browsers::find(env, browser)?;
    let mut node = session_tests(env)?;
    node.arg(browser.name());
    Ok(vec![driven.drive(node, env)])
}

/// The network and its matchers in Vitest and Jest.
fn frameworks(env: &Env) -> Result<Vec<Command>> {
    npm::modules(env, "tests/frameworks")?;
    package(env)?;
    let mut node = env.command("node");
    node.args(["--test", "tests/frameworks/all.test.mjs"]);
    Ok(vec![node])
}

/// The guide's pages for UI frameworks, as apps over the packed tarball; Dioxus over the crate for hooks.
fn apps(env: &Env, browser: Browser) -> Result<Vec<Command>> {
    let driven = browsers::find(env, browser)?;
    npm::modules(env, "tests/apps")?;
    package(env)?;
    let mut node = env.wasm("node")?;
    node.arg("tests/apps/run.mjs").arg(browser.name());
    Ok(vec![driven.drive(node, env)])
}

/// The packed tarball in bundlers, runtimes and pages.
fn packaging(env: &Env) -> Result<Vec<Command>> {
    browsers::find(env, Browser::Chromium)?;
    npm::modules(env, "tests/packaging")?;
    // The guide's recipes use them.
    npm::modules(env, "tests/peers")?;
    services::provide(&["mosquitto"])?;
    package(env)?;
    let mut node = env.wasm("node")?;
    node.args(["--test", "tests/packaging/all.test.mjs"]);
    Ok(vec![node])
}

/// Independent servers and clients, with each class (`tests/peers`).
pub fn peers(env: &Env, browser: Browser, suite: &str, packages: &[&'static str]) -> Result<Vec<Command>> {
    let driven = browsers::find(env, browser)?;
    services::provide(packages)?;
    npm::modules(env, "tests/peers")?;
    package(env)?;
    let mut node = env.wasm("node")?;
    node.args(["tests/peers/run.mjs", suite, "--browser", browser.name()]);
    Ok(vec![driven.drive(node, env)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runner_in_a_folder_with_a_space_is_one_word() {
        let folder = std::env::temp_dir().join("a folder");
        let mut cargo = Command::new("cargo");
        cargo.env("PATH", std::env::join_paths(["first", "second"]).unwrap());
        assert_eq!(by_name(&mut cargo, &folder.join("xtask")).unwrap(), "xtask");
        let (_, path) = cargo.get_envs().find(|(name, _)| *name == "PATH").unwrap();
        let folders: Vec<_> = std::env::split_paths(path.unwrap()).collect();
        assert_eq!(folders, [folder.as_path(), Path::new("first"), Path::new("second")]);
    }
}
