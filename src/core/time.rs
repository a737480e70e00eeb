//! The core's own clock face: moments are given to it, it can not ask for them.

use ::core::fmt;
use ::core::num::NonZero;

/// A span of time in milliseconds.
pub type Millis = u64;

/// A moment on the shell's monotonic clock, in whole milliseconds since an origin the shell chooses.
///
/// There is no `now()`: whoever drives the core says what time it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(
    /// One more than the milliseconds, so that a moment that may be missing takes no more room.
    NonZero<Millis>,
);

impl Instant {
    /// The moment this many milliseconds after the origin.
    pub const fn from_millis(millis: Millis) -> Self {
        Self(NonZero::<Millis>::MIN.saturating_add(millis))
    }

    /// Milliseconds since the origin.
    pub const fn as_millis(self) -> Millis {
        self.0.get() - 1
    }

    /// The moment `span` later; the end of time instead of an overflow.
    #[must_use]
    // It is asked for in many places; a page would download it in each.
    #[inline(never)]
    pub const fn after(self, span: Millis) -> Self {
        Self(self.0.saturating_add(span))
    }

    /// How long ago `earlier` was; zero if it lies ahead.
    pub const fn since(self, earlier: Self) -> Millis {
        self.0.get().saturating_sub(earlier.0.get())
    }
}

impl Default for Instant {
    /// The origin.
    fn default() -> Self {
        Self::from_millis(0)
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Instant").field(&self.as_millis()).finish()
    }
}

/// The earlier of two moments that may be missing.
pub(crate) fn earlier(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        _ => one.or(other),
    }
}
