//! Why a session was refused, or was lost.

use alloc::format;
use alloc::string::String;

/// The close codes of the protocol. They end the session, not only the connection.
pub mod close_codes {
    /// The counts of the two ends differ.
    pub const COUNTS: u16 = 4500;
    /// A control frame is malformed or unexpected.
    pub const FRAME: u16 = 4501;
    /// Another connection has resumed the session.
    pub const TAKEN: u16 = 4502;
    /// The other end exceeded the window.
    pub const CREDIT: u16 = 4503;
    /// The store has lost a part of the session.
    pub const STORE: u16 = 4504;
}

/// Why a server refuses a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// There is no such session, or the secret is wrong; clients cannot tell which.
    Unknown,
    /// The session had no connection for longer than its life.
    Expired,
    /// The session was closed.
    Closed,
    /// The session belongs to another identity.
    Identity,
    /// The counts of the two ends differ.
    Counts,
    /// The store has lost a part of the session, or its record is corrupt.
    Store,
    /// The session broke the protocol.
    Broken,
    /// The server has reached its limit of sessions.
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

    /// Parses the word on the wire, which stores keep too.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.as_str() == word)
    }

    /// Returns the word for the wire.
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
}

/// Which counts differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Count {
    /// An acknowledgement of less than before, or of more than was sent.
    Acknowledged,
    /// A resume with fewer received messages than were acknowledged, or more than were sent.
    Received,
    /// An acknowledgement whose count of sent messages is not the count of received ones.
    Sent,
    /// A tombstone with an impossible count of handled messages.
    Handled,
}

/// Why a session was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Loss {
    /// The counts of the two ends differ: which, and both values.
    Counts(Count, u64, u64),
    /// The other end exceeded its window.
    Credit,
    /// The other end sent a malformed or unexpected control frame.
    Frame,
    /// The server refused.
    Refused(Refusal),
    /// Another connection, perhaps at another node, owns the session.
    Taken,
    /// The store has lost a part of the session.
    Store,
    /// The session had no connection for longer than its life.
    Expired,
    /// The connection was closed with the same code twice, and nothing worked in between.
    Repeated(u16),
    /// The other end closed the connection with this code, which ends the session.
    Peer(u16),
    /// The server has no sessions, but one is required or existed before.
    NoSessions,
    /// The application gave up.
    GivenUp,
}

impl Loss {
    /// Returns a word for logs and events.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counts(..) => "counts",
            Self::Credit => "credit",
            Self::Frame => "frame",
            Self::Refused(why) => why.as_str(),
            Self::Taken => "taken",
            Self::Store => "store",
            Self::Expired => "expired",
            Self::Repeated(_) => "repeated",
            Self::Peer(_) => "peer",
            Self::NoSessions => "no-sessions",
            Self::GivenUp => "given-up",
        }
    }

    /// Returns the close code for the connection.
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

    /// Returns the close reason: both ends' counts, if they differ.
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

    /// Returns the reason that the store records.
    pub(crate) const fn refusal(self) -> Refusal {
        match self {
            Self::Counts(..) | Self::Peer(close_codes::COUNTS) => Refusal::Counts,
            Self::Expired => Refusal::Expired,
            _ => Refusal::Broken,
        }
    }
}
