//! Effects: what the shells must do, and the events for the application.

use crate::keys::Bits;
use crate::limits::Millis;
use crate::loss::Loss;
use crate::store::{Swap, Write};
use alloc::string::String;

/// The number that the shell gave a connection. Whatever comes from another than the present one changes nothing.
pub type Connection = u32;

/// What the shell must do, in order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Effect<P> {
    /// Send this message of the application's: binary as it is, text [escaped](crate::escape).
    Transmit(Connection, P),
    /// Send this text as it is.
    Control(Connection, String),
    /// The message that was just given to the machine has this number: hand it to the application, and come back with
    /// `Handled` when it is done with it.
    Deliver(u64),
    /// The message that was just given to the machine belongs to the connection, not to the session.
    Own(Connection),
    /// Close the connection, and ignore its events from now on.
    Close {
        /// Which one.
        connection: Connection,
        /// With this code.
        code: u16,
        /// And this reason.
        reason: String,
    },
    /// Write this to the store, in the order of `seq`, if the store knows `owner` as the owner and `seq` as the next
    /// write. Answer with `Stored` or `StoreFailed`. A server only.
    Persist {
        /// The number of this write: the first is 1, and there are no gaps.
        seq: u64,
        /// The nonce of the owner who writes.
        owner: Bits,
        /// What to write.
        write: Write<P>,
    },
    /// Make this node the owner of the session, if its owner is still this one: [`Record::adopt`](crate::Record::adopt).
    /// Answer with the record as it then is, in one step with the change, or with `StoreFailed`. A server only.
    Adopt {
        /// The owner when the record was read.
        owner: Bits,
        /// The change.
        swap: Swap,
    },
    /// Tell the application.
    Fire(Event),
}

/// Events for the application.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// A session began.
    New {
        /// How long it outlives its connection.
        life: Millis,
    },
    /// The session is about to be resumed on this connection.
    Resuming(Connection),
    /// The session goes on.
    Resumed {
        /// How many messages are sent again.
        replayed: u64,
        /// How many messages the other end has not acknowledged, those among them.
        unacknowledged: u64,
    },
    /// What became of the messages from `first` to `last`, which were accepted here.
    Fate {
        /// The first.
        first: u64,
        /// The last.
        last: u64,
        /// Of each of them.
        fate: Fate,
    },
    /// The answer to a ping.
    Pong,
    /// The server has no sessions: what was accepted is the shell's to send, and nothing is counted.
    Plain(Connection),
    /// The session ended because one end closed it. Nothing follows.
    Closed,
    /// The session ended otherwise. Nothing follows but `Returned`.
    Lost(Loss),
    /// The client came back after the end, and has received so many messages: so far what is unknown arrived.
    Returned {
        /// How many.
        received: u64,
    },
}

/// What became of an accepted message. Each has exactly one fate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fate {
    /// The other end's application has handled it.
    Delivered,
    /// A rule of the queue dropped it before it was ever sent.
    Dropped,
    /// The session ended, and it was not handled.
    NotHandled,
    /// The session ended, and it is unknown whether it was handled.
    Unknown,
    /// There is no session: the shell sends it on the plain connection.
    Plain,
}

/// An input that was refused. Nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Error {
    /// The session is closing or over.
    Ended,
    /// The queue holds as much as it may.
    Full,
    /// The message to drop was sent, was dropped before, or never was.
    NotQueued,
    /// The message said to be handled was not received, or was handled before.
    NotReceived,
    /// The connection is not the present one, or not in the state for this.
    NotNow,
}
