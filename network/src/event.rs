//! The events of a network.

use crate::codec::Message;
use crate::handshake::Request;

/// Identifies a connection. Numbers are never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub(crate) u64);

impl ConnectionId {
    /// Returns its number, counted from 1.
    pub fn number(self) -> u64 {
        self.0
    }

    /// Returns the connection with that number, for bindings that cannot hold this type.
    pub fn from_number(number: u64) -> Self {
        Self(number)
    }
}

/// Identifies a listener. Numbers are never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListenerId(pub(crate) u64);

impl ListenerId {
    /// Returns its number, counted from 1.
    pub fn number(self) -> u64 {
        self.0
    }

    /// Returns the listener with that number, for bindings that cannot hold this type.
    pub fn from_number(number: u64) -> Self {
        Self(number)
    }
}

/// The ready state of the client's socket, as the standard numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ReadyState {
    /// The connection is not yet established.
    Connecting = 0,
    /// Messages may be sent.
    Open = 1,
    /// The closing handshake is under way.
    Closing = 2,
    /// The connection is closed.
    Closed = 3,
}

/// An event, at the time [`Network::now`](crate::Network::now).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The client's socket is open.
    Open {
        /// The connection.
        connection: ConnectionId,
        /// The sub-protocol that the server chose; empty for none.
        protocol: String,
        /// The extensions that the server accepted; empty for none.
        extensions: String,
    },
    /// The client received a message.
    Message {
        /// The connection.
        connection: ConnectionId,
        /// The message.
        message: Message,
    },
    /// The client's `bufferedAmount` has fallen to 0.
    Drained {
        /// The connection.
        connection: ConnectionId,
    },
    /// The server has started the closing handshake.
    Closing {
        /// The connection.
        connection: ConnectionId,
    },
    /// The client has failed the connection; `Closed` follows.
    Error {
        /// The connection.
        connection: ConnectionId,
    },
    /// The client's socket is closed. The last event of the client.
    Closed {
        /// The connection.
        connection: ConnectionId,
        /// The close code.
        code: u16,
        /// The reason.
        reason: String,
        /// Whether the closing handshake was completed.
        clean: bool,
        /// The `bufferedAmount` that remains.
        buffered: u64,
    },
    /// A handshake request has arrived at a listener, which must answer it with
    /// [`Network::peer`](crate::Network::peer).
    Request {
        /// The connection.
        connection: ConnectionId,
        /// The listener.
        listener: ListenerId,
        /// The request.
        request: Request,
    },
    /// The server received a message.
    PeerMessage {
        /// The connection.
        connection: ConnectionId,
        /// The message.
        message: Message,
    },
    /// Everything that the server sent has been written to its socket buffer.
    PeerDrained {
        /// The connection.
        connection: ConnectionId,
    },
    /// The server's end is closed. The last event of the server.
    PeerClosed {
        /// The connection.
        connection: ConnectionId,
        /// The close code.
        code: u16,
        /// The reason.
        reason: String,
        /// Whether the closing handshake was completed.
        clean: bool,
    },
}
