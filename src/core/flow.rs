//! Back-pressure by water marks, and when to sample the native `bufferedAmount`, which has no event.

use super::config::Marks;
use super::time::{Instant, Millis};

/// The shortest sampling interval: 300 MB/s do not empty the default high mark in it.
const SHORTEST: Millis = 2;
/// The longest sampling interval under pressure, so that the application notices no delay.
const LONGEST_PRESSED: Millis = 250;
/// The longest sampling interval without pressure.
const LONGEST_CALM: Millis = 1_000;
const FIRST_CALM: Millis = 50;

#[derive(Clone, Debug)]
pub(crate) struct Flow {
    marks: Marks,
    /// An upper bound of the native `bufferedAmount`: the last sample plus all bytes handed over since.
    native: u64,
    /// All bytes ever handed over.
    handed: u64,
    /// Whether the high mark was exceeded and the low one not reached since.
    pressed: bool,
    /// A sample was requested and has not arrived.
    asked: bool,
    /// After a freeze: until when the native amount may be outdated.
    stale: Option<Instant>,
    next: Option<Instant>,
    every: Millis,
    /// The start of the current measurement: the last sample, or the first byte into an empty buffer.
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

    /// Returns how many of the bytes handed over are known to have left.
    pub(crate) const fn left(&self) -> u64 {
        self.handed.saturating_sub(self.native)
    }

    pub(crate) const fn is_pressed(&self) -> bool {
        self.pressed
    }

    /// Returns whether the connection may be given more.
    pub(crate) const fn has_room(&self) -> bool {
        self.native <= self.marks.high
    }

    /// Returns how many bytes may be handed over before it has no room.
    pub(crate) const fn room(&self) -> u64 {
        self.marks.high.saturating_add(1).saturating_sub(self.native)
    }

    /// Counts bytes handed to the connection. Returns whether to sample now because the bound exceeds the high
    /// mark; otherwise a sample is not worth its cost.
    pub(crate) fn hand_over(&mut self, now: Instant, size: u64) -> bool {
        if self.native == 0 {
            self.since = now;
        }
        self.handed = self.handed.saturating_add(size);
        self.native = self.native.saturating_add(size);
        !self.has_room() && !self.pressed && self.ask()
    }

    /// Requests a sample; returns false while an earlier request is pending.
    pub(crate) fn ask(&mut self) -> bool {
        self.next = None;
        !::core::mem::replace(&mut self.asked, true)
    }

    /// Takes a sample; `watched` if a flush is pending. Returns whether anything has left.
    pub(crate) fn sampled(&mut self, now: Instant, amount: u64, watched: bool) -> bool {
        let urgent = self.pressed || watched;
        let (shortest, longest) =
            if urgent { (SHORTEST, LONGEST_PRESSED) } else { (FIRST_CALM, LONGEST_CALM) };
        // Below the low mark, it is the queue that holds the pressure.
        let target = if self.pressed && amount > self.marks.low { self.marks.low } else { 0 };
        let drained = self.native.saturating_sub(amount);
        // The time until the target is reached at the rate just measured. Both factors are below 2³², so that
        // the product does not overflow.
        let (left, took) = (amount.saturating_sub(target), now.since(self.since));
        let ahead = left.min(u32::MAX.into()) * took.min(u32::MAX.into());
        // The rate can mislead, because the amount does not change during a task. So the interval at most doubles.
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

    /// Resets the state for the next connection. `kept`: bytes still buffered that are counted nowhere else.
    pub(crate) fn reset(&mut self, kept: u64) {
        self.native = kept;
        self.asked = false;
        self.stale = None;
        self.next = None;
        self.every = FIRST_CALM;
    }

    /// Marks the native amount as outdated, because the page is frozen.
    pub(crate) fn freeze(&mut self) {
        if self.native > 0 {
            self.stale = Some(Instant::default().after(Millis::MAX));
        }
    }

    /// Expects a current native amount shortly after the page resumed.
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

    /// Samples soon, because a flush is pending.
    pub(crate) fn sample_soon(&mut self) {
        self.every = SHORTEST;
        self.next = None;
    }

    /// Compares the buffered bytes with the marks; `queued` bytes wait in the outbox. Returns whether the
    /// pressure has just ended.
    pub(crate) fn update_pressure(&mut self, queued: u64) -> bool {
        let total = queued.saturating_add(self.native);
        if self.pressed {
            self.pressed = total > self.marks.low;
            !self.pressed
        } else {
            // The bound may exceed the real amount: the pending sample decides.
            self.pressed = total > self.marks.high && !self.asked;
            if self.pressed {
                self.every = SHORTEST;
                self.next = None;
            }
            false
        }
    }

    /// Schedules the next sample if one is useful.
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
    /// Returns a copy without differences that have no effect, such as the age of an idle measurement.
    pub(super) fn normal(mut self, now: Instant, connected: bool) -> Self {
        let age = if self.native == 0 || !connected { 0 } else { now.since(self.since).min(LONGEST_CALM) };
        self.since = Instant::from_millis(now.as_millis() - age);
        self.handed = 0;
        // While the page is frozen, it is stale for longer than any rule looks ahead.
        self.stale = self.stale.map(|until| until.clamp(now, now.after(FIRST_CALM + 1)));
        self
    }
}
