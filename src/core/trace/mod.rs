//! What happened to a socket, as text: one line per input, written by a shell that runs and read by
//! [`replay`], which answers with the effects.
//!
//! ```text
//! socket steady seed=7 first=100        the configuration; what is not named is the default
//! 0 connect                             milliseconds, and the input
//! 3 opened 1
//! 3+1 send 5 key="a" tracked            +1: came after one effect of the input before was polled
//! ```
//!
//! Indented lines are effects: written by [`replay`], passed over when read. So are empty lines and
//! those that begin with `#`. Writing uses no formatting machinery, so that a page that records
//! does not download it.

mod read;
mod recorded;
mod replay;
mod words;
mod write;

pub use read::{Trace, TraceError, TraceStep, parse};
pub use recorded::Recorded;
pub use replay::replay;
pub use write::{Recorder, write_config, write_input};
