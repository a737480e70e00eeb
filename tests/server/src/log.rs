//! Records what every connection received, in order, so that a test can compare both ends.

use crate::record::{Entry, FNV_START, Record, Seen, now};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// The number of connections kept; the oldest ended ones are removed first.
pub const CONNECTION_LIMIT: usize = 20_000;
/// The number of messages kept for all connections.
pub const ENTRY_LIMIT: usize = 200_000;
/// The number of messages kept per connection, unless its `keep` parameter sets another.
pub const KEEP: usize = 20_000;
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

impl Log {
    /// Creates an empty log.
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

    /// Notified of every change.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Records a WebSocket request; returns the connection's number.
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

    /// Records that the handshake was answered with 101.
    pub fn opened(&self, number: u64, protocol: Option<&str>) {
        self.edit(number, |record| {
            record.opened = Some(now());
            record.protocol = protocol.map(str::to_owned);
        });
    }

    /// Records a received message or control frame.
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

    /// Records that a message was written to the connection.
    pub fn sent(&self, number: u64, length: usize) {
        if let Some(record) = self.lock().by_number.get_mut(&number) {
            record.sent_messages += 1;
            record.sent_bytes += length as u64;
        }
    }

    /// Records the end of the connection; the first reason given is kept.
    pub fn ended(&self, number: u64, end: Value) {
        self.edit(number, |record| {
            record.end.get_or_insert_with(|| (now(), end));
        });
    }

    /// Removes ended connections, and empties open ones.
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

    /// Returns how many connections match, how many of them have ended, and how many messages they received.
    pub fn count(&self, id: Option<&str>) -> (u64, u64, u64) {
        self.lock().by_number.values().filter(|record| id.is_none_or(|id| record.id == id)).fold(
            (0, 0, 0),
            |(all, over, messages), record| {
                (all + 1, over + u64::from(record.end.is_some()), messages + record.messages)
            },
        )
    }

    /// Returns the log as JSON, of one tag or of all.
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
