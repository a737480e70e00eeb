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
        Self::new(false, Inbox::drop_oldest, None)
    }

    /// Drops arriving messages when the queue is full.
    pub fn drop_newest() -> Self {
        Self::new(false, Inbox::refuse, None)
    }

    /// Keeps only the latest message of each key, in the place of the earlier one; drops the oldest messages when the
    /// queue is full nevertheless. Messages without a key are all kept.
    pub fn latest_per_key(key: impl Fn(&Payload) -> Option<String> + 'static) -> Self {
        let by_key = ByKey { key, arriving: Cell::default(), waiting: RefCell::default() };
        Self::new(false, Inbox::replace, Some(Box::new(by_key)))
    }
}

/// Adds an arriving message. A function pointer, so that an app carries only the rules it uses.
type OverflowRule = fn(&Inbox, &mut Backlog, Payload) -> PushOutcome;

/// The keys of the waiting messages. A trait object, so that only apps that use keys carry the code.
trait KeyIndex {
    /// Determines the key of the arriving message. Calls the application: nothing may be borrowed.
    fn arrive(&self, payload: &Payload);
    /// Returns the place in the queue of the message with that key.
    fn place(&self) -> Option<usize>;
    /// The arriving message was appended.
    fn append(&self);
    /// The first message has left.
    fn pop(&self);
}

struct ByKey<F> {
    key: F,
    arriving: Cell<Option<Rc<str>>>,
    waiting: RefCell<WaitingKeys>,
}

#[derive(Default)]
struct WaitingKeys {
    /// The keys of all waiting messages.
    keys: VecDeque<Option<Rc<str>>>,
    /// How many messages had come before the one with this key.
    positions: BTreeMap<Rc<str>, usize>,
    /// How many have left.
    first: usize,
}

impl<F: Fn(&Payload) -> Option<String>> KeyIndex for ByKey<F> {
    fn arrive(&self, payload: &Payload) {
        let key = (self.key)(payload);
        self.arriving.set(key.map(Rc::from));
    }

    fn place(&self) -> Option<usize> {
        let key = self.arriving.take();
        let waiting = self.waiting.borrow();
        let position = key.as_ref().and_then(|key| waiting.positions.get(key));
        let place = position.map(|position| position.wrapping_sub(waiting.first));
        self.arriving.set(key);
        place
    }

    fn append(&self) {
        let key = self.arriving.take();
        let waiting = &mut *self.waiting.borrow_mut();
        if let Some(key) = &key {
            let position = waiting.first.wrapping_add(waiting.keys.len());
            waiting.positions.insert(key.clone(), position);
        }
        waiting.keys.push_back(key);
    }

    fn pop(&self) {
        let waiting = &mut *self.waiting.borrow_mut();
        waiting.first = waiting.first.wrapping_add(1);
        if let Some(key) = waiting.keys.pop_front().flatten() {
            waiting.positions.remove(&key);
        }
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

#[derive(Default)]
struct Backlog {
    waiting: VecDeque<Payload>,
    bytes: u64,
}

impl Backlog {
    fn append(&mut self, payload: Payload) {
        self.bytes = self.bytes.saturating_add(payload.size());
        self.waiting.push_back(payload);
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
        if let Some(keys) = &self.rules.keys {
            keys.arrive(&payload);
        }
        // The key function may have dropped the receiver.
        if self.closed.get() {
            return PushOutcome::default();
        }
        let outcome = (self.rules.overflow)(self, &mut self.backlog.borrow_mut(), payload);
        self.dropped.set(self.dropped.get().saturating_add(outcome.dropped));
        self.wakers.wake();
        outcome
    }

    /// Refuses the message when the queue is full.
    fn refuse(&self, backlog: &mut Backlog, payload: Payload) -> PushOutcome {
        if self.fits(backlog, payload.size(), 1) {
            backlog.append(payload);
            return PushOutcome::default();
        }
        PushOutcome { dropped: 1, closes: self.rules.closes }
    }

    /// Drops the oldest messages when the queue is full.
    fn drop_oldest(&self, backlog: &mut Backlog, payload: Payload) -> PushOutcome {
        let size = payload.size();
        if size > self.rules.max_bytes || self.rules.max_count == 0 {
            // The message alone exceeds the limit, so no other is dropped for it.
            return PushOutcome { dropped: 1, closes: false };
        }
        let mut outcome = PushOutcome::default();
        while !self.fits(backlog, size, 1) && self.pop_front(backlog).is_some() {
            outcome.dropped += 1;
        }
        if let Some(keys) = &self.rules.keys {
            keys.append();
        }
        backlog.append(payload);
        outcome
    }

    /// Replaces a waiting message with the same key.
    fn replace(&self, backlog: &mut Backlog, payload: Payload) -> PushOutcome {
        let place = self.rules.keys.as_ref().and_then(|keys| keys.place());
        let older = place.and_then(|place| backlog.waiting.get_mut(place));
        let Some(older) = older else { return self.drop_oldest(backlog, payload) };
        let size = payload.size();
        backlog.bytes = backlog.bytes.saturating_sub(older.size()).saturating_add(size);
        *older = payload;
        let mut outcome = PushOutcome { dropped: 1, closes: false };
        // The new message may be larger than the one it replaced.
        while !self.fits(backlog, 0, 0) && self.pop_front(backlog).is_some() {
            outcome.dropped += 1;
        }
        outcome
    }

    fn fits(&self, backlog: &Backlog, size: u64, count: usize) -> bool {
        backlog.bytes.saturating_add(size) <= self.rules.max_bytes
            && backlog.waiting.len().saturating_add(count) <= self.rules.max_count
    }

    fn pop_front(&self, backlog: &mut Backlog) -> Option<Payload> {
        let front = backlog.waiting.pop_front()?;
        backlog.bytes = backlog.bytes.saturating_sub(front.size());
        if let Some(keys) = &self.rules.keys {
            keys.pop();
        }
        Some(front)
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
