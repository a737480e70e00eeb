//! One timer, for whatever waits.

use super::clock;
use super::platform::{self, Timeout};
use crate::core::{Instant, LONGEST};
use std::cell::Cell;

/// A timeout that a timeout sets is never shorter. Under pressure that would be most of what sending waits for.
pub(super) const CLAMPED: i32 = 4;

/// A timer that is moved only when it would fire too late. Deadlines that wander off with every
/// message cost nothing: it fires early, is told so, and is set again.
#[derive(Default)]
pub(super) struct Timer {
    at: Cell<Option<Instant>>,
    armed: Cell<Option<Timeout>>,
}

impl Timer {
    fn is_set_before(&self, deadline: Instant) -> bool {
        self.at.get().is_some_and(|at| at <= deadline)
    }

    /// Sees to it that `fire` is called at the deadline, or before; it is told which deadline that was.
    pub(super) fn set<F: Fn(Instant) + 'static>(&self, deadline: Instant, fire: F) {
        if self.is_set_before(deadline) {
            return;
        }
        let delay = i32::try_from(deadline.since(clock::now()).min(LONGEST)).unwrap_or(i32::MAX);
        let armed = platform::after(delay, move || fire(deadline));
        // The platform's timers are often replaced by a page, and what replaces them may call anything.
        if !self.is_set_before(deadline) {
            self.at.set(Some(deadline));
            self.armed.set(armed);
        }
    }

    /// The same, and not before.
    pub(super) fn move_to<F: Fn(Instant) + 'static>(&self, deadline: Option<Instant>, fire: F) {
        if self.at.get() != deadline {
            self.stop();
            if let Some(deadline) = deadline {
                self.set(deadline, fire);
            }
        }
    }

    /// It has fired; unless that was a posted task whose deadline is no longer this one's.
    pub(super) fn fired(&self, deadline: Instant) -> bool {
        let mine = self.at.get() == Some(deadline);
        if mine {
            self.at.set(None);
        }
        mine
    }

    /// It shall not fire any more.
    pub(super) fn stop(&self) {
        self.at.set(None);
        self.armed.set(None);
    }
}
