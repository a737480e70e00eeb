//! Runs a program that tests in a browser, and runs it again if the browser never loads the tests.
//!
//! wasm-bindgen's runner serves the test page with few threads. If the browser's idle connections take them all, the
//! page waits for its script for ever.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, ExitCode, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use crate::error::{Advise, Error, Result};
use crate::proc::tree;

/// What the runner prints when it has started the browser.
const OPENED: &str = "Running headless tests in";
/// What the page says when it has its script.
const BEGUN: &str = "running ";
/// How long the one may be behind the other: ten times what a busy machine needs.
const PATIENCE: Duration = Duration::from_secs(30);
const TRIES: u32 = 8;

/// The name of the internal command by which this program calls itself.
pub const NAME: &str = "until-begun";

/// The arguments are a program's.
pub fn run(args: &[String]) -> Result<ExitCode> {
    let Some((program, args)) = args.split_first() else {
        return Err(Error::usage("no program given", "This command is for `cargo xtask test` itself."));
    };
    for attempt in 1..=TRIES {
        if let Some(code) = once(Command::new(program).args(args))? {
            return Ok(code);
        }
        println!(
            "The browser did not start the tests within {PATIENCE:?}: attempt {attempt} of {TRIES} failed."
        );
    }
    Err(Error::new(
        "the browser never got to the tests",
        "Run `cargo xtask test` again when the machine is less busy.",
    ))
}

fn once(command: &mut Command) -> Result<Option<ExitCode>> {
    let advice = "Run `cargo xtask setup`, then try again.";
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .advise("starting the tests", advice)?;
    let (tell, told) = channel();
    let ears = [
        child.stdout.take().map(|out| follow(out, tell.clone(), false)),
        child.stderr.take().map(|err| follow(err, tell, true)),
    ];
    let mut deadline: Option<Instant> = None;
    loop {
        let wait =
            deadline.map_or(Duration::from_secs(3600), |at| at.saturating_duration_since(Instant::now()));
        match told.recv_timeout(wait) {
            Ok(Said::Opened) => deadline = Some(Instant::now() + PATIENCE),
            Ok(Said::Begun) => deadline = None,
            Err(RecvTimeoutError::Timeout) if deadline.is_some() => {
                tree::end_one(child.id());
                let _ = child.wait();
                return Ok(None);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    for ear in ears.into_iter().flatten() {
        let _ = ear.join();
    }
    let status = child.wait().advise("waiting for the tests", advice)?;
    Ok(Some(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE }))
}

enum Said {
    Opened,
    Begun,
}

/// Prints the output of a program, and reports how far it is.
fn follow(
    from: impl Read + Send + 'static,
    tell: Sender<Said>,
    is_error: bool,
) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(|line| line.ok()) {
            if line.contains(OPENED) {
                let _ = tell.send(Said::Opened);
            } else if line.starts_with(BEGUN) {
                let _ = tell.send(Said::Begun);
            }
            // Goes on if standard output is closed.
            let _ = if is_error {
                writeln!(std::io::stderr(), "{line}")
            } else {
                writeln!(std::io::stdout(), "{line}")
            };
        }
    })
}
