//! One end of a connection: the bytes queued before its socket buffer, and how it reads.

use crate::assembly::{Assembly, Role};
use crate::codec::encode;
use crate::faults::Reading;
use crate::link::Link;
use crate::random::Random;
use std::collections::VecDeque;
use tungstenite::protocol::frame::coding::OpCode;

/// Bytes on their way to the socket buffer.
#[derive(Debug)]
struct Chunk {
    bytes: Vec<u8>,
    /// How many were written to the socket buffer.
    written: usize,
    /// How many are not payload.
    head: usize,
}

/// One end of a connection.
#[derive(Debug)]
pub(crate) struct Endpoint {
    role: Role,
    queue: VecDeque<Chunk>,
    queued: usize,
    payload: u64,
    /// Whether payload was queued at the last check.
    waiting: bool,
    /// Whether the stream ends after the queue.
    finishing: bool,
    random: Random,
    pub(crate) assembly: Assembly,
    pub(crate) reading: Reading,
    /// Whether the application has too much to read.
    pub(crate) held: bool,
    /// When a slow end reads next.
    pub(crate) next_read: u64,
    /// How many bytes it may read.
    pub(crate) budget: u64,
}

impl Endpoint {
    pub(crate) fn new(role: Role, limit: usize, random: Random) -> Self {
        Self {
            role,
            queue: VecDeque::new(),
            queued: 0,
            payload: 0,
            waiting: false,
            finishing: false,
            random,
            assembly: Assembly::new(role, limit),
            reading: Reading::All,
            held: false,
            next_read: 0,
            budget: u64::MAX,
        }
    }

    pub(crate) fn nonce(&mut self) -> [u8; 16] {
        self.random.nonce()
    }

    /// Queues a frame. Control frames do not count in `bufferedAmount`.
    pub(crate) fn queue_frame(&mut self, opcode: OpCode, payload: Vec<u8>) {
        let key = (self.role == Role::Client).then(|| self.random.mask());
        let (bytes, head) = encode(opcode, payload, key);
        let head = if matches!(opcode, OpCode::Control(_)) { bytes.len() } else { head };
        self.queue_chunk(bytes, head);
    }

    /// Queues bytes as they are.
    pub(crate) fn queue_bytes(&mut self, bytes: Vec<u8>) {
        let head = bytes.len();
        self.queue_chunk(bytes, head);
    }

    fn queue_chunk(&mut self, bytes: Vec<u8>, head: usize) {
        if self.finishing || bytes.is_empty() {
            return;
        }
        self.queued += bytes.len();
        self.payload += (bytes.len() - head) as u64;
        self.queue.push_back(Chunk { bytes, written: 0, head });
    }

    /// Returns the bytes that are not in the socket buffer yet.
    pub(crate) fn queued(&self) -> usize {
        self.queued
    }

    /// Returns the payload bytes that are not in the socket buffer yet.
    pub(crate) fn buffered(&self) -> u64 {
        self.payload
    }

    /// Ends the stream once everything is written.
    pub(crate) fn finish(&mut self) {
        self.finishing = true;
    }

    /// Discards what is queued.
    pub(crate) fn discard(&mut self) {
        self.queue.clear();
        self.queued = 0;
        self.payload = 0;
        self.waiting = false;
    }

    /// Returns whether the queued payload has become empty since the last call.
    pub(crate) fn has_drained(&mut self) -> bool {
        std::mem::replace(&mut self.waiting, self.payload > 0) && self.payload == 0
    }

    /// Writes to the socket buffer as much as fits.
    pub(crate) fn flush(&mut self, link: &mut Link, now: u64) {
        while let Some(chunk) = self.queue.front_mut() {
            let rest = chunk.bytes.get(chunk.written..).unwrap_or_default();
            let count = rest.len().min(link.room(now));
            link.write(rest.get(..count).unwrap_or_default());
            let head = chunk.head.saturating_sub(chunk.written).min(count);
            chunk.written += count;
            self.queued -= count;
            self.payload -= (count - head) as u64;
            if chunk.written < chunk.bytes.len() {
                break;
            }
            self.queue.pop_front();
        }
        if self.finishing && self.queue.is_empty() {
            link.finish();
        }
    }
}
