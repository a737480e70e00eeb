//! Errors of wrong uses of a network.

use std::fmt;

/// A wrong use of a network. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// An argument is invalid.
    Argument {
        /// The argument's name.
        argument: &'static str,
        /// The reason.
        problem: String,
    },
    /// The method cannot be called in this state.
    State {
        /// The method's name.
        method: &'static str,
        /// The reason.
        problem: &'static str,
    },
    /// There is no such connection: both of its ends are closed, or it never existed.
    Unknown,
    /// The call waits for something that will never happen.
    Stalled {
        /// The connections, and what each waits for.
        waiting: String,
    },
    /// A limit of [`Limits`](crate::Limits) is exceeded.
    Limit {
        /// The limit's name.
        limit: &'static str,
        /// Its value.
        value: usize,
    },
}

impl Error {
    pub(crate) fn argument(argument: &'static str, problem: impl Into<String>) -> Self {
        Self::Argument { argument, problem: problem.into() }
    }

    pub(crate) fn state(method: &'static str, problem: &'static str) -> Self {
        Self::State { method, problem }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument { argument, problem } => write!(f, "`{argument}` {problem}"),
            Self::State { method, problem } => write!(f, "cannot call `{method}`: {problem}"),
            Self::Unknown => f.write_str("`connection` is closed at both ends, or never was"),
            Self::Stalled { waiting } => {
                write!(f, "nothing is scheduled that could end the waiting; {waiting}")
            }
            Self::Limit { limit, value } => write!(f, "the limit `{limit}` of {value} is reached"),
        }
    }
}

impl std::error::Error for Error {}
