//! One direction of a connection: the sender's socket buffer, the bytes that travel, the receiver's socket buffer.
//!
//! Bytes arrive in the order in which they were written. A segment leaves when the one before it is on the link as a
//! whole and the receive buffer will have room for it, and arrives when its last byte has travelled for the latency. The
//! send buffer has room again when a segment is on the link as a whole, and the sender knows of room in the receive buffer
//! at once.

use std::collections::VecDeque;

/// The longest segment: the payload of an Ethernet frame.
pub(crate) const SEGMENT: usize = 1460;

/// A segment on the link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Carried {
    Bytes(Vec<u8>),
    /// The end of the stream.
    Fin,
    /// A reset: unsent bytes are lost.
    Reset,
}

/// The state of the sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sender {
    Writing,
    /// The FIN follows the buffered bytes.
    Finishing,
    /// The FIN or the reset has left.
    Gone,
}

/// One direction of a connection. Times are nanoseconds.
#[derive(Debug)]
pub(crate) struct Link {
    latency: u64,
    bandwidth: Option<u64>,
    send_buffer: usize,
    receive_buffer: usize,
    sender: Sender,
    queued: VecDeque<u8>,
    travelling: VecDeque<Carried>,
    travelling_bytes: usize,
    arrived: VecDeque<u8>,
    /// When the link is free for the next segment.
    free: u64,
    /// The bytes of the segment that occupies it until then: they still fill the send buffer.
    leaving: usize,
    silent: bool,
}

impl Link {
    pub(crate) fn new(latency: u64, bandwidth: Option<u64>, buffer: usize) -> Self {
        Self {
            latency,
            bandwidth,
            send_buffer: buffer,
            receive_buffer: buffer,
            sender: Sender::Writing,
            queued: VecDeque::new(),
            travelling: VecDeque::new(),
            travelling_bytes: 0,
            arrived: VecDeque::new(),
            free: 0,
            leaving: 0,
            silent: false,
        }
    }

    /// Returns how many bytes the sender may write now.
    pub(crate) fn room(&self, now: u64) -> usize {
        match self.sender {
            Sender::Writing if self.silent => usize::MAX,
            Sender::Writing => {
                let leaving = if self.free > now { self.leaving } else { 0 };
                self.send_buffer.saturating_sub(self.queued.len() + leaving)
            }
            Sender::Finishing | Sender::Gone => 0,
        }
    }

    /// Writes bytes that fit.
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        if !self.silent {
            self.queued.extend(bytes);
        }
    }

    /// Discards everything that is written from now on.
    pub(crate) fn silence(&mut self) {
        self.silent = true;
    }

    pub(crate) fn is_silent(&self) -> bool {
        self.silent
    }

    /// Ends the stream after what was written.
    pub(crate) fn finish(&mut self) {
        if self.sender == Sender::Writing {
            self.sender = Sender::Finishing;
        }
    }

    /// Resets the stream; what has not left is lost.
    pub(crate) fn reset(&mut self, now: u64) -> Option<u64> {
        self.queued.clear();
        (self.sender != Sender::Gone).then(|| {
            self.sender = Sender::Gone;
            self.travel(now, Carried::Reset)
        })
    }

    /// Discards the sender without telling the other end.
    pub(crate) fn abandon(&mut self) {
        self.queued.clear();
        self.sender = Sender::Gone;
    }

    /// Returns whether nothing more will arrive.
    pub(crate) fn is_over(&self) -> bool {
        self.travelling.is_empty() && (self.silent || self.sender == Sender::Gone)
    }

    /// Returns when something can leave: now, at a later time, or only after another event.
    pub(crate) fn next_departure(&self, now: u64) -> Option<u64> {
        let bytes = !self.queued.is_empty() && self.window() > 0;
        let end = self.queued.is_empty() && self.sender == Sender::Finishing && !self.silent;
        (bytes || end).then(|| self.free.max(now))
    }

    /// When the send buffer will have more room, unless something else happens before.
    pub(crate) fn next_room(&self, now: u64) -> Option<u64> {
        (self.leaving > 0 && self.free > now).then_some(self.free)
    }

    fn window(&self) -> usize {
        self.receive_buffer.saturating_sub(self.travelling_bytes + self.arrived.len())
    }

    /// Sends what can leave now; returns it with its arrival time.
    pub(crate) fn depart(&mut self, now: u64) -> Option<(Carried, u64)> {
        if self.next_departure(now)? > now {
            return None;
        }
        let carried = if self.queued.is_empty() {
            self.sender = Sender::Gone;
            Carried::Fin
        } else {
            let count = self.queued.len().min(self.window()).min(SEGMENT);
            Carried::Bytes(self.queued.drain(..count).collect())
        };
        let arrives = self.travel(now, carried.clone());
        Some((carried, arrives))
    }

    fn travel(&mut self, now: u64, carried: Carried) -> u64 {
        let size = match &carried {
            Carried::Bytes(bytes) => bytes.len(),
            Carried::Fin | Carried::Reset => 0,
        };
        self.travelling_bytes += size;
        self.leaving = size;
        self.free = self.free.max(now).saturating_add(self.transmission(size));
        let arrives = self.free.saturating_add(self.latency);
        self.travelling.push_back(carried);
        arrives
    }

    /// Returns how long the link is busy with this many bytes.
    fn transmission(&self, bytes: usize) -> u64 {
        let nanos = |rate: u64| (bytes as u64).saturating_mul(1_000_000_000).div_ceil(rate);
        self.bandwidth.map_or(0, nanos)
    }

    /// Returns the next arrival, once its time has come.
    pub(crate) fn arrive(&mut self) -> Option<Carried> {
        let carried = self.travelling.pop_front()?;
        if let Carried::Bytes(bytes) = &carried {
            self.travelling_bytes -= bytes.len();
            self.arrived.extend(bytes);
        }
        Some(carried)
    }

    /// Returns how many bytes can be read.
    pub(crate) fn unread(&self) -> usize {
        self.arrived.len()
    }

    /// Reads at most this many bytes.
    pub(crate) fn read(&mut self, most: usize) -> Vec<u8> {
        let count = self.arrived.len().min(most);
        self.arrived.drain(..count).collect()
    }

    /// Sets the size of the receive buffer.
    pub(crate) fn set_receive_buffer(&mut self, bytes: usize) {
        self.receive_buffer = bytes.max(1);
    }
}
