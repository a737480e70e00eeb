//! The command line.

use std::path::PathBuf;

/// The text of `--help` and of errors.
pub const USAGE: &str = "\
usage: steady-test-server [--port P] [--control-port P] [--www DIR]... [--mount /PREFIX=DIR]...
                          [--max-connections N] [--isolate] [--with-parent]

  --port P              WebSocket port (0, the default: any free one)
  --control-port P      control and file port (0, the default: any free one)
  --www DIR             serve DIR under /; repeated, the first that has the file wins
  --mount /PREFIX=DIR   serve DIR under /PREFIX/
  --max-connections N   TCP connections held at once (default 4096)
  --isolate             send COOP and COEP with files, so that pages are cross-origin isolated
  --with-parent         end when standard input closes";

/// The parsed command line.
#[derive(Debug, PartialEq, Eq)]
pub struct Args {
    /// Wanted WebSocket port; 0 for any.
    pub port: u16,
    /// Wanted control port; 0 for any.
    pub control_port: u16,
    /// URL prefix (without a trailing slash) and the directory served under it.
    pub mounts: Vec<(String, PathBuf)>,
    /// TCP connections accepted at the same time.
    pub max_connections: usize,
    /// Whether pages are cross-origin isolated.
    pub isolate: bool,
    /// Whether the end of standard input ends the server.
    pub with_parent: bool,
}

/// Why the server does not start.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// `--help` was asked for.
    Help,
    /// The command line is wrong, and how.
    Wrong(String),
}

impl Args {
    /// Parses the arguments after the program's name.
    pub fn parse(words: impl IntoIterator<Item = String>) -> Result<Self, Refusal> {
        let mut args = Self {
            port: 0,
            control_port: 0,
            mounts: Vec::new(),
            max_connections: 4096,
            isolate: false,
            with_parent: false,
        };
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            let (flag, glued) = match word.split_once('=') {
                Some((flag, value)) if flag.starts_with("--") => (flag.to_owned(), Some(value.to_owned())),
                _ => (word, None),
            };
            if glued.is_some() && matches!(flag.as_str(), "--isolate" | "--with-parent" | "--help") {
                return Err(Refusal::Wrong(format!("{flag} takes no value")));
            }
            let mut value = || {
                glued
                    .clone()
                    .or_else(|| words.next())
                    .ok_or_else(|| Refusal::Wrong(format!("{flag} needs a value")))
            };
            match flag.as_str() {
                "--port" => args.port = number(&flag, &value()?)?,
                "--control-port" => args.control_port = number(&flag, &value()?)?,
                "--max-connections" => args.max_connections = number(&flag, &value()?)?,
                "--www" => args.mounts.push((String::new(), PathBuf::from(value()?))),
                "--mount" => args.mounts.push(mount(&value()?)?),
                "--isolate" => args.isolate = true,
                "--with-parent" => args.with_parent = true,
                "--help" | "-h" => return Err(Refusal::Help),
                _ => return Err(Refusal::Wrong(format!("unknown argument {flag}"))),
            }
        }
        Ok(args)
    }
}

fn number<T: std::str::FromStr>(flag: &str, value: &str) -> Result<T, Refusal> {
    value.parse().map_err(|_| Refusal::Wrong(format!("{flag}: {value} is not a number in range")))
}

fn mount(value: &str) -> Result<(String, PathBuf), Refusal> {
    match value.split_once('=') {
        Some((prefix, dir)) if prefix.starts_with('/') && !dir.is_empty() => {
            Ok((prefix.trim_end_matches('/').to_owned(), PathBuf::from(dir)))
        }
        _ => Err(Refusal::Wrong(format!("--mount: {value} is not /PREFIX=DIR"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Args, Refusal> {
        Args::parse(words.iter().map(|&word| word.to_owned()))
    }

    #[test]
    fn values_may_be_glued_or_apart() {
        let args = parse(&["--port", "8000", "--control-port=8001", "--mount=/pkg=out/pkg"]).unwrap();
        assert_eq!((args.port, args.control_port), (8000, 8001));
        assert_eq!(args.mounts, [("/pkg".to_owned(), PathBuf::from("out/pkg"))]);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (words, said) in [
            (&["--prot", "1"][..], "unknown argument --prot"),
            (&["--port"], "--port needs a value"),
            (&["--port", "70000"], "--port: 70000 is not a number in range"),
            (&["--mount", "pkg"], "--mount: pkg is not /PREFIX=DIR"),
            (&["--isolate=no"], "--isolate takes no value"),
        ] {
            assert_eq!(parse(words), Err(Refusal::Wrong(said.to_owned())));
        }
    }
}
