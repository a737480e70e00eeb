//! Negotiates the sub-protocol, and handles servers that do not know it.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// The offer of an application without protocols of its own.
pub const SUBPROTOCOL: &str = "steady.v1";

/// Returns what a client offers: for each protocol P of the application `steady.v1+P`, then the plain ones.
pub fn offer(protocols: &[&str]) -> Vec<String> {
    if protocols.is_empty() {
        return alloc::vec![SUBPROTOCOL.to_string()];
    }
    let ours = protocols.iter().map(|protocol| format!("{SUBPROTOCOL}+{protocol}"));
    ours.chain(protocols.iter().map(ToString::to_string)).collect()
}

/// The result of a handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Agreed<'a> {
    /// Whether a hello may come. This proves nothing: some servers echo the first offer.
    pub session: bool,
    /// The application's protocol, as `socket.protocol` shows it.
    pub protocol: &'a str,
}

/// Parses the sub-protocol that the server chose.
pub fn agree(chosen: &str) -> Agreed<'_> {
    match chosen.strip_prefix(SUBPROTOCOL) {
        Some("") => Agreed { session: true, protocol: "" },
        Some(rest) => match rest.strip_prefix('+') {
            Some(protocol) => Agreed { session: true, protocol },
            None => Agreed { session: false, protocol: chosen },
        },
        None => Agreed { session: false, protocol: chosen },
    }
}

/// Returns what a server chooses of an offer: the first with a session whose protocol it knows, else the first
/// protocol that it knows, else nothing. An application without protocols knows none.
pub fn choose<'a>(offered: &[&'a str], known: &[&str]) -> Option<&'a str> {
    let fits = |chosen: &&&str| {
        let Agreed { session, protocol } = agree(chosen);
        session && (protocol.is_empty() || known.contains(&protocol))
    };
    let plain = |chosen: &&&str| known.contains(*chosen);
    offered.iter().find(fits).or_else(|| offered.iter().find(plain)).copied()
}

/// Whether to offer a session to an address: browsers fail a connection if protocols were offered and none was
/// chosen, and do not say so. Only needed if a session is preferred, not required, and the application has no protocols.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Fallback {
    /// Nothing is known yet, or the last attempts failed with and without the offer: the network may be at fault.
    #[default]
    Untried,
    /// The last attempt with the offer failed before it opened.
    Doubtful,
    /// A connection with the offer has opened.
    Works,
    /// A connection without the offer has opened, after one with it failed.
    Without,
}

impl Fallback {
    /// Records the outcome of a connection attempt.
    #[must_use]
    pub const fn after(self, opened: bool) -> Self {
        match (self, opened) {
            (Self::Untried, true) => Self::Works,
            (Self::Untried, false) => Self::Doubtful,
            (Self::Doubtful, true) => Self::Without,
            (Self::Doubtful, false) => Self::Untried,
            (known, _) => known,
        }
    }

    /// Returns whether the next connection attempt offers a session.
    pub const fn offers(self) -> bool {
        matches!(self, Self::Untried | Self::Works)
    }
}
