//! What a socket has done, and what it holds.

use crate::core;
use std::ops::Deref;

/// A socket's counters: those of the [core](core::Stats), and what waits at either end now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Since the socket was made. Also reached without naming it: `stats.sent_bytes`.
    pub totals: core::Stats,
    /// Messages that wait for a connection.
    pub queued_messages: u64,
    /// Their bytes.
    pub queued_bytes: u64,
    /// Received messages that nobody has taken yet.
    pub waiting_messages: u64,
    /// Their bytes.
    pub waiting_bytes: u64,
    /// Received messages that were dropped because nobody took them in time.
    pub dropped_messages: u64,
}

impl Deref for Stats {
    type Target = core::Stats;

    fn deref(&self) -> &core::Stats {
        &self.totals
    }
}
