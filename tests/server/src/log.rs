//! What every connection received, in order, so that a test can compare both ends.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::sync::watch;

/// Connections remembered; the oldest ended ones make room.
pub const CONNECTION_LIMIT: usize = 20_000;
/// Messages remembered, of all connections together.
pub const ENTRY_LIMIT: usize = 200_000;
/// Messages remembered of one connection, unless its `keep` parameter asks for more or fewer.
pub const KEEP: usize = 20_000;
/// Characters of a text remembered.
pub const TEXT_LIMIT: usize = 256;
/// Bytes of a message that its hash covers.
pub const HASH_LIMIT: usize = 65_536;

/// Milliseconds since 1970, as `performance.timeOrigin + performance.now()` counts them.
pub fn now() -> f64 {
    let micros = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros());
    micros as f64 / 1000.0
}

#[derive(Debug)]
struct Entry {
    at: f64,
    kind: &'static str,
    length: usize,
    code: Option<u16>,
    text: Option<Box<str>>,
    hash: Option<u32>,
}

#[derive(Debug)]
struct Record {
    id: String,
    target: String,
    behaviour: String,
    protocol: Option<String>,
    arrived: f64,
    opened: Option<f64>,
    keep: usize,
    entries: Vec<Entry>,
    messages: u64,
    bytes: u64,
    sent_messages: u64,
    sent_bytes: u64,
    chain: u32,
    end: Option<(f64, Value)>,
}

#[derive(Debug, Default)]
struct Records {
    by_number: BTreeMap<u64, Record>,
    entries: usize,
    last: u64,
    forgotten: u64,
}

/// The log.
#[derive(Debug)]
pub struct Log {
    records: Mutex<Records>,
    changes: watch::Sender<u64>,
}

/// What a connection received.
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
    /// A close frame; 1005 if it carried no code.
    Close(u16, &'m str),
}

impl Log {
    /// An empty log.
    pub fn new() -> Self {
        Self { records: Mutex::default(), changes: watch::Sender::new(0) }
    }

    fn lock(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn edit(&self, number: u64, change: impl FnOnce(&mut Record)) {
        if let Some(record) = self.lock().by_number.get_mut(&number) {
            change(record);
        }
        self.changed();
    }

    fn changed(&self) {
        self.changes.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Told of every change.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// A request for a WebSocket has been read; returns the connection's number.
    pub fn arrived(&self, id: &str, target: &str, behaviour: &str, keep: usize) -> u64 {
        let mut records = self.lock();
        records.last += 1;
        let number = records.last;
        let record = Record {
            id: id.to_owned(),
            target: target.to_owned(),
            behaviour: behaviour.to_owned(),
            protocol: None,
            arrived: now(),
            opened: None,
            keep,
            entries: Vec::new(),
            messages: 0,
            bytes: 0,
            sent_messages: 0,
            sent_bytes: 0,
            chain: FNV_START,
            end: None,
        };
        records.by_number.insert(number, record);
        records.make_room();
        drop(records);
        self.changed();
        number
    }

    /// The handshake was answered with 101.
    pub fn opened(&self, number: u64, protocol: Option<&str>) {
        self.edit(number, |record| {
            record.opened = Some(now());
            record.protocol = protocol.map(str::to_owned);
        });
    }

    /// A message, or a control frame, was received.
    pub fn received(&self, number: u64, seen: &Seen<'_>) {
        let entry = Entry::new(seen);
        let mut records = self.lock();
        let full = records.entries >= ENTRY_LIMIT;
        let Some(record) = records.by_number.get_mut(&number) else { return };
        match seen {
            Seen::Text(text) => record.count(b't', text.as_bytes()),
            Seen::Binary(bytes) => record.count(b'b', bytes),
            _ => {}
        }
        if !full && record.entries.len() < record.keep {
            record.entries.push(entry);
            records.entries += 1;
        }
        drop(records);
        self.changed();
    }

    /// A message was handed to the connection.
    pub fn sent(&self, number: u64, length: usize) {
        if let Some(record) = self.lock().by_number.get_mut(&number) {
            record.sent_messages += 1;
            record.sent_bytes += length as u64;
        }
    }

    /// The connection is over; the first reason given stands.
    pub fn ended(&self, number: u64, end: Value) {
        self.edit(number, |record| {
            record.end.get_or_insert_with(|| (now(), end));
        });
    }

    /// Forgets ended connections, and empties those that go on.
    pub fn clear(&self, id: Option<&str>) {
        let mut records = self.lock();
        let matches = |record: &Record| id.is_none_or(|id| record.id == id);
        records.by_number.retain(|_, record| !(matches(record) && record.end.is_some()));
        for record in records.by_number.values_mut().filter(|record| matches(record)) {
            record.entries = Vec::new();
            (record.messages, record.bytes, record.chain) = (0, 0, FNV_START);
            (record.sent_messages, record.sent_bytes) = (0, 0);
        }
        records.entries = records.by_number.values().map(|record| record.entries.len()).sum();
        records.forgotten = 0;
        drop(records);
        self.changed();
    }

    /// How many connections match, of them how many have ended, and how many messages they received.
    pub fn count(&self, id: Option<&str>) -> (u64, u64, u64) {
        self.lock().by_number.values().filter(|record| id.is_none_or(|id| record.id == id)).fold(
            (0, 0, 0),
            |(all, over, messages), record| {
                (all + 1, over + u64::from(record.end.is_some()), messages + record.messages)
            },
        )
    }

    /// The log as JSON, of one tag or of all.
    pub fn json(&self, id: Option<&str>, with_entries: bool) -> Value {
        let records = self.lock();
        let connections: Vec<Value> = records
            .by_number
            .iter()
            .filter(|(_, record)| id.is_none_or(|id| record.id == id))
            .map(|(number, record)| record.json(*number, with_entries))
            .collect();
        json!({ "now": now(), "forgotten": records.forgotten, "connections": connections })
    }
}

impl Records {
    fn make_room(&mut self) {
        while self.by_number.len() > CONNECTION_LIMIT || self.entries >= ENTRY_LIMIT {
            let oldest =
                self.by_number.iter().find(|(_, record)| record.end.is_some()).map(|(number, _)| *number);
            let Some(removed) = oldest.and_then(|number| self.by_number.remove(&number)) else { return };
            self.entries -= removed.entries.len();
            self.forgotten += 1;
        }
    }
}

impl Record {
    fn count(&mut self, kind: u8, bytes: &[u8]) {
        self.messages += 1;
        self.bytes += bytes.len() as u64;
        self.chain = fnv(fnv(self.chain, &[kind]), bytes);
    }

    fn json(&self, number: u64, with_entries: bool) -> Value {
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
    fn new(seen: &Seen<'_>) -> Self {
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

const FNV_START: u32 = 0x811c_9dc5;

/// FNV-1a, 32 bits: three lines in a page's JavaScript too.
fn fnv(start: u32, bytes: &[u8]) -> u32 {
    let covered = bytes.get(..HASH_LIMIT).unwrap_or(bytes);
    covered.iter().fold(start, |hash, &byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
