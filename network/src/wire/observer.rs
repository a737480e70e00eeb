//! Parses one direction of a connection as it arrives, without validating it.

use super::record::{AcceptKey, Frame, What};
use crate::handshake::{find, head_end};
use tungstenite::handshake::derive_accept_key;

const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// How many payload bytes of a frame are recorded.
const PAYLOAD_LIMIT: u64 = 1024 * 1024;

#[derive(Debug)]
enum State {
    /// Before the end of a head; for an answer, with the request's key.
    Head {
        key: Option<String>,
        limit: usize,
    },
    Frames,
    /// Within a payload, with the number of bytes to come.
    Payload(Frame, u64),
    Other,
}

/// Observes one direction.
#[derive(Debug)]
pub(crate) struct Observer {
    state: State,
    bytes: Vec<u8>,
}

impl Observer {
    /// Creates an observer of a request.
    pub(crate) fn of_request(limit: usize) -> Self {
        Self { state: State::Head { key: None, limit }, bytes: Vec::new() }
    }

    /// Creates an observer of the answer to a key.
    pub(crate) fn of_answer(key: String, limit: usize) -> Self {
        Self { state: State::Head { key: Some(key), limit }, bytes: Vec::new() }
    }

    /// Observes bytes that arrived, and returns complete records.
    pub(crate) fn push(&mut self, bytes: &[u8], mut report: impl FnMut(What)) {
        self.bytes.extend(bytes);
        while let Some(what) = self.next() {
            report(what);
        }
    }

    fn next(&mut self) -> Option<What> {
        loop {
            match std::mem::replace(&mut self.state, State::Other) {
                State::Head { key, limit } => {
                    let Some(end) = head_end(&self.bytes) else {
                        if self.bytes.len() <= limit {
                            self.state = State::Head { key, limit };
                            return None;
                        }
                        continue;
                    };
                    let head: Vec<u8> = self.bytes.drain(..end).collect();
                    let head = String::from_utf8_lossy(&head).into_owned();
                    let Some(key) = key else {
                        self.state = State::Frames;
                        return Some(What::Request(head));
                    };
                    if head.starts_with("HTTP/1.1 101") {
                        self.state = State::Frames;
                    }
                    let accept = accept(&head, key);
                    return Some(What::Answer { head, accept });
                }
                State::Frames => match header(&self.bytes) {
                    None => {
                        self.state = State::Frames;
                        return None;
                    }
                    Some((frame, size)) => {
                        self.bytes.drain(..size);
                        let length = frame.length;
                        self.state = State::Payload(frame, length);
                    }
                },
                State::Payload(mut frame, left) => {
                    let count = usize::try_from(left).unwrap_or(usize::MAX).min(self.bytes.len());
                    let room = PAYLOAD_LIMIT.saturating_sub(frame.payload.len() as u64);
                    let part: Vec<u8> = self.bytes.drain(..count).collect();
                    frame.payload.extend(part.iter().take(room as usize));
                    let left = left - count as u64;
                    if left == 0 {
                        self.state = State::Frames;
                        return Some(What::Frame(frame));
                    }
                    self.state = State::Payload(frame, left);
                    return None;
                }
                State::Other => {
                    let rest = std::mem::take(&mut self.bytes);
                    return (!rest.is_empty()).then_some(What::Bytes(rest));
                }
            }
        }
    }
}

fn accept(head: &str, key: String) -> Option<AcceptKey> {
    let fields: Vec<(String, String)> = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect();
    let given = find(&fields, "sec-websocket-accept")?.to_owned();
    Some(AcceptKey { guid: GUID, expected: derive_accept_key(key.as_bytes()), given, key })
}

/// Returns a frame's header and its length.
fn header(bytes: &[u8]) -> Option<(Frame, usize)> {
    let (&[first, second], rest) = bytes.split_first_chunk()?;
    let (length, length_bits, rest) = match second & 0x7f {
        126 => {
            let (length, rest) = rest.split_first_chunk()?;
            (u64::from(u16::from_be_bytes(*length)), 16, rest)
        }
        127 => {
            let (length, rest) = rest.split_first_chunk()?;
            (u64::from_be_bytes(*length), 64, rest)
        }
        length => (u64::from(length), 7, rest),
    };
    let (mask, rest) = match second & 0x80 {
        0 => (None, rest),
        _ => {
            let (key, rest) = rest.split_first_chunk()?;
            (Some(*key), rest)
        }
    };
    let frame = Frame {
        fin: first & 0x80 != 0,
        rsv: first >> 4 & 7,
        opcode: first & 15,
        mask,
        length,
        length_bits,
        payload: Vec::new(),
    };
    Some((frame, bytes.len() - rest.len()))
}
