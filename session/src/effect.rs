//! Effects: what the shells must do, and the events for the application.

use crate::keys::Bits;
use crate::limits::Millis;
use crate::loss::Loss;
use crate::store::{Swap, Write};
use alloc::string::String;

/// The number that the shell gave a connection. Inputs with the number of another connection than the current one are
/// ignored.
pub type Connection = u32;

/// What the shell must do, in order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Effect<P> {
    /// Send this message of the application: binary unchanged, text [escaped](crate::escape).
    Transmit(Connection, P),
    /// Send this text unchanged.
    Control(Connection, String),
    /// The message that was just received has this number: deliver it to the application, and answer with `Handled`
    /// when it is done with it.
    Deliver(u64),
    /// The message that was just received belongs to the connection, not to the session.
    Own(Connection),
    /// Close the connection, and ignore its events from now on.
    Close {
        /// The connection.
        connection: Connection,
        /// The close code.
        code: u16,
        /// The reason.
        reason: String,
    },
    /// Write this to the store, in the order of `seq`, provided that the store knows `owner` as the owner and `seq`
    /// as the next write. Answer with `Stored` or `StoreFailed`. Servers only.
    Persist {
        /// The number of this write, counted from 1 without gaps.
        seq: u64,
        /// The nonce of the writing owner.
        owner: Bits,
        /// The change.
        write: Write<P>,
    },
    /// Make this node the owner of the session, if its owner is still this one:
    /// [`Record::adopt`](crate::Record::adopt). Answer with the resulting record, read in the same step, or with
    /// `StoreFailed`. Servers only.
    Adopt {
        /// The owner when the record was read.
        owner: Bits,
        /// The change.
        swap: Swap,
    },
    /// Emit an event.
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
    /// The session is being resumed on this connection.
    Resuming(Connection),
    /// The session was resumed.
    Resumed {
        /// How many messages are sent again.
        replayed: u64,
        /// How many messages the other end has not acknowledged, including those.
        unacknowledged: u64,
    },
    /// The fate of the messages from `first` to `last`, which were accepted here.
    Fate {
        /// The first message.
        first: u64,
        /// The last message.
        last: u64,
        /// The fate of each.
        fate: Fate,
    },
    /// The answer to a ping.
    Pong,
    /// The server has no sessions: the shell sends what was accepted, and nothing is counted.
    Plain(Connection),
    /// The session ended because one end closed it. The last event.
    Closed,
    /// The session ended otherwise. Only `Returned` may follow.
    Lost(Loss),
    /// The client came back after the end, having received this many messages: of those in doubt, these arrived.
    Returned {
        /// The count.
        received: u64,
    },
}

/// The outcome of an accepted message. Each message has exactly one.
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

/// An input was refused. The machine has not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Error {
    /// The session is closing or over.
    Ended,
    /// The queue is full.
    Full,
    /// The message to drop was sent already, was dropped before, or does not exist.
    NotQueued,
    /// The message was not received, or was handled before.
    NotReceived,
    /// The connection is not the current one, or not in a state for this.
    NotNow,
}
