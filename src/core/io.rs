//! The core's interface: inputs, effects and errors.

use super::diagnosis::Diagnosis;
use super::time::Millis;
use ::core::fmt::Debug;
use alloc::string::String;

/// The number of a connection within its socket, counted from 1. Inputs with an older number than the
/// current one are ignored.
pub type Attempt = u32;

/// A close reason. The core stores it but does not read it: the shell chooses its type.
pub trait Text: Clone + Debug + Default {
    /// Returns the length in UTF-8 bytes.
    fn bytes(&self) -> usize;
    /// Appends the text, for a trace.
    fn write_to(&self, out: &mut String);
}

impl Text for String {
    fn bytes(&self) -> usize {
        self.len()
    }

    fn write_to(&self, out: &mut String) {
        out.push_str(self);
    }
}

/// The number of a message within its socket, counted from 0 in the order of acceptance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// A message that was not handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LostMessage {
    /// Counts the lost messages of a socket, from 1 in the order in which they were lost.
    pub number: u64,
    /// The message.
    pub ticket: Ticket,
    /// Why it was lost.
    pub why: Why,
}

/// A message to send. The payload is opaque to the core: the shell knows how to send it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingMessage<P> {
    /// What the shell hands to the connection.
    pub payload: P,
    /// Its length on the wire: UTF-8 bytes for text, bytes for binary data.
    pub size: u64,
    /// An older message that is discarded unless it has left: in the queue now, or when its connection ends.
    pub replaces: Option<Ticket>,
    /// How long it may wait in the outbox; `None` uses the queue's default.
    pub lifetime: Option<Millis>,
    /// Whether it is only valid in the session it was sent in.
    pub session_bound: bool,
}

impl<P> OutgoingMessage<P> {
    /// Returns a message without options.
    pub const fn new(payload: P, size: u64) -> Self {
        Self { payload, size, replaces: None, lifetime: None, session_bound: false }
    }
}

/// How a connection ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloseInfo<T = String> {
    /// The close code, as the connection reported it.
    pub code: u16,
    /// The reason beside it.
    pub reason: T,
    /// Whether the closing handshake was completed.
    pub was_clean: bool,
}

impl<T: Default> CloseInfo<T> {
    /// Returns how a connection ended that was never established or was abandoned: RFC 6455's code for "no
    /// Close frame".
    pub(crate) fn abnormal() -> Self {
        Self { code: 1006, reason: T::default(), was_clean: false }
    }
}

/// Everything that can happen to a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input<P, T = String> {
    /// Starts the first connection.
    Connect,
    /// Sends a message.
    Send(OutgoingMessage<P>),
    /// Sends on this connection or not at all, bypassing the outbox: authentication, heartbeats.
    SendDirect(Attempt, OutgoingMessage<P>),
    /// Removes a message from the queue.
    Cancel(Ticket),
    /// `close(code, reason)`.
    Close {
        /// The application's code, if it gave one.
        code: Option<u16>,
        /// Its reason; empty if none.
        reason: T,
    },
    /// Closes immediately, without waiting for the peer.
    Terminate,
    /// Drops the current connection or wait, and reconnects.
    Reconnect,
    /// Stops reconnecting: the application declined the announced attempt.
    GiveUp,
    /// Starts a new session for all later messages.
    NewSession,
    /// Requests a report when every message accepted so far was handed over ([`Effect::Flushed`]), or as
    /// soon as one of them was not ([`Effect::FlushFailed`]).
    Flush,
    /// The answer to [`Effect::Ask`].
    Decide(Attempt, Decision),
    /// The answer to [`Effect::Gate`]: open it, or drop the connection.
    Gate(Attempt, bool),

    /// A native connection was started.
    Dialed(Attempt),
    /// No native connection could be started.
    NotDialed(Attempt, NotDialed),
    /// The connection is established.
    Opened(Attempt),
    /// The application received [`Event::Open`]: the gate may be opened and the outbox flushed.
    Announced(Attempt),
    /// A message arrived.
    Received {
        /// On which connection.
        attempt: Attempt,
        /// Its length in bytes.
        size: u64,
        /// Whether it is the reply to a heartbeat.
        pong: bool,
    },
    /// The peer started the closing handshake.
    PeerClosing(Attempt),
    /// The connection failed; [`Input::Closed`] follows.
    Failed(Attempt),
    /// The connection is over.
    Closed {
        /// Which connection.
        attempt: Attempt,
        /// How it ended.
        close_info: CloseInfo<T>,
        /// The native `bufferedAmount` at that moment: bytes that were never sent.
        unsent: u64,
    },
    /// The answer to [`Effect::Sample`].
    Buffered(Attempt, u64),

    /// The state of the page or of the device changed.
    Page(Page),
    /// Time has passed.
    Tick,
}

/// Why no connection could be started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotDialed {
    /// The function that provides the address or the sub-protocols failed.
    Provider,
    /// The platform refused the address or the sub-protocols; the next attempt may use others.
    Forbidden,
    /// The platform refused an address that never changes: the socket closes.
    ForbiddenForGood,
}

/// Page lifecycle events. `Hidden` alone changes nothing, because late timers show more than visibility.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// The network is back.
    Online,
    /// The network is gone.
    Offline,
    /// The page is hidden: timers may run late.
    Hidden,
    /// The page is visible.
    Visible,
    /// The page is frozen.
    Frozen,
    /// The page is resumed.
    Resumed,
    /// The page enters the back/forward cache, which allows no open connection.
    Stowed,
    /// The page is restored from the back/forward cache.
    Shown,
    /// The wall clock jumped: the device slept.
    ClockJumped,
}

/// The application's decision about a retry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Decide by the close code.
    Usual,
    /// Do not retry.
    Stop,
    /// Retry after the usual backoff, whatever the close code.
    Again,
    /// Retry after exactly this delay; the limit on connections per second still applies.
    After(Millis),
}

/// What the shell must do, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect<P, T = String> {
    /// Find the address and make a native connection; answer with [`Input::Dialed`] or
    /// [`Input::NotDialed`].
    Dial(Attempt),
    /// Run what must happen before messages flow; answer with [`Input::Gate`].
    Gate(Attempt),
    /// Hand this payload to the connection.
    Transmit(Attempt, P),
    /// Send a heartbeat, as [`Input::SendDirect`].
    Ping(Attempt),
    /// Read the native `bufferedAmount` and answer with [`Input::Buffered`] at once.
    Sample(Attempt),
    /// Call the native `close(code, reason)`; its events will follow.
    Hangup {
        /// Which connection.
        attempt: Attempt,
        /// The code, if any.
        code: Option<u16>,
        /// The reason.
        reason: T,
    },
    /// Stop listening, close without waiting, and answer with [`Input::Closed`] at once.
    Abandon(Attempt),
    /// Run the application's retry rule on how this connection ended, which
    /// [`Machine::close_info`](super::Machine::close_info) says; answer with [`Input::Decide`].
    Ask(Attempt),
    /// Emit an event. [`Event::Open`] is answered with [`Input::Announced`] after its listeners ran.
    Fire(Event<P>),
    /// Report the outcome of a message of a steady socket, unless [`Event::Discard`] reports it.
    Fate(Ticket, P, Fate),
    /// Every message with a lower ticket was handed over: resolve the flushes that wait for these.
    Flushed(Ticket),
    /// This message was not handed over: fail the flushes that wait for it.
    FlushFailed(LostMessage),
    /// Report how the current attempt failed or its connection was lost;
    /// [`Machine::close_info`](super::Machine::close_info) returns how it ended. Steady sockets only.
    Failure(Diagnosis),
}

/// An event for the application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event<P> {
    /// The socket is open: for the first time, or again.
    Open(Attempt),
    /// The connection failed; `Close` follows.
    Error,
    /// The socket is closed, as [`Machine::close_info`](super::Machine::close_info) returns. The last event.
    Close,
    /// A connection was lost, as [`Machine::close_info`](super::Machine::close_info) returns, and another
    /// attempt is scheduled.
    Reconnecting {
        /// The number of the next attempt.
        attempt: Attempt,
        /// The delay before it.
        delay: Millis,
        /// How many messages may have been lost.
        in_doubt: u64,
    },
    /// Buffered bytes have fallen to the low-water mark.
    Drain,
    /// A message will not be sent, or may have been lost.
    Discard(Ticket, P, Why),
}

/// The outcome of an accepted message. Each message has exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It left the browser's buffer.
    HandedOver,
    /// It will not be sent, or may have been lost.
    Discarded(Why),
}

/// Why a message was discarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Why {
    /// The outbox was full.
    Overflow,
    /// Its lifetime ended in the queue.
    Expired,
    /// A newer message with the same key replaced it.
    Replaced,
    /// The application cancelled it.
    Cancelled,
    /// It was bound to an earlier session.
    StaleSession,
    /// The socket closed first.
    Closed,
    /// It was handed to a connection that ended before the message was known to have left.
    InDoubt,
}

impl Why {
    /// Returns the name used in JavaScript and in traces.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Overflow => "overflow",
            Self::Expired => "expired",
            Self::Replaced => "replaced",
            Self::Cancelled => "cancelled",
            Self::StaleSession => "stale-session",
            Self::Closed => "closed",
            Self::InDoubt => "in-doubt",
        }
    }
}

/// Why an input was rejected. The machine has not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// `send` before the connection was open (InvalidStateError).
    StillConnecting,
    /// A close code that is neither 1000 nor from 3000 to 4999 (InvalidAccessError).
    CloseCode(u16),
    /// A close reason longer than 123 bytes; how long it is (SyntaxError).
    ReasonTooLong(usize),
    /// The sub-protocol at this index is not a token (SyntaxError).
    ProtocolToken(usize),
    /// The sub-protocol at this index is repeated (SyntaxError).
    ProtocolRepeated(usize),
    /// The outbox holds `max_bytes`, and its overflow rule is to refuse.
    QueueBytes,
    /// The outbox holds `max_count` messages, and its overflow rule is to refuse.
    QueueCount,
    /// The message alone is larger than `max_bytes`.
    TooLarge,
    /// The message's lifetime is zero.
    NoLifetime,
    /// The message is not, or no longer, queued.
    NotQueued(Ticket),
    /// The connection is not, or no longer, open.
    NotOpen,
    /// `connect` was already called.
    AlreadyConnected,
    /// The socket is closing or closed.
    Ended,
    /// The operation needs a steady socket.
    NotSteady,
}
