//! The state machine of every socket, without I/O.
//!
//! **The contract: mutate, drain, repeat.** After each [`Machine::handle`], call
//! [`Machine::poll`] until it returns `None` and perform every [`Effect`] in order; then set a timer for
//! [`Machine::deadline`] and pass [`Input::Tick`] when it fires. Inputs that an effect causes immediately (a
//! sample, a refused connection) may be handled between two polls.
//!
//! The core has no clock, no randomness but its seed, and does no I/O. The same inputs at the same times give the
//! same effects on every device.

mod attributes;
mod backoff;
mod codes;
mod config;
mod diagnosis;
mod ending;
mod flow;
mod flush;
mod in_flight;
mod io;
mod lifecycle;
mod machine;
mod machine_kind;
mod outbox;
mod phase;
pub(crate) mod random;
mod rate_limiter;
mod sending;
mod steady_state;
mod time;
pub mod trace;
mod validate;
mod waking;

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;

pub use attributes::Stats;
pub use codes::{CLOSE_CODES, CloseCode, CodeSender, close_code};
pub use config::{
    Config, ConfigError, HeartbeatConfig, Jitter, LONGEST, Marks, Overflow, Queue, Retry, SteadyConfig,
};
pub use diagnosis::{Cause, Diagnosis, FailurePhase};
pub use io::{
    Attempt, CloseInfo, Decision, Effect, Error, Event, Fate, Input, LostMessage, NotDialed, OutgoingMessage,
    Page, Text, Ticket, Why,
};
pub use machine::Machine;
pub use machine_kind::{AnyKind, MachineKind, StrictOnly};
pub use phase::ReadyState;
pub use time::{Instant, Millis};
pub use validate::{close_arguments, protocols};
