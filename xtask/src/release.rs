//! `cargo xtask release`: packs everything that is published, tries it outside the workspace, and starts the release.
//!
//! Publishing itself happens in CI, on the tag that this command pushes.

mod compatible;
mod ready;
mod stage;
mod version;

use std::io::{BufRead, IsTerminal, Write};
use std::process::Command;

use crate::crates;
use crate::error::{Advise, Error, Result};
use crate::proc;
use crate::setup::Env;

/// The version of every package: `workspace.package.version` in Cargo.toml.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// `cargo xtask release [--dry-run]`
pub fn run(args: &[String], env: &Env) -> Result<()> {
    let dry = match args {
        [] => false,
        [flag] if flag == "--dry-run" => true,
        [other, ..] => {
            let other = if other == "--dry-run" { args.get(1).unwrap_or(other) } else { other };
            let what = format!("`release` has no argument `{other}`");
            return Err(Error::usage(what, "It takes `--dry-run` or nothing."));
        }
    };
    let last = ready::check(env)?;
    if !dry {
        ready::dated(env)?;
    }
    if let Some(last) = last {
        compatible::check(env, &last)?;
    }
    let staged = stage::pack(env)?;
    stage::rehearse(env, &staged)?;
    println!("\n{}", staged.summary);
    if dry {
        println!("Everything is ready. `cargo xtask release` without --dry-run starts the release.");
        return Ok(());
    }
    start(env)
}

/// The commands that start the release, in order.
fn commands() -> [Vec<String>; 2] {
    let tag = format!("v{VERSION}");
    let words = |line: &[&str]| line.iter().map(|&word| word.to_owned()).collect();
    [
        words(&["git", "tag", "--annotate", &tag, "--message", &format!("Release {VERSION}")]),
        words(&["git", "push", "origin", &tag]),
    ]
}

/// Returns the commands that CI runs on the tag.
fn in_ci() -> String {
    let packages: Vec<String> =
        crates::PUBLISHED.iter().map(|one| format!("--package {}", one.name)).collect();
    format!("cargo publish {}\nnpm publish ./pkg --provenance", packages.join(" "))
}

/// Shows the commands, asks, and runs them.
fn start(env: &Env) -> Result<()> {
    println!("\nThese commands start the release:\n");
    for line in commands() {
        println!("{}", line.join(" "));
    }
    println!("\nOn the tag, CI publishes with:\n\n{}\n", in_ci());
    if !std::io::stdin().is_terminal() {
        let what = "nobody can be asked: standard input is not a terminal";
        return Err(Error::new(what, "Run it in a terminal, or run the commands above yourself."));
    }
    print!("Type {VERSION} to run them: ");
    let asking = "asking whether to go on";
    std::io::stdout().flush().advise(asking, "Run it in a terminal.")?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).advise(asking, "Run it in a terminal.")?;
    if answer.trim() != VERSION {
        return Err(Error::new("nothing was done", format!("Type {VERSION} to start the release.")));
    }
    for line in commands() {
        let Some((program, words)) = line.split_first() else { continue };
        let mut command: Command = env.command(program);
        let advice =
            "Remove the tag with `git tag --delete` if it was made, mend what git reports, and try again.";
        proc::step(&line.join(" "), command.args(words), advice)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ci_publishes_with_the_commands_that_are_shown() {
        let workflow = include_str!("../../.github/workflows/ci.yml");
        for line in in_ci().lines() {
            assert!(workflow.contains(line), "{line}");
        }
    }
}
