//! The messages that a run's session sent and received, for the page to compare.

use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use steady_websocket_server::{EndReason, Fate, Message};
use tokio::sync::watch;

/// The accounts of all runs, by their ids.
#[derive(Clone, Debug, Default)]
pub struct Accounts(Arc<Mutex<HashMap<String, Account>>>);

/// One run's.
#[derive(Clone, Debug)]
pub struct Account {
    books: Arc<Mutex<Books>>,
    stopped: watch::Sender<bool>,
}

/// `received` are the messages that the application has handled, `sent` those that `send` accepted.
#[derive(Debug, Default)]
struct Books {
    sessions: usize,
    sending: bool,
    received: Vec<Value>,
    sent: Vec<Value>,
    ends: Vec<String>,
    /// Ranges of sent messages (first, last), and their outcome when the session ended.
    fates: Vec<(u64, u64, &'static str)>,
}

/// A message as the fault server's log has it: the number is in the text, or in the bytes.
fn entry(message: &Message) -> Value {
    let bytes = message.as_bytes();
    let hash = bytes
        .iter()
        .take(65_536)
        .fold(0x811c_9dc5_u32, |bits, byte| (bits ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
    let kind = if message.as_text().is_some() { "text" } else { "binary" };
    let text: String = message.as_text().unwrap_or_default().chars().take(20).collect();
    json!({ "kind": kind, "length": bytes.len(), "text": text, "hash": format!("{hash:08x}") })
}

impl Accounts {
    /// Returns a run's account, which sends from now on.
    pub fn open(&self, id: &str) -> Account {
        let mut accounts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let account = accounts
            .entry(id.to_owned())
            .or_insert_with(|| Account { books: Arc::default(), stopped: watch::Sender::new(false) });
        let mut books = account.books();
        books.sessions += 1;
        books.sending = true;
        drop(books);
        account.clone()
    }

    fn get(&self, id: &str) -> Option<Account> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    /// Tells a run to send nothing more.
    pub fn stop(&self, id: &str) {
        if let Some(account) = self.get(id) {
            account.stopped.send_replace(true);
        }
    }

    /// Forgets a run.
    pub fn forget(&self, id: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    /// Returns a run's account, or only its counts.
    pub fn json(&self, id: &str, brief: bool) -> Value {
        let Some(account) = self.get(id) else { return json!({ "sessions": 0 }) };
        let books = account.books();
        let list = |entries: &Vec<Value>| if brief { json!(entries.len()) } else { json!(entries) };
        json!({
            "sessions": books.sessions,
            "sending": books.sending,
            "received": list(&books.received),
            "sent": list(&books.sent),
            "ends": books.ends,
            "fates": books.fates,
        })
    }
}

impl Account {
    fn books(&self) -> std::sync::MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The application has handled a message.
    pub fn received(&self, message: &Message) {
        self.books().received.push(entry(message));
    }

    /// A message was accepted for the client.
    pub fn sent(&self, message: &Message) {
        self.books().sent.push(entry(message));
    }

    /// Returns how many were.
    pub fn count(&self) -> usize {
        self.books().sent.len()
    }

    /// No more will be.
    pub fn silent(&self) {
        self.books().sending = false;
    }

    /// Returns whether the page has asked for no more.
    pub fn stopped(&self) -> watch::Receiver<bool> {
        self.stopped.subscribe()
    }

    /// The session that began with the message in this place has ended.
    pub fn ended(&self, first: usize, reason: EndReason, fates: &[(u64, u64, Fate)]) {
        let mut books = self.books();
        books.ends.push(match reason {
            EndReason::Closed => "closed".to_owned(),
            EndReason::Lost(loss) => loss.as_str().to_owned(),
            other => format!("{other:?}"),
        });
        let place = |number: u64| first as u64 + number - 1;
        books.fates.extend(fates.iter().map(|&(from, to, fate)| {
            let word = match fate {
                Fate::Delivered => "delivered",
                Fate::Dropped => "dropped",
                Fate::NotHandled | Fate::Plain => "not-handled",
                Fate::Unknown => "in-doubt",
            };
            (place(from), place(to), word)
        }));
    }
}
