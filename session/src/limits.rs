//! The constants of the protocol, and the limits that an end chooses.

/// Milliseconds: a duration, or a time since an origin that the shell chooses.
pub type Millis = u64;

/// The greatest number in a frame: what a JavaScript number represents exactly.
pub const GREATEST: u64 = (1 << 53) - 1;

/// After this many handled messages an acknowledgement is due soon.
pub(crate) const ACK_EVERY: u64 = 32;

/// How soon: the messages of a burst share one, because small messages cost less than acknowledgements.
pub(crate) const ACK_SOON: Millis = 10;

/// An acknowledgement is due this long after the first unacknowledged message was handled.
pub(crate) const ACK_AFTER: Millis = 200;

/// How long a client waits for the hello.
pub(crate) const HELLO_WITHIN: Millis = 2_000;

/// How long a client waits for the answer to an open or a resume.
pub const STORE_WITHIN: Millis = 10_000;

/// The limits that one end chooses.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Config {
    /// The cost of the messages that the other end may have sent and this end has not handled.
    pub window: u64,
    /// The cost of the messages that this end has accepted and the other end has not acknowledged; `send` fails
    /// beyond it.
    pub queue: u64,
    /// How long a session outlives its connection. Clients ignore it: the server decides.
    pub life: Millis,
}

impl Default for Config {
    /// Returns 256 KiB, 16 MiB and two minutes.
    fn default() -> Self {
        Self { window: 256 << 10, queue: 16 << 20, life: 120_000 }
    }
}

impl Config {
    /// Returns the window for the wire: at least 1, because a window of 0 would block a session for good.
    pub(crate) fn window(&self) -> u64 {
        self.window.clamp(1, GREATEST)
    }
}
