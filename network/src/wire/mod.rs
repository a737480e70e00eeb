//! What crossed the wire: handshakes and frames, read from the bytes that arrived, and the segments that carried them.

mod observer;
mod pcapng;
mod record;
mod text;

pub(crate) use observer::Observer;
pub use record::{AcceptKey, Direction, Frame, Record, What};

use crate::event::ConnectionId;
use crate::tcp::Packet;
use std::collections::VecDeque;
use std::time::Duration;

/// What a network records of its wire, oldest first.
#[derive(Debug)]
pub struct Wire {
    records: VecDeque<Record>,
    record_bytes: usize,
    packets: VecDeque<Packet>,
    packet_bytes: usize,
    limit: usize,
    dropped: u64,
}

/// The memory of a record besides its bytes.
const OVERHEAD: usize = 160;

impl Wire {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            records: VecDeque::new(),
            record_bytes: 0,
            packets: VecDeque::new(),
            packet_bytes: 0,
            limit,
            dropped: 0,
        }
    }

    /// Returns the handshakes, frames and ends of streams, in the order of their arrival.
    pub fn records(&self) -> impl ExactSizeIterator<Item = &Record> {
        self.records.iter()
    }

    /// Returns how many records were dropped because of the limit.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Returns the records as text, one line per frame.
    pub fn text(&self) -> String {
        text::write(self.records.iter())
    }

    /// The segments as a capture file, which Wireshark opens: IPv4 and TCP as the client's machine would see them. TLS is
    /// not emulated, so connections to port 443 are shown at port 80.
    pub fn pcapng(&self) -> Vec<u8> {
        pcapng::write(self.packets.iter())
    }

    pub(crate) fn record(&mut self, connection: ConnectionId, at: u64, direction: Direction, what: What) {
        let at = Duration::from_nanos(at);
        self.record_bytes += what.bytes() + OVERHEAD;
        self.records.push_back(Record { connection, at, direction, what });
        while self.record_bytes > self.limit {
            let Some(oldest) = self.records.pop_front() else { break };
            self.record_bytes -= oldest.what.bytes() + OVERHEAD;
            self.dropped += 1;
        }
    }

    pub(crate) fn packet(&mut self, packet: Packet) {
        self.packet_bytes += packet.payload.len() + OVERHEAD;
        self.packets.push_back(packet);
        while self.packet_bytes > self.limit {
            let Some(oldest) = self.packets.pop_front() else { break };
            self.packet_bytes -= oldest.payload.len() + OVERHEAD;
        }
    }
}
