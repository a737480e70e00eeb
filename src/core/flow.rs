//! Water marks, and when to look at the native `bufferedAmount`, which has no event of its own.

use super::config::Marks;
use super::time::{Instant, Millis};

/// Sampling is never more frequent than a browser's nested timers can be,
const SHORTEST: Millis = 4;
/// nor so rare under pressure that the application would notice,
const LONGEST_PRESSED: Millis = 250;
/// and merely learning what has left can wait.
const LONGEST_CALM: Millis = 1_000;
const FIRST_CALM: Millis = 50;

#[derive(Clone, Debug)]
pub(crate) struct Flow {
    marks: Marks,
    /// An upper bound of the native `bufferedAmount`: the last sample and all handed over since.
    native: u64,
    /// Whether the high mark was passed and the low one not reached since.
    pressed: bool,
    /// Somebody waits for everything to be handed over.
    watched: bool,
    /// A sample was asked for and has not come.
    asked: bool,
    next: Option<Instant>,
    every: Millis,
    seen: (Instant, u64),
}

impl Flow {
    pub(crate) fn new(marks: Marks) -> Self {
        Self {
            marks,
            native: 0,
            pressed: false,
            watched: false,
            asked: false,
            next: None,
            every: FIRST_CALM,
            seen: (Instant::default(), 0),
        }
    }

    pub(crate) const fn native(&self) -> u64 {
        self.native
    }

    pub(crate) const fn is_pressed(&self) -> bool {
        self.pressed
    }

    /// Whether the connection may be given more.
    pub(crate) const fn has_room(&self) -> bool {
        self.native <= self.marks.high
    }

    /// Bytes went to the connection. Whether a look at the truth is due, because the bound passed
    /// the high mark; only then is it worth its cost.
    pub(crate) fn handed(&mut self, size: u64) -> bool {
        self.native = self.native.saturating_add(size);
        !self.has_room() && !self.pressed && self.ask()
    }

    /// Whether the shell is to be asked now: not while an earlier question is open.
    pub(crate) fn ask(&mut self) -> bool {
        !std::mem::replace(&mut self.asked, true)
    }

    /// The sample came.
    pub(crate) fn sampled(&mut self, now: Instant, amount: u64) {
        let (then, before) = self.seen;
        let longest = if self.pressed || self.watched { LONGEST_PRESSED } else { LONGEST_CALM };
        let drained = before.saturating_sub(amount);
        self.every = if drained == 0 {
            self.every.saturating_mul(2)
        } else {
            // As long as it will take, at the rate just seen, to fall to the low mark.
            amount.saturating_sub(self.marks.low).saturating_mul(now.since(then)) / drained
        }
        .clamp(SHORTEST, longest);
        self.seen = (now, amount);
        self.native = amount;
        self.asked = false;
        self.next = None;
    }

    /// The connection is gone, and what it held with it.
    pub(crate) fn cut(&mut self) {
        self.native = 0;
        self.asked = false;
        self.next = None;
        self.every = FIRST_CALM;
        self.seen = (Instant::default(), 0);
    }

    pub(crate) fn watch(&mut self) {
        self.watched = true;
        self.every = SHORTEST;
        self.next = None;
    }

    /// Holds the pressure against the marks; `queued` bytes wait in the outbox. Whether the
    /// application is to be told that it may go on.
    pub(crate) fn weigh(&mut self, queued: u64) -> bool {
        let total = queued.saturating_add(self.native);
        if self.pressed {
            self.pressed = total > self.marks.low;
            !self.pressed
        } else {
            // A bound above the mark is not yet the truth: the sample decides.
            self.pressed = total > self.marks.high && !self.asked;
            if self.pressed {
                self.every = SHORTEST;
            }
            false
        }
    }

    /// Whether all is handed over and somebody waited for it.
    pub(crate) fn settle(&mut self, all_left: bool) -> bool {
        all_left && std::mem::take(&mut self.watched)
    }

    /// Sets the timer for the next look, while there is something to learn.
    pub(crate) fn schedule(&mut self, now: Instant, unconfirmed: bool) {
        if !(self.pressed || self.watched || unconfirmed) {
            self.next = None;
            self.every = FIRST_CALM;
        } else if self.next.is_none() {
            self.next = Some(now.after(self.every));
        }
    }

    pub(crate) const fn next(&self) -> Option<Instant> {
        self.next
    }
}
