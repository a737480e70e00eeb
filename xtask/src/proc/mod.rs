//! Running other programs: with output shown or captured, with a time limit, and ended with this process.

pub mod tree;

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::error::{Advise, Error, Result};
use crate::progress::Step;

/// Files and folders to remove when this process ends, in whatever way.
static LEFTOVERS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Set once a signal has arrived. After that, a child's exit status means nothing.
static STOPPING: AtomicBool = AtomicBool::new(false);

/// On Ctrl-C, a hang-up or `kill`, ends every child before this process ends.
pub fn guard() {
    tree::adopt_orphans();
    #[cfg(unix)]
    if let Ok(mut signals) = signal_hook::iterator::Signals::new([
        signal_hook::consts::SIGINT,
        signal_hook::consts::SIGTERM,
        signal_hook::consts::SIGHUP,
    ]) {
        std::thread::spawn(move || {
            if let Some(signal) = signals.forever().next() {
                STOPPING.store(true, Ordering::SeqCst);
                eprintln!("\nStopping: ending everything that was started.");
                tree::end_all(&[]);
                tree::reap();
                remove_leftovers();
                std::process::exit(128 + signal);
            }
        });
    }
}

/// Blocks for ever if this process was asked to stop; the signal's thread ends it.
pub fn hold_if_stopping() {
    while STOPPING.load(Ordering::SeqCst) {
        std::thread::park();
    }
}

/// Removes `path`, a file or a folder with its contents, when this process ends.
pub fn remove_at_exit(path: &Path) {
    LEFTOVERS.lock().unwrap_or_else(PoisonError::into_inner).push(path.to_owned());
}

/// Returns this run's folder for temporary files, created on first use. It is removed at the end: browsers and
/// drivers that are killed leave their profiles, which would fill the disk.
pub fn scratch() -> Result<PathBuf> {
    let folder = std::env::temp_dir().join(format!("steady-{}", std::process::id()));
    std::fs::create_dir_all(&folder)
        .advise("making a folder for temporary files", "Make room in the temporary folder.")?;
    remove_at_exit(&folder);
    Ok(folder)
}

/// Called once at the end.
pub fn remove_leftovers() {
    for path in LEFTOVERS.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
        let _ = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
    }
}

/// A program's output and exit status.
pub struct Outcome {
    /// How it ended.
    pub status: ExitStatus,
    /// Standard output and standard error, in the order they came.
    pub text: String,
}

/// Returns the standard output of a program, or `None` if it is missing or fails.
pub fn ask(command: &mut Command) -> Option<String> {
    let out = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    out.status.success().then(|| String::from_utf8_lossy(&out.stdout).trim().to_owned())
}

/// Runs a program as a step, showing its output only when it fails.
pub fn step(label: &str, command: &mut Command, advice: &str) -> Result<()> {
    bounded_step(label, command, None, advice)
}

/// The same, with a time limit.
pub fn bounded_step(label: &str, command: &mut Command, limit: Option<Duration>, advice: &str) -> Result<()> {
    let shown = Arc::new(Step::start(label));
    let watching = Arc::clone(&shown);
    let outcome = run(command, limit, move |line| watching.detail(line));
    let finish = |ok: bool| {
        if let Some(step) = Arc::into_inner(shown) {
            if ok { step.done() } else { step.failed() }
        }
    };
    match outcome {
        Ok(o) if o.status.success() => {
            finish(true);
            Ok(())
        }
        Ok(o) => {
            finish(false);
            let tail: Vec<&str> = o.text.lines().rev().take(100).collect();
            let tail: Vec<&str> = tail.into_iter().rev().collect();
            Err(Error::new(format!("{}\n{label}: {}", tail.join("\n"), o.status), advice))
        }
        Err(e) => {
            finish(false);
            Err(Error::new(format!("{label}: {e}"), advice))
        }
    }
}

/// Runs a program, passing every line of its output to the terminal as it comes.
pub fn streamed(command: &mut Command) -> Result<Outcome> {
    if std::io::stdout().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    run(command, None, |line| println!("{line}"))
}

/// Runs a program to its end and calls `each` with every line.
pub fn run(
    command: &mut Command,
    limit: Option<Duration>,
    each: impl Fn(&str) + Send + Sync + 'static,
) -> Result<Outcome> {
    let name = command.get_program().to_string_lossy().into_owned();
    let advice = format!("Check that `{name}` is installed and can be run.");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().advise(format!("starting `{name}`"), advice.clone())?;
    let text = Arc::new(Mutex::new(String::new()));
    let each = Arc::new(each);
    let out = child.stdout.take().map(|pipe| collect(pipe, &text, &each));
    let err = child.stderr.take().map(|pipe| collect(pipe, &text, &each));
    let status = wait(&mut child, limit).advise(format!("waiting for `{name}`"), advice)?;
    hold_if_stopping();
    // A process left behind may keep the pipe open, so the rest of the output is not awaited.
    let patience = Instant::now() + Duration::from_secs(3);
    for reader in [out, err].into_iter().flatten() {
        while !reader.is_finished() && Instant::now() < patience {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    let text = text.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok(Outcome { status, text })
}

fn wait(child: &mut Child, limit: Option<Duration>) -> std::io::Result<ExitStatus> {
    let Some(limit) = limit else { return child.wait() };
    let deadline = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if Instant::now() >= deadline {
            tree::end_one(child.id());
            return child.wait();
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn collect<F: Fn(&str) + Send + Sync + 'static>(
    pipe: impl Read + Send + 'static,
    text: &Arc<Mutex<String>>,
    each: &Arc<F>,
) -> std::thread::JoinHandle<()> {
    let (text, each) = (Arc::clone(text), Arc::clone(each));
    std::thread::spawn(move || {
        let mut lines = BufReader::new(pipe);
        let mut raw = Vec::new();
        while matches!(lines.read_until(b'\n', &mut raw), Ok(n) if n > 0) {
            let line = String::from_utf8_lossy(&raw);
            let line = line.trim_end_matches(['\n', '\r']);
            each(line);
            let mut text = text.lock().unwrap_or_else(PoisonError::into_inner);
            text.push_str(line);
            text.push('\n');
            drop(text);
            raw.clear();
        }
    })
}

/// Returns the path of `program` in the first directory on PATH that contains it.
pub fn which(program: &str) -> Option<PathBuf> {
    which_in(&std::env::var_os("PATH")?, program)
}

/// The same, for a PATH of a program to start.
pub fn which_in(path: &OsStr, program: &str) -> Option<PathBuf> {
    let names = file_names(program, cfg!(windows));
    std::env::split_paths(path).find_map(|dir| names.iter().map(|name| dir.join(name)).find(|p| p.is_file()))
}

/// Returns the names that a program's file may have. On Windows npm and what it installs are scripts for the command
/// prompt, and the files without an ending beside them are for other shells.
fn file_names(program: &str, windows: bool) -> Vec<String> {
    if windows && Path::new(program).extension().is_none() {
        return ["exe", "cmd"].map(|ending| format!("{program}.{ending}")).to_vec();
    }
    vec![program.to_owned()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_of_windows_has_an_ending() {
        assert_eq!(file_names("npm", true), ["npm.exe", "npm.cmd"]);
        assert_eq!(file_names("node.exe", true), ["node.exe"]);
        assert_eq!(file_names("npm", false), ["npm"]);
    }

    #[test]
    fn the_first_directory_that_has_the_program_wins() {
        let folder = std::env::temp_dir().join(format!("steady-which-{}", std::process::id()));
        let [first, second] = ["a", "b"].map(|name| folder.join(name));
        let file = |dir: &Path| {
            std::fs::create_dir_all(dir).unwrap();
            let file = dir.join(&file_names("tool", cfg!(windows))[0]);
            std::fs::write(&file, "").unwrap();
            file
        };
        let path = std::env::join_paths([&first, &second]).unwrap();
        let none = which_in(&path, "tool");
        let late = file(&second);
        let only = which_in(&path, "tool");
        let early = file(&first);
        let both = which_in(&path, "tool");
        std::fs::remove_dir_all(folder).unwrap();
        assert_eq!([none, only, both], [None, Some(late), Some(early)]);
    }
}
