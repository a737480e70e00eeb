//! The numbers of the protocol, and what an end may choose.

/// Milliseconds: a span, or a moment since an origin that the shell chooses.
pub type Millis = u64;

/// The greatest number a frame may carry: what a JavaScript number holds exactly.
pub const GREATEST: u64 = (1 << 53) - 1;

/// An acknowledgement is due after this many handled messages.
pub const ACK_EVERY: u64 = 32;

/// An acknowledgement is due this long after the first message that was handled and not acknowledged.
pub const ACK_AFTER: Millis = 200;

/// How long a client waits for the hello.
pub const HELLO_WITHIN: Millis = 2_000;

/// How long a client that opens or resumes waits for the server's store.
pub const STORE_WITHIN: Millis = 10_000;

/// What one end chooses.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Config {
    /// The cost of the messages that the other end may have sent and this end not handled.
    pub window: u64,
    /// The cost of the messages that this end accepts and the other has not acknowledged; `send` fails beyond.
    pub queue: u64,
    /// How long a session outlives its connection. The server's choice; a client ignores it.
    pub life: Millis,
}

impl Default for Config {
    /// 256 KiB, 16 MiB, two minutes.
    fn default() -> Self {
        Self { window: 256 << 10, queue: 16 << 20, life: 120_000 }
    }
}

impl Config {
    /// The window as it goes on the wire: at least 1, since a window of nothing would stop a session for good.
    pub(crate) fn window(&self) -> u64 {
        self.window.clamp(1, GREATEST)
    }
}
