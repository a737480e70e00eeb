//! Records of the wire.

use crate::codec;
use crate::event::ConnectionId;
use std::time::Duration;

/// A direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the client to the server.
    ToServer,
    /// From the server to the client.
    ToClient,
}

/// A record of something that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Record {
    /// The connection.
    pub connection: ConnectionId,
    /// When its last byte arrived.
    pub at: Duration,
    /// The direction.
    pub direction: Direction,
    /// What arrived.
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
    /// Other bytes: the body of an answer, or whatever follows an invalid frame.
    Bytes(Vec<u8>),
    /// The end of the stream.
    Fin,
    /// A reset.
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
#[non_exhaustive]
pub struct AcceptKey {
    /// The client's key.
    pub key: String,
    /// The GUID that RFC 6455 appends.
    pub guid: &'static str,
    /// The expected value.
    pub expected: String,
    /// The value in the answer.
    pub given: String,
}

/// A frame on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Frame {
    /// Whether it is the last frame of its message.
    pub fin: bool,
    /// RSV1, RSV2 and RSV3 as the bits 4, 2 and 1.
    pub rsv: u8,
    /// The opcode, even if it is reserved.
    pub opcode: u8,
    /// The masking key, if the MASK bit is set.
    pub mask: Option<[u8; 4]>,
    /// The payload's length.
    pub length: u64,
    /// The number of bits of the length field: 7, 16 or 64.
    pub length_bits: u8,
    /// The payload on the wire, masked if there is a key; at most the first MiB.
    pub payload: Vec<u8>,
}

impl Frame {
    /// Returns the unmasked payload.
    pub fn plain(&self) -> Vec<u8> {
        let mut plain = self.payload.clone();
        if let Some(key) = self.mask {
            codec::mask(&mut plain, key);
        }
        plain
    }

    /// Returns the opcode's name.
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
