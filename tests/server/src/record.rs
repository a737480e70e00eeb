//! The record of one connection in the log.

use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

/// Characters of a text that are kept.
pub const TEXT_LIMIT: usize = 256;
/// Bytes of a message that its hash covers.
pub const HASH_LIMIT: usize = 65_536;

/// Returns the milliseconds since 1970, comparable with `performance.timeOrigin + performance.now()`.
pub fn now() -> f64 {
    let micros = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros());
    micros as f64 / 1000.0
}

/// A received message or control frame.
#[derive(Debug)]
pub enum Seen<'m> {
    /// A text message.
    Text(&'m str),
    /// A binary message.
    Binary(&'m [u8]),
    /// A ping.
    Ping(&'m [u8]),
    /// A pong.
    Pong(&'m [u8]),
    /// A close frame; 1005 if it had no code.
    Close(u16, &'m str),
}

/// An entry of the log.
#[derive(Debug)]
pub struct Entry {
    at: f64,
    kind: &'static str,
    length: usize,
    code: Option<u16>,
    text: Option<Box<str>>,
    hash: Option<u32>,
}

/// A connection.
#[derive(Debug)]
pub struct Record {
    /// The tag of its URL.
    pub id: String,
    /// The requested path and query.
    pub target: String,
    /// The behaviour it got.
    pub behaviour: String,
    /// The chosen sub-protocol.
    pub protocol: Option<String>,
    /// When its handshake was read.
    pub arrived: f64,
    /// When that was answered with 101.
    pub opened: Option<f64>,
    /// How many entries are kept.
    pub keep: usize,
    /// The entries, in order.
    pub entries: Vec<Entry>,
    /// Messages received.
    pub messages: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Messages written to TCP or its buffer.
    pub sent_messages: u64,
    /// Their bytes.
    pub sent_bytes: u64,
    /// A hash over all messages received.
    pub chain: u32,
    /// When and how it ended.
    pub end: Option<(f64, Value)>,
}

impl Record {
    /// Counts a message and adds it to the hash.
    pub fn count(&mut self, kind: u8, bytes: &[u8]) {
        self.messages += 1;
        self.bytes += bytes.len() as u64;
        self.chain = fnv(fnv(self.chain, &[kind]), bytes);
    }

    /// Returns the record as the log shows it.
    pub fn json(&self, number: u64, with_entries: bool) -> Value {
        let mut value = json!({
            "number": number,
            "id": self.id,
            "target": self.target,
            "behaviour": self.behaviour,
            "protocol": self.protocol,
            "arrived": self.arrived,
            "opened": self.opened,
            "ended": self.end.as_ref().map(|(at, _)| at),
            "end": self.end.as_ref().map(|(_, end)| end),
            "messages": self.messages,
            "bytes": self.bytes,
            "chain": format!("{:08x}", self.chain),
            "sent": { "messages": self.sent_messages, "bytes": self.sent_bytes },
        });
        if let (true, Some(object)) = (with_entries, value.as_object_mut()) {
            let received = self.entries.iter().map(Entry::json).collect();
            object.insert("received".to_owned(), Value::Array(received));
        }
        value
    }
}

impl Entry {
    /// Returns an entry with the current time.
    pub fn new(seen: &Seen<'_>) -> Self {
        let (kind, bytes, code, text) = match *seen {
            Seen::Text(text) => ("text", text.as_bytes(), None, Some(text)),
            Seen::Binary(bytes) => ("binary", bytes, None, None),
            Seen::Ping(bytes) => ("ping", bytes, None, None),
            Seen::Pong(bytes) => ("pong", bytes, None, None),
            Seen::Close(code, reason) => ("close", reason.as_bytes(), Some(code), Some(reason)),
        };
        let text = text.map(|text| text.chars().take(TEXT_LIMIT).collect::<String>().into_boxed_str());
        let whole = text.as_ref().is_some_and(|text| text.len() == bytes.len());
        let hash = (!whole).then(|| fnv(FNV_START, bytes));
        Self { at: now(), kind, length: bytes.len(), code, text, hash }
    }

    fn json(&self) -> Value {
        let mut value = json!({ "at": self.at, "kind": self.kind, "length": self.length });
        if let Some(object) = value.as_object_mut() {
            if let Some(code) = self.code {
                object.insert("code".to_owned(), code.into());
            }
            if let Some(text) = &self.text {
                object.insert("text".to_owned(), text.as_ref().into());
            }
            if let Some(hash) = self.hash {
                object.insert("hash".to_owned(), format!("{hash:08x}").into());
            }
        }
        value
    }
}

/// The initial value of a hash.
pub const FNV_START: u32 = 0x811c_9dc5;

/// FNV-1a, 32 bits: three lines in a page's JavaScript too.
fn fnv(start: u32, bytes: &[u8]) -> u32 {
    let covered = bytes.get(..HASH_LIMIT).unwrap_or(bytes);
    covered.iter().fold(start, |hash, &byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_the_published_ones() {
        // Test vectors of the FNV reference.
        for (text, hash) in [("", 0x811c_9dc5), ("a", 0xe40c_292c), ("foobar", 0xbf9c_f968)] {
            assert_eq!(fnv(FNV_START, text.as_bytes()), hash);
        }
        assert_eq!(fnv(FNV_START, &[0; HASH_LIMIT]), fnv(FNV_START, &[0; HASH_LIMIT + 1]));
    }
}
