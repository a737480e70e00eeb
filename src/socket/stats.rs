//! Counters.

use crate::core;
use std::ops::Deref;

/// A socket's counters: the [core's](core::Stats), and the sizes of both queues.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// The core's counters. `Stats` dereferences to them: `stats.sent_bytes`.
    pub totals: core::Stats,
    /// Messages that wait for a connection.
    pub queued_messages: u64,
    /// Their bytes.
    pub queued_bytes: u64,
    /// Received messages that were not taken yet.
    pub waiting_messages: u64,
    /// Their bytes.
    pub waiting_bytes: u64,
    /// Received messages dropped by the rule of [`Inbound`](crate::Inbound).
    pub dropped_messages: u64,
}

impl Deref for Stats {
    type Target = core::Stats;

    fn deref(&self) -> &core::Stats {
        &self.totals
    }
}
