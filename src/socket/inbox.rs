//! Messages that arrived and were not yet taken: bounded, and never silent about it.

use super::message::Payload;
use super::wakers::WakerSet;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

/// How much may wait to be taken, and what gives way.
///
/// ```
/// use steady_websocket::Inbound;
///
/// // A ticker that falls behind wants the newest price of each share, and no backlog.
/// let newest = Inbound::latest_per_key(|message| {
///     message.as_text()?.split(':').next().map(str::to_owned)
/// });
/// let at_most_a_megabyte = Inbound::drop_oldest().max_bytes(1 << 20);
/// ```
#[must_use]
pub struct Inbound {
    max_bytes: u64,
    max_count: usize,
    /// Whether the socket closes when a message was refused.
    closes: bool,
    settle: Settle,
    keys: Option<Box<dyn Keys>>,
}

/// 64 MiB or 2²⁰ messages; then the socket closes: an application that does not keep up has lost
/// either way, and this way it knows.
impl Default for Inbound {
    fn default() -> Self {
        Self::close()
    }
}

impl Inbound {
    fn new(closes: bool, settle: Settle, keys: Option<Box<dyn Keys>>) -> Self {
        Self { max_bytes: 64 << 20, max_count: 1 << 20, closes, settle, keys }
    }

    /// At most this many bytes; 64 MiB if not said.
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// At most this many messages; 2²⁰ if not said.
    pub fn max_count(mut self, messages: usize) -> Self {
        self.max_count = messages;
        self
    }

    /// When full, the socket closes with code 4009.
    ///
    /// Message Too Big is 1009, but a page may only send 1000 and 3000 to 4999: 4009 is the private
    /// code that reads like it.
    pub fn close() -> Self {
        Self::new(true, Inbox::refuse, None)
    }

    /// When full, the oldest waiting messages are dropped.
    pub fn drop_oldest() -> Self {
        Self::new(false, Inbox::crowd_out, None)
    }

    /// When full, what arrives is dropped.
    pub fn drop_newest() -> Self {
        Self::new(false, Inbox::refuse, None)
    }

    /// Of messages with the same key only the latest waits, in the place of the one before; when
    /// full nevertheless, the oldest are dropped. A message without a key stands for itself.
    pub fn latest_per_key(key: impl Fn(&Payload) -> Option<String> + 'static) -> Self {
        let places = Places { key, places: RefCell::default() };
        Self::new(false, Inbox::replace, Some(Box::new(places)))
    }
}

/// What becomes of a message that arrives. A function: an app carries those that it asked for.
type Settle = fn(&Inbox, &mut Line, Waiting) -> Arrival;

/// Which key waits where. An object, so that only apps that use keys carry the code.
trait Keys {
    /// Calls out: nothing may be borrowed.
    fn key(&self, payload: &Payload) -> Option<Rc<str>>;
    fn place(&self, key: &str) -> Option<u64>;
    fn took(&self, key: &Rc<str>, place: u64);
    fn left(&self, key: &str);
}

struct Places<F> {
    key: F,
    places: RefCell<BTreeMap<Rc<str>, u64>>,
}

impl<F: Fn(&Payload) -> Option<String>> Keys for Places<F> {
    fn key(&self, payload: &Payload) -> Option<Rc<str>> {
        (self.key)(payload).map(Rc::from)
    }

    fn place(&self, key: &str) -> Option<u64> {
        self.places.borrow().get(key).copied()
    }

    fn took(&self, key: &Rc<str>, place: u64) {
        self.places.borrow_mut().insert(key.clone(), place);
    }

    fn left(&self, key: &str) {
        self.places.borrow_mut().remove(key);
    }
}

/// What became of an arriving message, and of those that gave way to it.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub(super) struct Arrival {
    /// How many messages were dropped.
    pub(super) dropped: u64,
    /// Whether the rule is to close the socket.
    pub(super) closes: bool,
}

struct Waiting {
    payload: Payload,
    key: Option<Rc<str>>,
}

#[derive(Default)]
struct Line {
    waiting: VecDeque<Waiting>,
    bytes: u64,
    /// The place of the first that waits: how many have left.
    first: u64,
}

impl Line {
    fn append(&mut self, newcomer: Waiting) {
        self.bytes = self.bytes.saturating_add(newcomer.payload.size());
        self.waiting.push_back(newcomer);
    }
}

pub(super) struct Inbox {
    rules: Inbound,
    line: RefCell<Line>,
    dropped: Cell<u64>,
    /// Whether anybody will ever take a message.
    shut: Cell<bool>,
    pub(super) wakers: WakerSet,
}

impl Inbox {
    pub(super) fn new(rules: Inbound) -> Self {
        Self {
            rules,
            line: RefCell::default(),
            dropped: Cell::new(0),
            shut: Cell::new(false),
            wakers: WakerSet::default(),
        }
    }

    pub(super) fn push(&self, payload: Payload) -> Arrival {
        let keys = self.rules.keys.as_deref();
        let key = keys.and_then(|keys| keys.key(&payload));
        // To ask for the key may have dropped whoever takes messages.
        if self.shut.get() {
            return Arrival::default();
        }
        let newcomer = Waiting { payload, key };
        let arrival = (self.rules.settle)(self, &mut self.line.borrow_mut(), newcomer);
        self.dropped.set(self.dropped.get().saturating_add(arrival.dropped));
        self.wakers.wake();
        arrival
    }

    /// When it is full, what arrives is refused.
    fn refuse(&self, line: &mut Line, newcomer: Waiting) -> Arrival {
        if self.fits(line, newcomer.payload.size(), 1) {
            line.append(newcomer);
            return Arrival::default();
        }
        Arrival { dropped: 1, closes: self.rules.closes }
    }

    /// When it is full, the oldest give way.
    fn crowd_out(&self, line: &mut Line, newcomer: Waiting) -> Arrival {
        let size = newcomer.payload.size();
        if size > self.rules.max_bytes || self.rules.max_count == 0 {
            // It alone is too much: nobody has to give way for that.
            return Arrival { dropped: 1, closes: false };
        }
        let mut arrival = Arrival::default();
        while !self.fits(line, size, 1) && self.pop_front(line).is_some() {
            arrival.dropped += 1;
        }
        if let (Some(keys), Some(key)) = (&self.rules.keys, &newcomer.key) {
            keys.took(key, line.first.saturating_add(line.waiting.len() as u64));
        }
        line.append(newcomer);
        arrival
    }

    /// Of those with the same key only the newest waits.
    fn replace(&self, line: &mut Line, newcomer: Waiting) -> Arrival {
        let place = self.place(newcomer.key.as_deref()).and_then(|place| place.checked_sub(line.first));
        let older = place.and_then(|place| line.waiting.get_mut(usize::try_from(place).ok()?));
        let Some(older) = older else { return self.crowd_out(line, newcomer) };
        let size = newcomer.payload.size();
        line.bytes = line.bytes.saturating_sub(older.payload.size()).saturating_add(size);
        *older = newcomer;
        let mut arrival = Arrival { dropped: 1, closes: false };
        // A successor may be larger than the one whose place it took.
        while !self.fits(line, 0, 0) && self.pop_front(line).is_some() {
            arrival.dropped += 1;
        }
        arrival
    }

    fn place(&self, key: Option<&str>) -> Option<u64> {
        self.rules.keys.as_ref()?.place(key?)
    }

    fn fits(&self, line: &Line, size: u64, count: usize) -> bool {
        line.bytes.saturating_add(size) <= self.rules.max_bytes
            && line.waiting.len().saturating_add(count) <= self.rules.max_count
    }

    fn pop_front(&self, line: &mut Line) -> Option<Payload> {
        let front = line.waiting.pop_front()?;
        line.first = line.first.wrapping_add(1);
        line.bytes = line.bytes.saturating_sub(front.payload.size());
        if let (Some(keys), Some(key)) = (&self.rules.keys, &front.key) {
            keys.left(key);
        }
        Some(front.payload)
    }

    pub(super) fn pop(&self) -> Option<Payload> {
        self.pop_front(&mut self.line.borrow_mut())
    }

    /// Nobody is there to take messages any more.
    pub(super) fn shut(&self) {
        self.shut.set(true);
        while self.pop().is_some() {}
    }

    /// How many messages wait, and how many bytes they are.
    pub(super) fn waiting(&self) -> (usize, u64) {
        let line = self.line.borrow();
        (line.waiting.len(), line.bytes)
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped.get()
    }
}
