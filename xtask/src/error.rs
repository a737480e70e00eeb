//! Errors, each with one sentence that says what to do about it.

use std::fmt;

/// What failed, and what the developer should do next.
#[derive(Debug)]
pub struct Error {
    what: String,
    advice: String,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Failure,
    Usage,
    Silent,
}

/// The result of every fallible function in this crate.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// Returns an error: `what` happened, and `advice`, one sentence that says what to do.
    pub fn new(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { what: what.into(), advice: advice.into(), kind: Kind::Failure }
    }
}

impl Error {
    /// Returns an error for a wrong command or argument.
    pub fn usage(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { kind: Kind::Usage, ..Self::new(what, advice) }
    }

    /// Returns an error that was reported already.
    pub fn silent() -> Self {
        Self { kind: Kind::Silent, ..Self::new("", "") }
    }

    /// Returns whether the error was reported already.
    pub fn is_silent(&self) -> bool {
        self.kind == Kind::Silent
    }

    /// Adds the list of commands, which helps here.
    pub fn is_usage(&self) -> bool {
        self.kind == Kind::Usage
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}", self.what.trim_end(), self.advice)
    }
}

impl std::error::Error for Error {}

/// Adds advice to errors of other crates.
pub trait Advise<T> {
    /// `what`: what was being done; `advice`: what to do now.
    fn advise(self, doing: impl fmt::Display, advice: impl Into<String>) -> Result<T>;
}

impl<T, E: fmt::Display> Advise<T> for std::result::Result<T, E> {
    fn advise(self, doing: impl fmt::Display, advice: impl Into<String>) -> Result<T> {
        self.map_err(|e| Error::new(format!("{doing}: {e}"), advice))
    }
}
