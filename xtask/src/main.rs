//! Every developer command of this repository: `cargo xtask <command>`.

mod build;
mod error;
mod proc;
mod progress;
mod setup;

use std::process::ExitCode;

use error::Result;
use setup::Env;

/// One command: its name, the flags it knows, what it does, and how.
struct Command {
    name: &'static str,
    flags: &'static str,
    does: &'static str,
    run: fn(&[String], &Env) -> Result<()>,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "setup",
        flags: "",
        does: "brings what is missing: wasm toolchain, tools, browsers",
        run: |_, env| setup::run(env),
    },
    Command {
        name: "env",
        flags: "",
        does: "prints what a shell needs for wasm32: eval \"$(cargo xtask env)\"",
        run: |_, env| setup::print_env(env),
    },
    Command { name: "build", flags: "", does: "pkg/, ready for npm publish", run: build::run },
];

fn main() -> ExitCode {
    proc::guard();
    let args: Vec<String> = std::env::args().skip(1).collect();
    let Some((command, rest)) = choose(&args) else {
        usage();
        return ExitCode::from(2);
    };
    let outcome = Env::find().and_then(|env| (command.run)(rest, &env));
    proc::tree::end_all(&[]);
    proc::remove_leftovers();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\n{error}");
            ExitCode::FAILURE
        }
    }
}

/// The command that was asked for, if it exists and knows every flag given.
fn choose(args: &[String]) -> Option<(&'static Command, &[String])> {
    let (name, rest) = args.split_first()?;
    let command = COMMANDS.iter().find(|c| c.name == name)?;
    let known =
        |arg: &String| !arg.starts_with('-') || command.flags.split([' ', '[', ']']).any(|f| f == arg);
    let positional = command.flags.contains(char::is_uppercase);
    let fits = rest.iter().all(|arg| known(arg) && (positional || arg.starts_with('-')));
    fits.then_some((command, rest))
}

fn usage() {
    eprintln!("cargo xtask <command>\n");
    for command in COMMANDS {
        eprintln!("  {:<8} {}", command.name, command.does);
        if !command.flags.is_empty() {
            eprintln!("  {:<8}   {}", "", command.flags);
        }
    }
}
