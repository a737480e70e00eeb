//! The core's own instants: the shell passes them in, the core has no clock.

use ::core::fmt;
use ::core::num::NonZero;

/// A span of time in milliseconds.
pub type Millis = u64;

/// A moment on the shell's monotonic clock, in whole milliseconds since an origin the shell chooses.
///
/// There is no `now()`: the shell passes the time with every input.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(
    /// One more than the milliseconds, so that `Option<Instant>` is no larger.
    NonZero<Millis>,
);

impl Instant {
    /// Returns the moment this many milliseconds after the origin.
    pub const fn from_millis(millis: Millis) -> Self {
        Self(NonZero::<Millis>::MIN.saturating_add(millis))
    }

    /// Returns the milliseconds since the origin.
    pub const fn as_millis(self) -> Millis {
        self.0.get() - 1
    }

    /// Returns the moment `span` later, saturating.
    #[must_use]
    // Inlined in its many callers, it would add to the download.
    #[inline(never)]
    pub const fn after(self, span: Millis) -> Self {
        Self(self.0.saturating_add(span))
    }

    /// Returns the time since `earlier`; zero if that is later.
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

/// Returns the earlier of two optional moments.
pub(crate) fn earlier(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        _ => one.or(other),
    }
}
