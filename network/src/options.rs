//! The options of a network.

use crate::error::Error;
use std::time::Duration;

/// How a network behaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The seed of keys and masking keys. 0 by default.
    pub seed: u64,
    /// The latency of each direction. None by default.
    pub latency: Duration,
    /// Bytes per second in each direction of each connection. Unlimited by default.
    pub bandwidth: Option<u64>,
    /// The size in bytes of a socket's send buffer and of its receive buffer. 64 KiB by default.
    pub buffer: usize,
    /// Bounds of memory.
    pub limits: Limits,
}

/// Bounds of a network's memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest message in bytes; a longer one fails the connection with 1009. 64 MiB by default.
    pub message: usize,
    /// How many bytes one end may queue before its socket buffer. 64 MiB by default.
    pub queue: usize,
    /// The longest head of a request or response in bytes. 32 KiB by default.
    pub head: usize,
    /// The number of simultaneous connections. 4096 by default.
    pub connections: usize,
    /// How many bytes of the wire are recorded; the oldest records are dropped first. 16 MiB by default.
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

/// Returns the time in nanoseconds; at most 584 years.
pub(crate) fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
