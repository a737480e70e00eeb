//! Messages, and the frames that carry them.

use crate::assembly::Violation;
use std::io::Cursor;
use tungstenite::Error as CodecError;
use tungstenite::protocol::frame::coding::{Control, Data, OpCode};
use tungstenite::protocol::frame::{Frame, FrameHeader};

/// A text or binary message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Text.
    Text(String),
    /// Bytes.
    Binary(Vec<u8>),
}

impl Message {
    /// Returns its length in bytes.
    pub fn len(&self) -> usize {
        self.bytes().len()
    }

    /// Returns whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.bytes().is_empty()
    }

    /// Returns its bytes.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }

    pub(crate) fn into_frame(self) -> (OpCode, Vec<u8>) {
        match self {
            Self::Text(text) => (OpCode::Data(Data::Text), text.into_bytes()),
            Self::Binary(bytes) => (OpCode::Data(Data::Binary), bytes),
        }
    }
}

impl From<&str> for Message {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Vec<u8>> for Message {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Binary(bytes)
    }
}

/// An encoded frame, and the length of its header.
pub(crate) fn encode(opcode: OpCode, payload: Vec<u8>, mask: Option<[u8; 4]>) -> (Vec<u8>, usize) {
    let header = FrameHeader { opcode, mask, ..FrameHeader::default() };
    let head = header.len(payload.len() as u64);
    let mut bytes = Vec::with_capacity(head + payload.len());
    // Writing to a vector cannot fail.
    let _ = Frame::from_payload(header, payload.into()).format(&mut bytes);
    (bytes, head)
}

/// Returns a Close frame's payload.
pub(crate) fn close_payload(code: Option<u16>, reason: &str) -> Vec<u8> {
    let mut payload = Vec::new();
    if let Some(code) = code {
        payload.extend(code.to_be_bytes());
        payload.extend(reason.as_bytes());
    }
    payload
}

pub(crate) const CLOSE: OpCode = OpCode::Control(Control::Close);
pub(crate) const PONG: OpCode = OpCode::Control(Control::Pong);

/// Applies or removes a mask.
pub(crate) fn mask(bytes: &mut [u8], key: [u8; 4]) {
    for (byte, key) in bytes.iter_mut().zip(key.iter().cycle()) {
        *byte ^= key;
    }
}

/// Reads frames from a stream of bytes.
#[derive(Debug)]
pub(crate) struct Reader {
    bytes: Vec<u8>,
    /// How many of them were read.
    read: usize,
    header: Option<(FrameHeader, usize)>,
    limit: usize,
}

impl Reader {
    pub(crate) fn new(limit: usize) -> Self {
        Self { bytes: Vec::new(), read: 0, header: None, limit }
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        if self.read > 0 && self.read >= self.bytes.len() / 2 {
            self.bytes.drain(..self.read);
            self.read = 0;
        }
        self.bytes.extend(bytes);
    }

    /// Returns the next complete frame, its payload unmasked. The header is checked as soon as it is complete.
    pub(crate) fn next(
        &mut self,
        judge: impl FnOnce(&FrameHeader, usize) -> Result<(), Violation>,
    ) -> Result<Option<(FrameHeader, Vec<u8>)>, Violation> {
        let rest = self.bytes.get(self.read..).unwrap_or_default();
        let (header, length) = match self.header.take() {
            Some(header) => header,
            None => {
                let mut cursor = Cursor::new(rest);
                let Some((header, length)) = FrameHeader::parse(&mut cursor).map_err(bad_header)? else {
                    return Ok(None);
                };
                self.read += cursor.position() as usize;
                if length >> 63 == 1 {
                    return Err(Violation::protocol("A length with the highest bit set"));
                }
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                if length > self.limit {
                    return Err(Violation::too_big());
                }
                judge(&header, length)?;
                (header, length)
            }
        };
        let Some(payload) = self.bytes.get(self.read..).and_then(|rest| rest.get(..length)) else {
            self.header = Some((header, length));
            return Ok(None);
        };
        let mut payload = payload.to_vec();
        self.read += length;
        if let Some(key) = header.mask {
            mask(&mut payload, key);
        }
        Ok(Some((header, payload)))
    }

    /// Returns whether there are bytes that belong to no frame read so far.
    pub(crate) fn has_more(&self) -> bool {
        self.header.is_some() || self.read < self.bytes.len()
    }
}

fn bad_header(error: CodecError) -> Violation {
    match error {
        CodecError::Protocol(_) => Violation::protocol("Unknown opcode"),
        _ => Violation::protocol("A frame that cannot be read"),
    }
}
