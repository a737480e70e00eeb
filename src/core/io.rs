//! The words spoken across the core's border: what goes in, what comes out, what is refused.

use super::diagnosis::Diagnosis;
use super::time::Millis;
use alloc::string::String;

/// The number of a connection within its socket, counted from 1. Whatever bears an older number
/// than the present one changes nothing.
pub type Attempt = u32;

/// Text the core stores but never reads: short, and seldom copied. To share it instead would cost every app the code
/// for counted slices.
pub type Text = String;

/// The number of a message within its socket, in the order of acceptance, counted from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// A message on its way out. The payload is opaque: a handle the shell can turn into data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingMessage<P> {
    /// What the shell will hand to the connection.
    pub payload: P,
    /// Its length on the wire: UTF-8 bytes for text, bytes for binary data.
    pub size: u64,
    /// A queued message is replaced by a newer one with the same key.
    pub key: Option<Text>,
    /// How long it may wait in the outbox; `None` is as the queue's rules say.
    pub lifetime: Option<Millis>,
    /// It means nothing to a session other than the one it was sent in.
    pub session_bound: bool,
    /// Its fate is to be told even if that is simply "handed over".
    pub tracked: bool,
}

impl<P> OutgoingMessage<P> {
    /// A message with no options of its own.
    pub const fn new(payload: P, size: u64) -> Self {
        Self { payload, size, key: None, lifetime: None, session_bound: false, tracked: false }
    }
}

/// How a connection ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloseInfo {
    /// The close code, as the connection reported it.
    pub code: u16,
    /// The reason beside it.
    pub reason: Text,
    /// Whether the closing handshake was completed.
    pub was_clean: bool,
}

impl CloseInfo {
    /// How a connection ends that never was, or that a shell let go of: RFC 6455's code for "no Close frame".
    pub(crate) fn abnormal() -> Self {
        Self { code: 1006, reason: Text::default(), was_clean: false }
    }
}

/// Everything that can happen to a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input<P> {
    /// The constructor is done: make the first connection.
    Connect,
    /// Send a message.
    Send(OutgoingMessage<P>),
    /// Send past the outbox, on this connection or not at all: what opens the gate, a heartbeat.
    SendDirect(Attempt, OutgoingMessage<P>),
    /// Take a queued message back.
    Cancel(Ticket),
    /// `close(code, reason)`.
    Close {
        /// The application's code, if it gave one.
        code: Option<u16>,
        /// Its reason; empty if none.
        reason: Text,
    },
    /// Close now, without waiting for the peer.
    Terminate,
    /// Give the present connection up, or cut the present wait short, and connect afresh.
    Reconnect,
    /// No further attempt: the application declined the one announced.
    GiveUp,
    /// From now on messages belong to a new session.
    NewSession,
    /// Report when every message accepted so far was handed over: [`Effect::Flushed`], or
    /// [`Effect::FlushFailed`] as soon as one of them was not.
    Flush,
    /// The answer to [`Effect::Ask`].
    Decide(Attempt, Decision),
    /// The answer to [`Effect::Gate`]: messages may flow, or the connection is of no use.
    Gate(Attempt, bool),

    /// The address is known and a native connection was begun.
    Dialed(Attempt),
    /// No native connection could be begun.
    NotDialed(Attempt, NotDialed),
    /// The connection is established.
    Opened(Attempt),
    /// The application was told of [`Event::Open`]: now the gate may be opened, and the outbox flushed.
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
    /// The peer has begun to close.
    PeerClosing(Attempt),
    /// The connection failed; [`Input::Closed`] follows.
    Failed(Attempt),
    /// The connection is over.
    Closed {
        /// Which connection.
        attempt: Attempt,
        /// How it ended.
        close_info: CloseInfo,
        /// The native `bufferedAmount` at that moment: bytes that never left.
        unsent: u64,
    },
    /// The answer to [`Effect::Sample`].
    Buffered(Attempt, u64),

    /// The page, or the machine under it, changed.
    Page(Page),
    /// Time has passed; nothing else happened.
    Tick,
}

/// Why no connection could be begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotDialed {
    /// The function that provides the address or the sub-protocols failed.
    Provider,
    /// The platform refused what it provided. The next answer may be another.
    Forbidden,
    /// The platform refused an address that is always the same: the socket ends.
    ForbiddenForGood,
}

/// What a page goes through. Lateness of a timer says more than being out of sight, so `Hidden` alone
/// changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// The network is back.
    Online,
    /// The network is gone.
    Offline,
    /// The page is out of sight: timers may run late.
    Hidden,
    /// The page is in sight.
    Visible,
    /// The page stops running.
    Frozen,
    /// The page runs again.
    Resumed,
    /// The page goes into the back/forward cache, where no connection may live.
    Stowed,
    /// The page is back from there.
    Shown,
    /// The wall clock jumped: the machine slept.
    ClockJumped,
}

/// What the application's own rule says about trying again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// As if there were no rule.
    Usual,
    /// No more.
    Stop,
    /// Again, after a delay from the ladder, whatever the code says.
    Again,
    /// Again, after exactly this delay (the storm cap still holds).
    After(Millis),
}

/// What the shell must do, in order. Effects for one connection name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect<P> {
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
        reason: Text,
    },
    /// Stop listening, close without waiting, and answer with [`Input::Closed`] at once.
    Abandon(Attempt),
    /// Run the application's retry rule on how this connection ended, which
    /// [`Machine::close_info`](super::Machine::close_info) says; answer with [`Input::Decide`].
    Ask(Attempt),
    /// Tell the application. [`Event::Open`] is answered with [`Input::Announced`] once it was told.
    Fire(Event<P>),
    /// What became of a tracked message.
    Fate(Ticket, Fate),
    /// Every message with a lower ticket was handed over: resolve every flush that waits for no more.
    Flushed(Ticket),
    /// This message was not handed over: fail every flush that waits for it, so with a higher limit.
    FlushFailed(Ticket, Why),
    /// How the present attempt of a steady socket failed, or its connection was lost; it ended as
    /// [`Machine::close_info`](super::Machine::close_info) says.
    Failure(Diagnosis),
}

/// What the application is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event<P> {
    /// The socket is open: for the first time, or again.
    Open(Attempt),
    /// Something failed; `Close` follows.
    Error,
    /// The end, once and last: as [`Machine::close_info`](super::Machine::close_info) says.
    Close,
    /// A connection was lost, as [`Machine::close_info`](super::Machine::close_info) says, and another will be tried.
    Reconnecting {
        /// The attempt that will be made.
        attempt: Attempt,
        /// In how long.
        delay: Millis,
        /// How many messages may or may not have arrived.
        in_doubt: u64,
    },
    /// The pressure is off.
    Drain,
    /// A message that will not be sent, or may have been lost.
    Discard(Ticket, P, Why),
}

/// What became of an accepted message. Each has exactly one fate in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It left this machine's browser.
    HandedOver,
    /// It will not be sent, or nobody knows.
    Discarded(Why),
}

/// Why a message was discarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The outbox was full.
    Overflow,
    /// It waited too long.
    Expired,
    /// A newer message with the same key took its place.
    Replaced,
    /// The application took it back.
    Cancelled,
    /// Its session is over.
    StaleSession,
    /// The socket closed first.
    Closed,
    /// It was handed to a connection that ended before it could be known to have left.
    InDoubt,
}

impl Why {
    /// The word for it, the same in JavaScript and in traces.
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

/// Illegal input. Nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// `send` before the connection was open (InvalidStateError).
    StillConnecting,
    /// A close code that is neither 1000 nor from 3000 to 4999 (InvalidAccessError).
    CloseCode(u16),
    /// A close reason longer than 123 bytes; how long it is (SyntaxError).
    ReasonTooLong(usize),
    /// The sub-protocol at this place is not a token (SyntaxError).
    ProtocolToken(usize),
    /// The sub-protocol at this place stands there twice (SyntaxError).
    ProtocolRepeated(usize),
    /// The outbox holds as many bytes as it may, and its rule is to refuse.
    QueueBytes,
    /// The outbox holds as many messages as it may, and its rule is to refuse.
    QueueCount,
    /// The message alone is larger than the outbox may ever hold.
    TooLarge,
    /// A lifetime of no time at all.
    NoLifetime,
    /// There is no such queued message (any more).
    NotQueued(Ticket),
    /// The connection meant is not open (any more).
    NotOpen,
    /// `Connect` a second time.
    AlreadyConnected,
    /// The socket is closing or closed and will not connect again.
    Ended,
    /// Only a steady socket does this.
    NotSteady,
}
