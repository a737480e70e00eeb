//! Records of the wire.

use crate::codec;
use crate::event::ConnectionId;
use std::time::Duration;

/// Which way something went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the client to the server.
    ToServer,
    /// From the server to the client.
    ToClient,
}

/// Something that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// On which connection.
    pub connection: ConnectionId,
    /// When its last byte arrived.
    pub at: Duration,
    /// Which way it went.
    pub direction: Direction,
    /// What it was.
    pub what: What,
}

/// What arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The head of the client's request.
    Request(String),
    /// The head of the server's answer.
    Answer {
        /// The text of the head.
        head: String,
        /// How its `Sec-WebSocket-Accept` follows from the request's `Sec-WebSocket-Key`.
        accept: Option<AcceptKey>,
    },
    /// A frame, legal or not.
    Frame(Frame),
    /// Bytes that are neither: the body of an answer, or what is behind a frame that cannot be read.
    Bytes(Vec<u8>),
    /// The sender will write no more.
    Fin,
    /// The sender has gone.
    Reset,
}

impl What {
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Request(head) => head.len(),
            Self::Answer { head, accept } => head.len() + accept.as_ref().map_or(0, |_| 128),
            Self::Frame(frame) => frame.payload.len(),
            Self::Bytes(bytes) => bytes.len(),
            Self::Fin | Self::Reset => 0,
        }
    }
}

/// How `Sec-WebSocket-Accept` follows from `Sec-WebSocket-Key`: `BASE64(SHA1(key + guid))`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptKey {
    /// What the client sent.
    pub key: String,
    /// What RFC 6455 appends to it.
    pub guid: &'static str,
    /// What must be answered.
    pub expected: String,
    /// What was answered.
    pub given: String,
}

/// A frame as it crossed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Whether it is the last of its message.
    pub fin: bool,
    /// RSV1, RSV2 and RSV3, as the bits 4, 2 and 1.
    pub rsv: u8,
    /// The opcode, known or not.
    pub opcode: u8,
    /// The masking key, if the MASK bit is set.
    pub mask: Option<[u8; 4]>,
    /// The payload's length.
    pub length: u64,
    /// The bits that tell the length: 7, 16 or 64.
    pub length_bits: u8,
    /// The payload as it crossed, masked if there is a key; at most the first MiB.
    pub payload: Vec<u8>,
}

impl Frame {
    /// The payload without its mask.
    pub fn plain(&self) -> Vec<u8> {
        let mut plain = self.payload.clone();
        if let Some(key) = self.mask {
            codec::mask(&mut plain, key);
        }
        plain
    }

    /// The opcode's name.
    pub fn name(&self) -> &'static str {
        match self.opcode {
            0 => "continuation",
            1 => "text",
            2 => "binary",
            8 => "close",
            9 => "ping",
            10 => "pong",
            _ => "reserved",
        }
    }
}
