//! The table of suites. To add one, add an entry.

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

/// What makes a program's memory one that threads share, as wasm-bindgen wants it.
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
    Suite { name: "network", browser: None, server: false, commands: network, count: count::node },
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
    cargo.args(["test", "--workspace", "--features", "steady-websocket/network", "--no-fail-fast"]);
    // Of the Rust shell, driven at random; plain `cargo test` lives some. About a minute.
    cargo.env("STEADY_LIVES", "1000000");
    Ok(vec![cargo])
}

/// The documents, except their examples: JavaScript is in `packaging`, Rust in `native`.
fn docs(env: &Env) -> Result<Vec<Command>> {
    let mut node = env.command("node");
    node.args(["--test", "tests/docs/all.test.mjs"]);
    Ok(vec![node])
}

/// The members that run in a page; the others are programs for this machine, or have no tests of a page.
fn in_browser(env: &Env, browser: Browser) -> Result<Vec<Command>> {
    let mut cargo = env.wasm("cargo")?;
    cargo.args(["test", "--target", "wasm32-unknown-unknown", "--tests", "--no-fail-fast", "--workspace"]);
    cargo.args(["--features", CODECS]);
    for elsewhere in [
        "xtask",
        "steady-test-server",
        "steady-bench",
        "steady-faults-app",
        "steady-interop-server",
        "steady-session",
    ] {
        cargo.args(["--exclude", elsewhere]);
    }
    Ok(vec![in_pages(cargo, env, browser)?])
}

/// The Rust API in a program whose memory threads share. The browser's own `send` takes nothing from there.
fn atomics(env: &Env) -> Result<Vec<Command>> {
    let mut cargo = env.wasm_with_std(SHARED)?;
    cargo.args(["test", "--target", "wasm32-unknown-unknown", "--target-dir", "target/atomics"]);
    cargo.args(["--features", CODECS, "--no-fail-fast"]);
    cargo.args(
        ["shared_memory", "rust_api", "in_dedicated_worker"].into_iter().flat_map(|file| ["--test", file]),
    );
    Ok(vec![in_pages(cargo, env, Browser::Chromium)?])
}

/// Has cargo run what it builds in pages of that browser.
fn in_pages(mut cargo: Command, env: &Env, browser: Browser) -> Result<Command> {
    let driven = browsers::find(env, browser)?;
    let runner = format!("{} {} wasm-bindgen-test-runner", this_program()?, begun::NAME);
    cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", runner);
    // The JavaScript classes have suites of their own. Here they would be a dozen more files for the runner to serve,
    // and each page that loads many at once may hang (see `begun`).
    cargo.env("STEADY_NPM", "0");
    Ok(driven.drive(cargo, env))
}

/// The command that users of wasm-pack know works too.
fn wasm_pack(env: &Env) -> Result<Vec<Command>> {
    browsers::find(env, Browser::Chromium)?;
    let mut wasm_pack = env.wasm(&this_program()?)?;
    // One file of tests is enough: the suites above have run all of them.
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

/// The matrix of faults, a few runs of each row, and the loads in short.
fn faulty(env: &Env) -> Result<Vec<Command>> {
    package(env)?;
    let mut matrix = faults::node(env, Browser::Chromium, "run.mjs")?;
    matrix.args(["--runs", "4", "--brief"]);
    Ok(vec![matrix, faults::node(env, Browser::Chromium, "load.mjs")?])
}

/// How page lifecycle events affect a socket.
fn lifecycle(env: &Env) -> Result<Vec<Command>> {
    package(env)?;
    Ok(vec![faults::node(env, Browser::Chromium, "lifecycle.mjs")?])
}

/// Random lives of the JavaScript classes, always the same, so that a new failure is caused by a change.
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

/// The entry `steady-websocket/network` in Node; the classes' suites run it in pages, `packaging` in other runtimes.
fn network(env: &Env) -> Result<Vec<Command>> {
    package(env)?;
    let mut node = env.command("node");
    node.args(["--test", "tests/network/network.test.mjs"]);
    Ok(vec![node])
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
