//! `cargo xtask random`: random lives of the JavaScript classes, as many as given. The work is done by
//! `tests/random`.

use std::process::Command;

use crate::build;
use crate::error::{Error, Result};
use crate::proc;
use crate::setup::Env;

const TAKES: &str = "It takes `--lives N` and `--seed S`, each a number.";
/// The number of lives without arguments: about twenty minutes.
const LIVES: &str = "1000000";

/// `cargo xtask random [--lives N] [--seed S]`
pub fn run(args: &[String], env: &Env) -> Result<()> {
    let wish = read(args)?;
    build::make(env)?;
    let outcome = proc::streamed(&mut node(env, &wish))?;
    if outcome.status.success() { Ok(()) } else { Err(Error::silent()) }
}

/// Returns the command of the driver. `pkg/` must have been built.
pub fn node(env: &Env, args: &[&str]) -> Command {
    let mut node = env.command("node");
    node.arg("tests/random/run.mjs").args(args);
    node
}

fn read(args: &[String]) -> Result<Vec<&str>> {
    if args.is_empty() {
        return Ok(vec!["--lives", LIVES]);
    }
    let mut wish = Vec::new();
    let mut args = args.iter();
    while let Some(flag) = args.next() {
        if flag != "--lives" && flag != "--seed" {
            return Err(Error::usage(format!("`random` has no argument `{flag}`"), TAKES));
        }
        let number = args.next().filter(|value| value.parse::<u32>().is_ok());
        let value = number.ok_or_else(|| Error::usage(format!("`{flag}` needs a number"), TAKES))?;
        wish.extend([flag.as_str(), value]);
    }
    Ok(wish)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_words(line: &str) -> Result<Vec<String>> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Ok(read(&words)?.into_iter().map(str::to_owned).collect())
    }

    #[test]
    fn a_plain_call_is_the_long_run() {
        assert_eq!(read_words("").unwrap(), ["--lives", LIVES]);
    }

    #[test]
    fn numbers_are_handed_on_and_nothing_unknown_is_taken() {
        assert_eq!(read_words("--seed 7").unwrap(), ["--seed", "7"]);
        assert_eq!(read_words("--lives 10 --seed 7").unwrap(), ["--lives", "10", "--seed", "7"]);
        assert!(read_words("--lives").is_err());
        assert!(read_words("--lives many").is_err());
        assert!(read_words("--fast 1").is_err());
    }
}
