//! Counts connections and records when they came: for tests of reconnecting herds.

use crate::record::now;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

/// The number of arrivals kept.
pub const ARRIVAL_LIMIT: usize = 200_000;

/// Counters since the start, or since they were reset.
#[derive(Debug, Default)]
pub struct Stats {
    /// TCP connections accepted.
    pub accepted: AtomicU64,
    /// TCP connections refused because of the limit.
    pub over_limit: AtomicU64,
    /// Handshakes answered with 101.
    pub opened: AtomicU64,
    /// TCP connections open.
    pub held: AtomicU64,
    arrivals: Mutex<VecDeque<f64>>,
}

impl Stats {
    /// Returns zeros.
    pub fn new() -> Self {
        Self::default()
    }

    /// Records a WebSocket request.
    pub fn handshake(&self) {
        let mut arrivals = self.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
        if arrivals.len() >= ARRIVAL_LIMIT {
            arrivals.pop_front();
        }
        arrivals.push_back(now());
    }

    /// Resets the counters, except that of open connections.
    pub fn clear(&self) {
        self.accepted.store(0, Relaxed);
        self.over_limit.store(0, Relaxed);
        self.opened.store(0, Relaxed);
        self.arrivals.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Returns the counters, and the handshakes in buckets since the first.
    pub fn json(&self, live: usize, listening: bool, bucket_ms: f64) -> Value {
        let arrivals = self.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
        let first = arrivals.front().copied().unwrap_or(0.0);
        let mut buckets: Vec<u64> = Vec::new();
        for at in arrivals.iter() {
            // Hours without arrivals must not become an endless list of zeros.
            let index = (((at - first) / bucket_ms).max(0.0) as usize).min(100_000);
            if buckets.len() <= index {
                buckets.resize(index + 1, 0);
            }
            if let Some(bucket) = buckets.get_mut(index) {
                *bucket += 1;
            }
        }
        json!({
            "now": now(),
            "listening": listening,
            "connections": live,
            "tcp": self.held.load(Relaxed),
            "accepted": self.accepted.load(Relaxed),
            "overLimit": self.over_limit.load(Relaxed),
            "handshakes": arrivals.len(),
            "opened": self.opened.load(Relaxed),
            "bucketMs": bucket_ms,
            "first": first,
            "buckets": buckets,
        })
    }
}
