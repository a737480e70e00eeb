//! Every behaviour and every control request, against the program itself.

// Helpers of tests may panic like tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod close;
mod command_line;
mod control;
mod faults;
mod files;
mod handshake;
mod messages;
mod readme;
mod session;
mod support;
mod violate;
