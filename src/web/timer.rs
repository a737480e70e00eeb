//! A timer on the platform's.

use super::clock;
use super::platform::{self, Timeout};
use crate::core::{Instant, LONGEST};
use std::cell::Cell;

/// Browsers clamp nested timeouts to this. Under pressure that would dominate the waiting time of senders.
pub(super) const CLAMPED: i32 = 4;

/// A timer that is set again only when it would fire too late. Postponed deadlines cost nothing: it fires early and is
/// set again.
#[derive(Default)]
pub(super) struct Timer {
    at: Cell<Option<Instant>>,
    armed: Cell<Option<Timeout>>,
}

impl Timer {
    fn is_set_before(&self, deadline: Instant) -> bool {
        self.at.get().is_some_and(|at| at <= deadline)
    }

    /// Schedules a call of `fire` with the deadline, at or before it.
    pub(super) fn set<F: Fn(Instant) + 'static>(&self, deadline: Instant, fire: F) {
        if self.is_set_before(deadline) {
            return;
        }
        let delay = i32::try_from(deadline.since(clock::now()).min(LONGEST)).unwrap_or(i32::MAX);
        let armed = platform::after(delay, move || fire(deadline));
        // Pages often replace the platform's timers, and the replacement may call anything.
        if !self.is_set_before(deadline) {
            self.at.set(Some(deadline));
            self.armed.set(armed);
        }
    }

    /// Schedules a call exactly at the deadline, or none.
    pub(super) fn move_to<F: Fn(Instant) + 'static>(&self, deadline: Option<Instant>, fire: F) {
        if self.at.get() != deadline {
            self.stop();
            if let Some(deadline) = deadline {
                self.set(deadline, fire);
            }
        }
    }

    /// Handles the platform's callback. Returns false for a posted task with an outdated deadline.
    pub(super) fn fired(&self, deadline: Instant) -> bool {
        let mine = self.at.get() == Some(deadline);
        if mine {
            self.at.set(None);
        }
        mine
    }

    /// Stops the timer.
    pub(super) fn stop(&self) {
        self.at.set(None);
        self.armed.set(None);
    }
}
