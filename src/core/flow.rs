//! Water marks, and when to look at the native `bufferedAmount`, which has no event of its own.

use super::config::Marks;
use super::time::{Instant, Millis};

/// Sampling is never more frequent than this, in which 300 MB/s do not empty the default high mark,
const SHORTEST: Millis = 2;
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
    /// All bytes ever handed over.
    handed: u64,
    /// Whether the high mark was passed and the low one not reached since.
    pressed: bool,
    /// A sample was asked for and has not come.
    asked: bool,
    /// After the page was frozen: until when what it sees may be from before.
    stale: Option<Instant>,
    next: Option<Instant>,
    every: Millis,
    /// Since when `native` has been falling: the last sample, or the first byte into an empty buffer.
    since: Instant,
}

impl Flow {
    pub(crate) fn new(marks: Marks) -> Self {
        Self {
            marks,
            native: 0,
            handed: 0,
            pressed: false,
            asked: false,
            stale: None,
            next: None,
            every: FIRST_CALM,
            since: Instant::default(),
        }
    }

    pub(crate) const fn native(&self) -> u64 {
        self.native
    }

    pub(crate) const fn handed(&self) -> u64 {
        self.handed
    }

    /// How many of the bytes handed over are known to have left.
    pub(crate) const fn left(&self) -> u64 {
        self.handed.saturating_sub(self.native)
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
    pub(crate) fn hand_over(&mut self, now: Instant, size: u64) -> bool {
        if self.native == 0 {
            self.since = now;
        }
        self.handed = self.handed.saturating_add(size);
        self.native = self.native.saturating_add(size);
        !self.has_room() && !self.pressed && self.ask()
    }

    /// Whether the shell is to be asked now: not while an earlier question is open.
    pub(crate) fn ask(&mut self) -> bool {
        self.next = None;
        !::core::mem::replace(&mut self.asked, true)
    }

    /// The sample came; `watched` if a flush waits. Whether anything has left.
    pub(crate) fn sampled(&mut self, now: Instant, amount: u64, watched: bool) -> bool {
        let urgent = self.pressed || watched;
        let (shortest, longest) =
            if urgent { (SHORTEST, LONGEST_PRESSED) } else { (FIRST_CALM, LONGEST_CALM) };
        let target = if self.pressed { self.marks.low } else { 0 };
        let drained = self.native.saturating_sub(amount);
        // As long as it will take, at the rate just seen, to fall to where something is to be told.
        // Both below 2³², so that no product is too large.
        let (left, took) = (amount.saturating_sub(target), now.since(self.since));
        let ahead = left.min(u32::MAX.into()) * took.min(u32::MAX.into());
        // A rate can mislead: while a task runs a page sees nothing leave. So it is trusted step by step.
        let patience = 2 * self.every;
        self.every = ahead.checked_div(drained).unwrap_or(patience).min(patience).clamp(shortest, longest);
        self.since = now;
        self.native = amount;
        self.asked = false;
        if self.stale.is_some_and(|until| until <= now) {
            self.stale = None;
        }
        self.next = None;
        drained > 0
    }

    /// The connection is gone. `kept`: the bytes that it still held, if nothing else keeps account of them.
    pub(crate) fn reset(&mut self, kept: u64) {
        self.native = kept;
        self.asked = false;
        self.stale = None;
        self.next = None;
        self.every = FIRST_CALM;
    }

    /// The page is frozen: what it knows of bytes on their way grows old. Of a connection to come nothing is known yet.
    pub(crate) fn freeze(&mut self) {
        if self.native > 0 {
            self.stale = Some(Instant::default().after(Millis::MAX));
        }
    }

    /// The page runs again, and sees the truth after a moment.
    pub(crate) fn thaw(&mut self, now: Instant) {
        if self.stale.is_some() {
            self.stale = Some(now.after(FIRST_CALM));
            self.next = None;
            self.every = FIRST_CALM;
        }
    }

    pub(crate) const fn is_stale(&self) -> bool {
        self.stale.is_some()
    }

    /// A flush waits: look again soon.
    pub(crate) fn sample_soon(&mut self) {
        self.every = SHORTEST;
        self.next = None;
    }

    /// Holds the pressure against the marks; `queued` bytes wait in the outbox. Whether the
    /// application is to be told that it may go on.
    pub(crate) fn update_pressure(&mut self, queued: u64) -> bool {
        let total = queued.saturating_add(self.native);
        if self.pressed {
            self.pressed = total > self.marks.low;
            !self.pressed
        } else {
            // A bound above the mark is not yet the truth: the sample decides.
            self.pressed = total > self.marks.high && !self.asked;
            if self.pressed {
                self.every = SHORTEST;
                self.next = None;
            }
            false
        }
    }

    /// Sets the timer for the next look, while there is something to learn from one.
    pub(crate) fn schedule(&mut self, now: Instant, connected: bool, unconfirmed: bool, watched: bool) {
        let wanted = self.native > 0 && (self.pressed || watched);
        if !connected || !(unconfirmed || wanted) {
            self.next = None;
            self.every = FIRST_CALM;
        } else if self.next.is_none() && !self.asked {
            self.next = Some(now.after(self.every));
        }
    }

    pub(crate) fn is_due(&self, now: Instant) -> bool {
        self.next.is_some_and(|at| at <= now)
    }

    pub(crate) const fn next(&self) -> Option<Instant> {
        self.next
    }
}

#[cfg(test)]
impl Flow {
    /// Without what can not show any more: since when nothing has been falling.
    pub(super) fn normal(mut self, now: Instant, connected: bool) -> Self {
        let age = if self.native == 0 || !connected { 0 } else { now.since(self.since).min(LONGEST_CALM) };
        self.since = Instant::from_millis(now.as_millis() - age);
        self.handed = 0;
        // While the page is frozen, it is stale for longer than any rule looks ahead.
        self.stale = self.stale.map(|until| until.clamp(now, now.after(FIRST_CALM + 1)));
        self
    }
}
