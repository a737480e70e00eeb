//! The command line.

use std::path::PathBuf;

/// The flags of `cargo xtask herd`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// How many sockets.
    pub sockets: usize,
    /// For how many seconds the server is down in the outage.
    pub seconds: u64,
    /// The seed.
    pub seed: u64,
    /// The file for the picture.
    pub svg: Option<PathBuf>,
    /// The file for the numbers.
    pub json: Option<PathBuf>,
    /// Whether to run 500 sockets in a browser instead.
    pub real: bool,
}

/// The usage text.
pub const USAGE: &str = "\
herd [--sockets N] [--seconds S] [--seed X] [--svg FILE] [--json FILE] [--real]
  --sockets N   how many come back (1000000; 500 with --real)
  --seconds S   how long the server is down in the outage (30; 10 with --real)
  --seed X      another world, as reproducible (1)
  --svg FILE    draws attempts per second
  --json FILE   writes every number
  --real        sockets in a real browser against the fault server, compared with as many simulated ones";

impl Options {
    /// Parses the arguments, or returns what is wrong with them.
    pub fn parse(args: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let (mut sockets, mut seconds, mut seed) = (None, None, 1);
        let (mut svg, mut json, mut real) = (None, None, false);
        let mut args = args.into_iter();
        while let Some(flag) = args.next() {
            let mut value = || args.next().ok_or(format!("{flag} wants a value"));
            match flag.as_str() {
                "--sockets" => sockets = Some(within(&value()?, 1, 5_000_000)? as usize),
                "--seconds" => seconds = Some(within(&value()?, 1, 600)?),
                "--seed" => seed = within(&value()?, 0, u64::MAX)?,
                "--svg" => svg = Some(value()?.into()),
                "--json" => json = Some(value()?.into()),
                "--real" => real = true,
                _ => return Err(format!("`herd` does not know `{flag}`")),
            }
        }
        let (all, down) = if real { (500, 10) } else { (1_000_000, 30) };
        Ok(Self { sockets: sockets.unwrap_or(all), seconds: seconds.unwrap_or(down), seed, svg, json, real })
    }
}

fn within(text: &str, low: u64, high: u64) -> Result<u64, String> {
    let number = text.parse().ok().filter(|number| (low..=high).contains(number));
    number.ok_or(format!("`{text}` is not a number from {low} to {high}"))
}

#[cfg(test)]
mod tests {
    use super::Options;

    fn parse(line: &str) -> Result<Options, String> {
        Options::parse(line.split_whitespace().map(String::from))
    }

    #[test]
    fn has_defaults_and_bounds() {
        let plain = parse("").unwrap();
        assert_eq!((plain.sockets, plain.seconds, plain.real), (1_000_000, 30, false));
        let real = parse("--real --seconds 5").unwrap();
        assert_eq!((real.sockets, real.seconds), (500, 5));
        for wrong in ["--sockets", "--sockets 0", "--sockets x", "--seconds 601", "--what"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
