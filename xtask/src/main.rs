//! Every developer command of this repository: `cargo xtask <command>`.

mod api;
mod bench;
mod build;
mod check;
mod crates;
mod demo;
mod error;
mod faults;
mod herd;
mod interop;
mod lock;
mod mutants;
mod proc;
mod progress;
mod random;
mod release;
mod setup;
mod site;
mod test;
mod wpt;

use std::process::ExitCode;

use error::{Error, Result};
use setup::Env;

/// One command: its name, its arguments, its description, and its function.
struct Command {
    name: &'static str,
    /// `None` if it takes none. Otherwise the command itself rejects unknown arguments.
    args: &'static str,
    does: &'static str,
    run: fn(&[String], &Env) -> Result<()>,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "demo",
        args: "[--port N]",
        does: "builds pkg/, starts the fault server and the demo page, prints the address",
        run: demo::run,
    },
    Command {
        name: "site",
        args: "",
        does: "builds the demo page into target/site, for any static host; it emulates server and network",
        run: |_, env| site::run(env),
    },
    Command {
        name: "test",
        args: "[--browser chromium|firefox|webkit] [--only SUITE]…",
        does: "runs all tests, or some suites",
        run: test::run,
    },
    Command { name: "build", args: "", does: "builds pkg/, ready for npm publish", run: build::run },
    Command {
        name: "herd",
        args: "[--sockets N] [--seconds S] [--seed X] [--svg FILE] [--json FILE] [--real]",
        does: "reconnects a million sockets at once in virtual time, ours and other libraries",
        run: herd::run,
    },
    Command {
        name: "faults",
        args: "[--browser NAME] [--runs N] [--only REGEX] [--lanes N] [--seed X] [--json FILE] [--load]",
        does: "10,000 network faults in a real browser, ours and other libraries; --load: throughput",
        run: faults::run,
    },
    Command {
        name: "bench",
        args: "[--browser chromium|firefox] [--only REGEX] [--rounds N] [--percent N] [--quick] [--resume]",
        does: "measures speed, size and growth, ours and other libraries",
        run: bench::run,
    },
    Command {
        name: "interop",
        args: "[--peer NAME] [--class NAME] [--only REGEX] | --rounds N",
        does: "one conversation with independent servers, such as Tomcat; nodes behind nginx, killed under load",
        run: interop::run,
    },
    Command {
        name: "check",
        args: "",
        does: "formatting, lints, docs, dependencies, sizes, public APIs, API reference; no browser",
        run: |_, env| check::run(env),
    },
    Command {
        name: "api",
        args: "",
        does: "writes the public APIs of the crates and of the npm package into api, which check compares",
        run: |_, env| api::write(env),
    },
    Command {
        name: "mutants",
        args: "[--all] [--file NAME]…",
        does: "mutation testing of the core and the Rust shell",
        run: mutants::run,
    },
    Command {
        name: "random",
        args: "[--lives N] [--seed S]",
        does: "random lives of the JavaScript classes over virtual native sockets; --seed alone shows one life",
        run: random::run,
    },
    Command {
        name: "release",
        args: "[--dry-run]",
        does: "packs all packages, tries them in fresh projects, then asks and pushes the tag that CI publishes",
        run: release::run,
    },
    Command {
        name: "wpt",
        args: "--suite DIR [--class CLASS] [--only REGEX] [--json FILE] [--jobs N]",
        does: "runs a checkout of web-platform-tests with the native class, ours and the emulated one",
        run: wpt::run,
    },
    Command {
        name: "setup",
        args: "",
        does: "installs what is missing: wasm toolchain, tools, browsers",
        run: |_, env| setup::run(env),
    },
    Command {
        name: "env",
        args: "",
        does: "prints the environment for wasm32: eval \"$(cargo xtask env)\"",
        run: |_, env| setup::print_env(env),
    },
];

fn main() -> ExitCode {
    proc::guard();
    let args: Vec<String> = std::env::args().skip(1).collect();
    let mut code = ExitCode::SUCCESS;
    let outcome = match args.split_first() {
        Some((name, rest)) if name == test::begun::NAME => test::begun::run(rest).map(|ended| code = ended),
        _ => dispatch(&args),
    };
    proc::tree::end_all(&[]);
    proc::tree::reap();
    proc::remove_leftovers();
    let Err(error) = outcome else { return code };
    if !error.is_silent() {
        eprintln!("\n{error}");
    }
    if error.is_usage() {
        usage();
        return ExitCode::from(2);
    }
    ExitCode::FAILURE
}

fn dispatch(args: &[String]) -> Result<()> {
    let Some((name, rest)) = args.split_first() else {
        return Err(Error::usage("no command given", "Choose one of these."));
    };
    let Some(command) = COMMANDS.iter().find(|c| c.name == name) else {
        return Err(Error::usage(format!("no command `{name}`"), "Choose one of these."));
    };
    if let (true, Some(extra)) = (command.args.is_empty(), rest.first()) {
        return Err(Error::usage(format!("`{name}` has no argument `{extra}`"), "It takes no arguments."));
    }
    (command.run)(rest, &Env::find()?)
}

fn usage() {
    eprintln!("\ncargo xtask <command>\n");
    for command in COMMANDS {
        eprintln!("  {:<6} {}", command.name, command.does);
        if !command.args.is_empty() {
            eprintln!("  {:<6}   {}", "", command.args);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns what is printed after a wrong command: what was wrong, and the usage.
    #[test]
    fn wrong_commands_are_explained() {
        let texts = [
            ("", "no command given\nChoose one of these."),
            ("dance", "no command `dance`\nChoose one of these."),
            ("build --fast", "`build` has no argument `--fast`\nIt takes no arguments."),
            ("check --fast", "`check` has no argument `--fast`\nIt takes no arguments."),
            ("demo --port x", "no port `x`\nPorts are 0 to 65535."),
            ("demo --fast", "`demo` has no argument `--fast`\nIt takes `--port N` or nothing."),
            (
                "test --fast",
                "`test` has no argument `--fast`\nIt takes --browser and --only, each with a value.",
            ),
            ("test --browser ie", "no browser `ie`\nThe browsers are chromium, firefox and webkit."),
            (
                "test --only webkit --browser firefox",
                "nothing fits both --browser and --only\nLeave one of them out.",
            ),
            (
                "random --lives",
                "`--lives` needs a number\nIt takes `--lives N` and `--seed S`, each a number.",
            ),
            (
                "interop --rounds many",
                "`interop` has no argument `--rounds many`\nIt takes --peer, --class, --only, each with a value, or `--rounds N` alone.",
            ),
            (
                "mutants --file src/lib.rs",
                "no `src/lib.rs` in what is mutated\nSuch as `--file src/core/flow.rs`.",
            ),
            ("release --fast", "`release` has no argument `--fast`\nIt takes `--dry-run` or nothing."),
            ("release --dry-run x", "`release` has no argument `x`\nIt takes `--dry-run` or nothing."),
            (
                "bench --fast",
                "`bench` has no argument `--fast`\nIt knows --browser, --only, --rounds, --percent, --quick and --resume.",
            ),
        ];
        for (line, text) in texts {
            let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            let error = dispatch(&args).unwrap_err();
            assert!(error.is_usage(), "{line}");
            assert_eq!(error.to_string(), text, "{line}");
        }
    }
}
