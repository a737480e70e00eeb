//! Assembles messages from frames: the rules of RFC 6455, sections 5 and 7.

use crate::codec::{Message, Reader};
use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{CloseCode, Control, Data, OpCode};

/// The end that reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Client,
    Server,
}

/// What a stream of frames contains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Received {
    Message(Message),
    Ping(Vec<u8>),
    Pong,
    /// The code is absent if the frame had none.
    Close(Option<u16>, String),
}

/// Why a connection must be failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    pub(crate) code: u16,
    pub(crate) reason: &'static str,
}

impl Violation {
    pub(crate) fn protocol(reason: &'static str) -> Self {
        Self { code: 1002, reason }
    }

    fn not_text() -> Self {
        Self { code: 1007, reason: "Text that is not UTF-8" }
    }

    pub(crate) fn too_big() -> Self {
        Self { code: 1009, reason: "Message too big" }
    }
}

/// A message whose last fragment has not arrived.
#[derive(Debug)]
struct Partial {
    text: bool,
    bytes: Vec<u8>,
    /// How many bytes are known to be valid UTF-8.
    checked: usize,
}

impl Partial {
    fn add(&mut self, payload: &[u8], limit: usize) -> Result<(), Violation> {
        if payload.len() > limit.saturating_sub(self.bytes.len()) {
            return Err(Violation::too_big());
        }
        self.bytes.extend(payload);
        if self.text {
            match std::str::from_utf8(self.bytes.get(self.checked..).unwrap_or_default()) {
                Ok(_) => self.checked = self.bytes.len(),
                Err(wrong) if wrong.error_len().is_some() => return Err(Violation::not_text()),
                // A character continues in the next fragment.
                Err(wrong) => self.checked += wrong.valid_up_to(),
            }
        }
        Ok(())
    }

    fn complete(self) -> Result<Message, Violation> {
        if self.text {
            String::from_utf8(self.bytes).map(Message::Text).map_err(|_| Violation::not_text())
        } else {
            Ok(Message::Binary(self.bytes))
        }
    }
}

/// Reads messages from a stream of bytes.
#[derive(Debug)]
pub(crate) struct Assembly {
    role: Role,
    reader: Reader,
    partial: Option<Partial>,
    limit: usize,
}

impl Assembly {
    pub(crate) fn new(role: Role, limit: usize) -> Self {
        Self { role, reader: Reader::new(limit), partial: None, limit }
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.reader.push(bytes);
    }

    /// Returns whether there are bytes that were not read.
    pub(crate) fn has_more(&self) -> bool {
        self.reader.has_more()
    }

    /// Returns the next message or control frame, once it is complete.
    pub(crate) fn next(&mut self) -> Result<Option<Received>, Violation> {
        loop {
            let (role, within) = (self.role, self.partial.is_some());
            let frame = self.reader.next(|header, length| judge(role, within, header, length))?;
            let Some((header, payload)) = frame else { return Ok(None) };
            match header.opcode {
                OpCode::Control(Control::Ping) => return Ok(Some(Received::Ping(payload))),
                OpCode::Control(Control::Pong) => return Ok(Some(Received::Pong)),
                OpCode::Control(_) => return close(&payload).map(Some),
                OpCode::Data(kind) => {
                    let text = kind == Data::Text;
                    let mut partial =
                        self.partial.take().unwrap_or(Partial { text, bytes: Vec::new(), checked: 0 });
                    partial.add(&payload, self.limit)?;
                    if header.is_final {
                        return Ok(Some(Received::Message(partial.complete()?)));
                    }
                    self.partial = Some(partial);
                }
            }
        }
    }
}

fn judge(role: Role, within: bool, header: &FrameHeader, length: usize) -> Result<(), Violation> {
    let wrong = |reason| Err(Violation::protocol(reason));
    if header.rsv1 || header.rsv2 || header.rsv3 {
        return wrong("A reserved bit without an extension");
    }
    match (role, header.mask) {
        (Role::Client, Some(_)) => return wrong("A masked frame from a server"),
        (Role::Server, None) => return wrong("A frame without a mask from a client"),
        _ => {}
    }
    match header.opcode {
        OpCode::Control(_) if !header.is_final => wrong("A control frame in fragments"),
        OpCode::Control(_) if length > 125 => wrong("A control frame of more than 125 bytes"),
        OpCode::Data(Data::Continue) if !within => wrong("A continuation of nothing"),
        OpCode::Data(Data::Text | Data::Binary) if within => wrong("A message within another"),
        _ => Ok(()),
    }
}

fn close(payload: &[u8]) -> Result<Received, Violation> {
    match payload {
        [] => Ok(Received::Close(None, String::new())),
        [high, low, reason @ ..] => {
            let code = u16::from_be_bytes([*high, *low]);
            if !CloseCode::from(code).is_allowed() {
                return Err(Violation::protocol("A close code that must not be sent"));
            }
            let reason = String::from_utf8(reason.to_vec())
                .map_err(|_| Violation::protocol("A close reason that is not UTF-8"))?;
            Ok(Received::Close(Some(code), reason))
        }
        [_] => Err(Violation::protocol("A Close frame of 1 byte")),
    }
}
