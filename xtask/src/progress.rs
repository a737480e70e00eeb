//! Progress of long steps: a spinner on a terminal, plain lines elsewhere.

use std::io::{IsTerminal, Write};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const FRAMES: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/// Whether standard error is a terminal.
pub fn interactive() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("CI").is_none()
}

/// One long step under way.
pub struct Step {
    label: String,
    started: Instant,
    detail: Arc<Mutex<String>>,
    ticker: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Step {
    /// Shows `label` until the step is done.
    pub fn start(label: impl Into<String>) -> Self {
        let label = label.into();
        let started = Instant::now();
        let detail = Arc::new(Mutex::new(String::new()));
        let (stop, stopped) = mpsc::channel();
        if !interactive() {
            eprintln!("… {label}");
        }
        let shown = (label.clone(), Arc::clone(&detail));
        let thread = std::thread::spawn(move || {
            if interactive() {
                spin(&shown.0, &shown.1, started, &stopped);
            } else {
                // A log that stays silent for minutes looks like a hang.
                while stopped.recv_timeout(Duration::from_secs(30)) == Err(RecvTimeoutError::Timeout) {
                    eprintln!("… {} ({} s)", shown.0, started.elapsed().as_secs());
                }
            }
        });
        Self { label, started, detail, ticker: Some((stop, thread)) }
    }

    /// Shows the child's latest line beside the spinner.
    pub fn detail(&self, line: &str) {
        line.trim().clone_into(&mut self.detail.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// The step succeeded.
    pub fn done(mut self) {
        self.stop();
        eprintln!("✓ {} ({})", self.label, seconds(self.started.elapsed()));
    }

    /// The step failed; the caller reports the error.
    pub fn failed(mut self) {
        self.stop();
        eprintln!("✗ {} ({})", self.label, seconds(self.started.elapsed()));
    }

    fn stop(&mut self) {
        if let Some((stop, thread)) = self.ticker.take() {
            drop(stop);
            let _ = thread.join();
        }
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        self.stop();
    }
}

fn spin(label: &str, detail: &Mutex<String>, started: Instant, stopped: &mpsc::Receiver<()>) {
    let mut err = std::io::stderr();
    for frame in FRAMES.iter().cycle() {
        let detail = detail.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let line: String = format!("{frame} {label} {} s  {detail}", started.elapsed().as_secs());
        let line: String = line.chars().filter(|c| !c.is_control()).take(78).collect();
        let _ = write!(err, "\r\x1b[K{line}");
        let _ = err.flush();
        if stopped.recv_timeout(Duration::from_millis(100)) != Err(RecvTimeoutError::Timeout) {
            break;
        }
    }
    let _ = write!(err, "\r\x1b[K");
    let _ = err.flush();
}

/// Formats a duration.
pub fn seconds(d: Duration) -> String {
    match d.as_secs() {
        0..60 => format!("{:.1} s", d.as_secs_f64()),
        s => format!("{} min {} s", s / 60, s % 60),
    }
}
