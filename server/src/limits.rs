//! Limits and timeouts of a server.

use std::fmt;
use std::time::Duration;

/// Limits and timeouts of a server. Costs are in bytes for binary messages and in UTF-16 code units for texts.
///
/// [`Sessions::new`](crate::Sessions::new) refuses a count or a cost of 0, a duration below a millisecond, and
/// [`held`](Self::held) below [`queue`](Self::queue).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// How long a session survives without a connection. The default is two minutes.
    pub life: Duration,
    /// How long an ended session is remembered, so that a returning client learns how many of its messages were
    /// handled. The default is ten minutes.
    pub tombstone: Duration,
    /// The maximum number of sessions at this node. Beyond it, opens are refused with `full`, and connections that
    /// resume another node's session are closed with 1013. A client without sessions counts as one, and is closed with
    /// 1013 beyond it. The default is 10,000.
    pub sessions: usize,
    /// The maximum number of sessions of one identity at this node. Beyond it, opens are refused with `full`, and
    /// clients without sessions are closed with 1013. The empty identity has no limit. The default is 100.
    pub sessions_per_identity: usize,
    /// The maximum number of connections that are not authorized yet. Beyond it, connections are closed with 1013.
    /// The default is 1,000.
    pub unopened: usize,
    /// How long a connection may take to open or resume a session, or to be authorized without one. The default is 30
    /// seconds.
    pub open_within: Duration,
    /// The maximum cost of a client's messages that are received but not handled. The default is 256 KiB.
    pub window: u64,
    /// The maximum cost of messages that a client has not handled. Beyond it, senders wait. The default is 1 MiB.
    pub queue: u64,
    /// The maximum total cost of the messages that this node holds for clients. Beyond it, opens are refused with
    /// `full`. The default is 1 GiB.
    pub held: u64,
    /// The maximum size of a received message in bytes. A connection that receives a larger one is closed. The
    /// default is 1 MiB.
    pub message: usize,
    /// How long a client may be silent. The connection is pinged after half of this time and dropped after all of it.
    /// The default is one minute.
    pub silence: Duration,
    /// The timeout of a store request, which is then repeated. The default is five seconds.
    pub store: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            life: Duration::from_secs(120),
            tombstone: Duration::from_secs(600),
            sessions: 10_000,
            sessions_per_identity: 100,
            unopened: 1_000,
            open_within: Duration::from_secs(30),
            window: 256 << 10,
            queue: 1 << 20,
            held: 1 << 30,
            message: 1 << 20,
            silence: Duration::from_secs(60),
            store: Duration::from_secs(5),
        }
    }
}

/// A limit with which a server cannot work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LimitError {
    /// The field of [`Limits`].
    pub field: &'static str,
    /// The rule that it breaks.
    pub rule: &'static str,
}

impl fmt::Display for LimitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, rule } = self;
        write!(f, "Limits::{field} {rule}")
    }
}

impl std::error::Error for LimitError {}

/// The shortest duration: the protocol counts in milliseconds.
const SHORTEST: Duration = Duration::from_millis(1);

impl Limits {
    /// Returns the error of the first limit with which a server cannot work.
    pub(crate) fn check(&self) -> Result<(), LimitError> {
        let counts = [
            ("sessions", self.sessions as u64),
            ("sessions_per_identity", self.sessions_per_identity as u64),
            ("unopened", self.unopened as u64),
            ("window", self.window),
            ("queue", self.queue),
            ("held", self.held),
            ("message", self.message as u64),
        ];
        let spans = [
            ("life", self.life),
            ("tombstone", self.tombstone),
            ("open_within", self.open_within),
            ("silence", self.silence),
            ("store", self.store),
        ];
        let refused = |field, rule| Err(LimitError { field, rule });
        if let Some((field, _)) = counts.into_iter().find(|(_, count)| *count == 0) {
            return refused(field, "must be above 0");
        }
        if let Some((field, _)) = spans.into_iter().find(|(_, span)| *span < SHORTEST) {
            return refused(field, "must be at least 1 ms");
        }
        if self.window > steady_session::GREATEST {
            return refused("window", "must be at most 2^53 - 1");
        }
        if self.held < self.queue {
            return refused("held", "must be at least `queue`, which a single session may hold");
        }
        Ok(())
    }

    /// Returns the greatest size of messages that cost as much as [`queue`](Self::queue): a UTF-16 code unit takes up
    /// to three bytes.
    pub(crate) fn queue_bytes(&self) -> usize {
        usize::try_from(self.queue).unwrap_or(usize::MAX).saturating_mul(3)
    }

    /// Returns the interval between lease renewals.
    pub(crate) fn round(&self) -> Duration {
        (self.life / 4).max(Duration::from_millis(20))
    }

    /// Returns how long the store keeps a session after its last renewal: the session's life and two rounds.
    pub(crate) fn lease(&self) -> Duration {
        self.life.saturating_add(self.round() * 2)
    }

    pub(crate) fn config(&self) -> steady_session::Config {
        steady_session::Config {
            window: self.window,
            // The sink enforces `queue`; the machine must not refuse a message that the sink was ready for.
            queue: u64::MAX,
            life: u64::try_from(self.life.as_millis()).unwrap_or(u64::MAX).min(steady_session::GREATEST),
        }
    }
}
