//! Why a session was refused, or ended without having been closed.

use alloc::format;
use alloc::string::String;

/// The close codes of the protocol. They end the session, not only the connection.
pub mod close_codes {
    /// The two ends count differently.
    pub const COUNTS: u16 = 4500;
    /// A control frame that is malformed, or comes where it may not.
    pub const FRAME: u16 = 4501;
    /// Another connection has resumed the session.
    pub const TAKEN: u16 = 4502;
    /// More was sent than the window allows.
    pub const CREDIT: u16 = 4503;
    /// The store has lost part of the session.
    pub const STORE: u16 = 4504;
}

/// Why a server refuses a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// There is no such session, or the secret is not its own: the two look the same.
    Unknown,
    /// The session was without a connection for longer than its life.
    Expired,
    /// The session was closed.
    Closed,
    /// The session belongs to another identity.
    Identity,
    /// The two ends count differently.
    Counts,
    /// The store has lost part of the session, or what it has makes no sense.
    Store,
    /// The session broke the protocol.
    Broken,
    /// The server has as many sessions as it may.
    Full,
}

impl Refusal {
    pub(crate) const ALL: [Self; 8] = [
        Self::Unknown,
        Self::Expired,
        Self::Closed,
        Self::Identity,
        Self::Counts,
        Self::Store,
        Self::Broken,
        Self::Full,
    ];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Expired => "expired",
            Self::Closed => "closed",
            Self::Identity => "identity",
            Self::Counts => "counts",
            Self::Store => "store",
            Self::Broken => "broken",
            Self::Full => "full",
        }
    }

    /// Reads what [`as_str`](Self::as_str) returns: stores keep the word, too.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.as_str() == word)
    }
}

/// Which number the two ends disagree about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Count {
    /// An acknowledgement outside of what was acknowledged before and what was sent.
    Acknowledged,
    /// A resume that has received less than it acknowledged, or more than was sent.
    Received,
    /// An acknowledgement that says more or less was sent than has arrived.
    Sent,
    /// A tombstone that says less or more was handled than can be.
    Handled,
}

/// Why a session ended without having been closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Loss {
    /// The two ends count differently: which number, here and there.
    Counts(Count, u64, u64),
    /// The other end sent more than its window.
    Credit,
    /// The other end sent a malformed control frame, or one that may not come now.
    Frame,
    /// The server refused.
    Refused(Refusal),
    /// Another connection, perhaps at another node, owns the session now.
    Taken,
    /// The store has lost part of the session.
    Store,
    /// The session was without a connection for longer than its life.
    Expired,
    /// The connection was closed with the same code a second time, and nothing had worked between.
    Repeated(u16),
    /// The other end ended the session with this close code.
    Peer(u16),
    /// The server has no sessions, and one is required, or was there before.
    NoSessions,
    /// The application gave up.
    GivenUp,
}

impl Loss {
    /// The code to close the connection with.
    pub(crate) const fn code(self) -> u16 {
        match self {
            Self::Counts(..) => close_codes::COUNTS,
            Self::Credit => close_codes::CREDIT,
            Self::Frame => close_codes::FRAME,
            Self::Taken => close_codes::TAKEN,
            Self::Store => close_codes::STORE,
            _ => 1000,
        }
    }

    /// The reason beside the code: both ends' numbers, if they are what is wrong.
    pub(crate) fn reason(self) -> String {
        let Self::Counts(count, ours, theirs) = self else { return String::new() };
        let what = match count {
            Count::Acknowledged => "sent, acknowledged",
            Count::Received => "sent, received",
            Count::Sent => "received, sent",
            Count::Handled => "sent, handled",
        };
        format!("{what}: {ours} here, {theirs} there")
    }

    /// What the store remembers of it.
    pub(crate) const fn refusal(self) -> Refusal {
        match self {
            Self::Counts(..) | Self::Peer(close_codes::COUNTS) => Refusal::Counts,
            Self::Expired => Refusal::Expired,
            _ => Refusal::Broken,
        }
    }
}
