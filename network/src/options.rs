//! What a network is made with.

use crate::error::Error;
use std::time::Duration;

/// How a network behaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Keys and masking keys follow from it. 0 by default.
    pub seed: u64,
    /// How long a byte travels, in either direction. None by default.
    pub latency: Duration,
    /// Bytes per second in each direction of each connection. Without limit by default.
    pub bandwidth: Option<u64>,
    /// The size in bytes of a socket's send buffer and of its receive buffer. 64 KiB by default.
    pub buffer: usize,
    /// Bounds of what is held in memory.
    pub limits: Limits,
}

/// Bounds of what a network holds in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a message. A longer one fails the connection with 1009. 64 MiB by default.
    pub message: usize,
    /// Bytes that one end may have queued in front of its socket buffer. 64 MiB by default.
    pub queue: usize,
    /// Bytes of the head of a request or an answer. 32 KiB by default.
    pub head: usize,
    /// Connections at one time. 4096 by default.
    pub connections: usize,
    /// Bytes that the wire remembers: beyond it the oldest records are dropped. 16 MiB by default.
    pub wire: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: 0,
            latency: Duration::ZERO,
            bandwidth: None,
            buffer: 64 * 1024,
            limits: Limits::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message: 64 * 1024 * 1024,
            queue: 64 * 1024 * 1024,
            head: 32 * 1024,
            connections: 4096,
            wire: 16 * 1024 * 1024,
        }
    }
}

/// The longest latency: an hour.
const LATENCY_LIMIT: Duration = Duration::from_secs(3600);

impl Options {
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.latency > LATENCY_LIMIT {
            return Err(Error::argument("latency", "is longer than an hour"));
        }
        if self.bandwidth == Some(0) {
            return Err(Error::argument("bandwidth", "is 0: nothing would ever arrive"));
        }
        if self.buffer == 0 {
            return Err(Error::argument("buffer", "is 0: nothing would ever leave"));
        }
        Ok(())
    }
}

/// The time in nanoseconds; 584 years at most.
pub(crate) fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
