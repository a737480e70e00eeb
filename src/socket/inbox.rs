//! The bounded queue of received messages.

use super::message::Payload;
use super::wakers::WakerSet;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

/// The limits of the queue of received messages, and what is dropped when it is full.
///
/// ```
/// use steady_websocket::Inbound;
///
/// // Only the latest price of each share.
/// let newest = Inbound::latest_per_key(|message| {
///     message.as_text()?.split(':').next().map(str::to_owned)
/// });
/// let at_most_a_megabyte = Inbound::drop_oldest().max_bytes(1 << 20);
/// ```
#[must_use]
pub struct Inbound {
    max_bytes: u64,
    max_count: usize,
    /// Whether the socket closes when a message is refused.
    closes: bool,
    overflow: OverflowRule,
    keys: Option<Box<dyn KeyIndex>>,
}

/// 64 MiB or 2²⁰ messages, then the socket closes: an application that does not keep up loses messages in any
/// case, and this way it notices.
impl Default for Inbound {
    fn default() -> Self {
        Self::close()
    }
}

impl Inbound {
    fn new(closes: bool, overflow: OverflowRule, keys: Option<Box<dyn KeyIndex>>) -> Self {
        Self { max_bytes: 64 << 20, max_count: 1 << 20, closes, overflow, keys }
    }

    /// Sets the limit in bytes; the default is 64 MiB.
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Sets the limit in messages; the default is 2²⁰.
    pub fn max_count(mut self, messages: usize) -> Self {
        self.max_count = messages;
        self
    }

    /// Closes the socket with code 4009 when the queue is full.
    ///
    /// The registered code is 1009, Message Too Big, but a page may only send 1000 and 3000 to 4999.
    pub fn close() -> Self {
        Self::new(true, Inbox::refuse, None)
    }

    /// Drops the oldest messages when the queue is full.
    pub fn drop_oldest() -> Self {
        Self::new(false, Inbox::drop_oldest_entries, None)
    }

    /// Drops arriving messages when the queue is full.
    pub fn drop_newest() -> Self {
        Self::new(false, Inbox::refuse, None)
    }

    /// Keeps only the latest message of each key, in the place of the earlier one; drops the oldest messages when the
    /// queue is full nevertheless. Messages without a key are all kept.
    pub fn latest_per_key(key: impl Fn(&Payload) -> Option<String> + 'static) -> Self {
        let positions = KeyPositions { key, positions: RefCell::default() };
        Self::new(false, Inbox::replace, Some(Box::new(positions)))
    }
}

/// Adds an arriving message. A function pointer, so that an app carries only the rules it uses.
type OverflowRule = fn(&Inbox, &mut Backlog, InboxEntry) -> PushOutcome;

/// The positions of keyed messages. A trait object, so that only apps that use keys carry the code.
trait KeyIndex {
    /// Calls the application: nothing may be borrowed.
    fn key(&self, payload: &Payload) -> Option<Rc<str>>;
    fn position(&self, key: &str) -> Option<u64>;
    fn insert(&self, key: &Rc<str>, position: u64);
    fn remove(&self, key: &str);
}

struct KeyPositions<F> {
    key: F,
    positions: RefCell<BTreeMap<Rc<str>, u64>>,
}

impl<F: Fn(&Payload) -> Option<String>> KeyIndex for KeyPositions<F> {
    fn key(&self, payload: &Payload) -> Option<Rc<str>> {
        (self.key)(payload).map(Rc::from)
    }

    fn position(&self, key: &str) -> Option<u64> {
        self.positions.borrow().get(key).copied()
    }

    fn insert(&self, key: &Rc<str>, position: u64) {
        self.positions.borrow_mut().insert(key.clone(), position);
    }

    fn remove(&self, key: &str) {
        self.positions.borrow_mut().remove(key);
    }
}

/// The result of adding a message.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub(super) struct PushOutcome {
    /// How many messages were dropped.
    pub(super) dropped: u64,
    /// Whether the rule is to close the socket.
    pub(super) closes: bool,
}

struct InboxEntry {
    payload: Payload,
    key: Option<Rc<str>>,
}

#[derive(Default)]
struct Backlog {
    waiting: VecDeque<InboxEntry>,
    bytes: u64,
    /// The position of the first message: how many have left.
    first: u64,
}

impl Backlog {
    fn append(&mut self, entry: InboxEntry) {
        self.bytes = self.bytes.saturating_add(entry.payload.size());
        self.waiting.push_back(entry);
    }
}

pub(super) struct Inbox {
    rules: Inbound,
    backlog: RefCell<Backlog>,
    dropped: Cell<u64>,
    /// Whether the receiver was dropped.
    closed: Cell<bool>,
    pub(super) wakers: WakerSet,
}

impl Inbox {
    pub(super) fn new(rules: Inbound) -> Self {
        Self {
            rules,
            backlog: RefCell::default(),
            dropped: Cell::new(0),
            closed: Cell::new(false),
            wakers: WakerSet::default(),
        }
    }

    pub(super) fn push(&self, payload: Payload) -> PushOutcome {
        let keys = self.rules.keys.as_deref();
        let key = keys.and_then(|keys| keys.key(&payload));
        // The key function may have dropped the receiver.
        if self.closed.get() {
            return PushOutcome::default();
        }
        let entry = InboxEntry { payload, key };
        let outcome = (self.rules.overflow)(self, &mut self.backlog.borrow_mut(), entry);
        self.dropped.set(self.dropped.get().saturating_add(outcome.dropped));
        self.wakers.wake();
        outcome
    }

    /// Refuses the message when the queue is full.
    fn refuse(&self, backlog: &mut Backlog, entry: InboxEntry) -> PushOutcome {
        if self.fits(backlog, entry.payload.size(), 1) {
            backlog.append(entry);
            return PushOutcome::default();
        }
        PushOutcome { dropped: 1, closes: self.rules.closes }
    }

    /// Drops the oldest messages when the queue is full.
    fn drop_oldest_entries(&self, backlog: &mut Backlog, entry: InboxEntry) -> PushOutcome {
        let size = entry.payload.size();
        if size > self.rules.max_bytes || self.rules.max_count == 0 {
            // The message alone exceeds the limit, so no other is dropped for it.
            return PushOutcome { dropped: 1, closes: false };
        }
        let mut outcome = PushOutcome::default();
        while !self.fits(backlog, size, 1) && self.pop_front(backlog).is_some() {
            outcome.dropped += 1;
        }
        if let (Some(keys), Some(key)) = (&self.rules.keys, &entry.key) {
            keys.insert(key, backlog.first.saturating_add(backlog.waiting.len() as u64));
        }
        backlog.append(entry);
        outcome
    }

    /// Replaces a waiting message with the same key.
    fn replace(&self, backlog: &mut Backlog, entry: InboxEntry) -> PushOutcome {
        let position =
            self.position(entry.key.as_deref()).and_then(|position| position.checked_sub(backlog.first));
        let older = position.and_then(|position| backlog.waiting.get_mut(usize::try_from(position).ok()?));
        let Some(older) = older else { return self.drop_oldest_entries(backlog, entry) };
        let size = entry.payload.size();
        backlog.bytes = backlog.bytes.saturating_sub(older.payload.size()).saturating_add(size);
        *older = entry;
        let mut outcome = PushOutcome { dropped: 1, closes: false };
        // The new message may be larger than the one it replaced.
        while !self.fits(backlog, 0, 0) && self.pop_front(backlog).is_some() {
            outcome.dropped += 1;
        }
        outcome
    }

    fn position(&self, key: Option<&str>) -> Option<u64> {
        self.rules.keys.as_ref()?.position(key?)
    }

    fn fits(&self, backlog: &Backlog, size: u64, count: usize) -> bool {
        backlog.bytes.saturating_add(size) <= self.rules.max_bytes
            && backlog.waiting.len().saturating_add(count) <= self.rules.max_count
    }

    fn pop_front(&self, backlog: &mut Backlog) -> Option<Payload> {
        let front = backlog.waiting.pop_front()?;
        backlog.first = backlog.first.wrapping_add(1);
        backlog.bytes = backlog.bytes.saturating_sub(front.payload.size());
        if let (Some(keys), Some(key)) = (&self.rules.keys, &front.key) {
            keys.remove(key);
        }
        Some(front.payload)
    }

    pub(super) fn pop(&self) -> Option<Payload> {
        self.pop_front(&mut self.backlog.borrow_mut())
    }

    /// Accepts no further messages.
    pub(super) fn close(&self) {
        self.closed.set(true);
    }

    #[cfg(feature = "session")]
    pub(super) fn is_closed(&self) -> bool {
        self.closed.get()
    }

    /// Returns the number of waiting messages and their bytes.
    pub(super) fn waiting(&self) -> (usize, u64) {
        let backlog = self.backlog.borrow();
        (backlog.waiting.len(), backlog.bytes)
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped.get()
    }
}
