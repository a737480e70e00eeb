//! What happens in a network.

use crate::codec::Message;
use crate::handshake::Request;

/// A connection, by a number that is never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub(crate) u64);

impl ConnectionId {
    /// Its number, from 1.
    pub fn number(self) -> u64 {
        self.0
    }

    /// The connection of that number, for bindings that cannot hold this type.
    pub fn from_number(number: u64) -> Self {
        Self(number)
    }
}

/// A listener, by a number that is never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListenerId(pub(crate) u64);

impl ListenerId {
    /// Its number, from 1.
    pub fn number(self) -> u64 {
        self.0
    }

    /// The listener of that number, for bindings that cannot hold this type.
    pub fn from_number(number: u64) -> Self {
        Self(number)
    }
}

/// The ready state of the client's socket, as the standard numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ReadyState {
    /// The connection is being made.
    Connecting = 0,
    /// Messages pass.
    Open = 1,
    /// The closing handshake has begun.
    Closing = 2,
    /// It is over.
    Closed = 3,
}

/// Something that happened, at [`Network::now`](crate::Network::now).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The client's socket is open.
    Open {
        /// Whose.
        connection: ConnectionId,
        /// The sub-protocol that the server chose; empty for none.
        protocol: String,
        /// The extensions that the server accepted; empty for none.
        extensions: String,
    },
    /// The client received a message.
    Message {
        /// Where.
        connection: ConnectionId,
        /// What.
        message: Message,
    },
    /// The client's `bufferedAmount` has come down to 0.
    Drained {
        /// Whose.
        connection: ConnectionId,
    },
    /// The server has started the closing handshake.
    Closing {
        /// Where.
        connection: ConnectionId,
    },
    /// The client failed the connection; `Closed` follows.
    Error {
        /// Which.
        connection: ConnectionId,
    },
    /// The client's socket is closed. It is the last event of the client.
    Closed {
        /// Whose.
        connection: ConnectionId,
        /// The close code.
        code: u16,
        /// The reason.
        reason: String,
        /// Whether the closing handshake was completed.
        clean: bool,
        /// The `bufferedAmount` that stays.
        buffered: u64,
    },
    /// A handshake has arrived at a listener, which has to answer it: [`Network::peer`](crate::Network::peer).
    Request {
        /// The connection.
        connection: ConnectionId,
        /// At which listener.
        listener: ListenerId,
        /// What was asked for.
        request: Request,
    },
    /// The server received a message.
    PeerMessage {
        /// Where.
        connection: ConnectionId,
        /// What.
        message: Message,
    },
    /// Everything that the server sent is in its socket buffer.
    PeerDrained {
        /// Whose.
        connection: ConnectionId,
    },
    /// The server's end is closed. It is the last event of the server.
    PeerClosed {
        /// Whose.
        connection: ConnectionId,
        /// The close code.
        code: u16,
        /// The reason.
        reason: String,
        /// Whether the closing handshake was completed.
        clean: bool,
    },
}
