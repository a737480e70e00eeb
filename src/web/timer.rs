//! The one timer of a socket.

use crate::core::{Instant, LONGEST};
use gloo_timers::callback::Timeout;
use std::cell::{Cell, RefCell};

/// A timer that is moved only when it would fire too late. Deadlines that wander off with every
/// message cost nothing: it fires early, is told so, and is set again.
#[derive(Default)]
pub(super) struct Timer {
    at: Cell<Option<Instant>>,
    armed: RefCell<Option<Timeout>>,
}

impl Timer {
    /// Sees to it that `fire` is called at the deadline, or before.
    pub(super) fn set<F: FnOnce() + 'static>(&self, now: Instant, deadline: Option<Instant>, fire: F) {
        let Some(deadline) = deadline else { return };
        if self.at.get().is_some_and(|at| at <= deadline) {
            return;
        }
        self.at.set(Some(deadline));
        let delay = u32::try_from(deadline.since(now).min(LONGEST)).unwrap_or(u32::MAX);
        self.armed.replace(Some(Timeout::new(delay, fire)));
    }

    /// It has fired.
    pub(super) fn fired(&self) {
        self.at.set(None);
    }

    /// It shall not fire any more.
    pub(super) fn stop(&self) {
        self.at.set(None);
        self.armed.replace(None);
    }
}
