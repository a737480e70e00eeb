//! Traces: the inputs of a socket as text, one line each. [`replay`] returns them with their effects.
//!
//! ```text
//! socket steady seed=7 first=100        the configuration; other fields have their defaults
//! 0 connect                             milliseconds, and the input
//! 3 opened 1
//! 3+1 send 5 session                    +1: after one effect of the previous input was polled
//! ```
//!
//! [`replay`] writes effects as indented lines. Reading skips these, empty lines, and lines that begin with `#`.
//! Writing uses no formatting machinery, which would add to the download.

mod read;
mod recorded;
mod replay;
mod words;
mod write;

pub use read::{Trace, TraceError, TraceStep, parse};
pub use recorded::Recorded;
pub use replay::replay;
pub use write::{Recorder, write_config, write_input};
