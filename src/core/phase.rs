//! Where a socket is in its one life.
//!
//! ```text
//!            Connect                Opened              close()
//!   ┌──────┐        ┌─────────┐            ┌──────┐              ┌─────────┐
//!   │ Idle │ ─────▶ │ Dialing │ ─────────▶ │ Open │ ───────────▶ │ Closing │
//!   └──────┘        └─────────┘            └──────┘              └─────────┘
//!                     ▲     │ timeout         │  │ Parting, Failed     │
//!                     │     ▼                 │  ▼                     │
//!                     │  ┌──────────┐ dead  ┌─┘ ┌─────────┐            │
//!                     │  │ Dropping │ ◀─────┘   │ Parting │            │ Closed
//!                     │  └──────────┘           └─────────┘            │
//!            deadline │     │ Closed               │ Closed            │
//!              wake   │     ▼                      ▼                   ▼
//!                  ┌─────────┐  answer  ┌────────────────┐ stop   ┌────────┐
//!                  │ Waiting │ ◀─────── │ Asking (steady)│ ─────▶ │ Closed │
//!                  └─────────┘          └────────────────┘        └────────┘
//!                        └───────── close(), GiveUp ─────────────────▲
//! ```
//!
//! Each state carries what it needs and its own deadline, so that leaving it cancels the timer. How it ends the machine
//! holds beside it: `close_info`.

use super::time::{Instant, earlier};

/// The standard's ready states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ReadyState {
    /// The connection is not yet established; or, in a steady socket, not established again.
    Connecting = 0,
    /// Messages may be sent.
    Open = 1,
    /// The closing handshake is under way.
    Closing = 2,
    /// It is over.
    Closed = 3,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Phase {
    /// Made, and not yet told to connect.
    Idle,
    /// A connection is being made. `dialed`: there is a native socket to close.
    Dialing { dialed: bool, deadline: Option<Instant> },
    /// The connection is established.
    Open { since: Instant, gate: GateState, liveness: Liveness },
    /// The application closes.
    Closing { hangup: Hangup, deadline: Option<Instant> },
    /// The peer closes, or the connection `failed`; the end is near.
    Ending { failed: bool, opened: Option<Instant>, deadline: Option<Instant> },
    /// We let go of the connection; the shell reports its end at once.
    Dropping { then: NextStep, opened: Option<Instant> },
    /// The application's retry rule is being asked; at the deadline the usual one decides. `woken`: we had just come
    /// back when we heard.
    Asking { in_doubt: u64, woken: bool, deadline: Instant },
    /// Between connections. `until`: `None` while the page is stowed. `floor`: not even waking
    /// cuts the wait shorter.
    Waiting { until: Option<Instant>, floor: Instant },
    /// Over. `close_pending`: that has yet to be said.
    Closed { close_pending: bool },
}

/// How far the native `close()` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hangup {
    /// What is queued goes out before it.
    Due,
    /// It was called.
    Done,
    /// The peer was first, or the connection failed: there is nothing to call.
    Needless,
}

/// What follows when the connection we let go of is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NextStep {
    /// As after any other loss.
    Usual,
    /// The next connection, at once.
    Redial,
    /// The end.
    Finish,
}

/// Whether queued messages may flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GateState {
    /// The application has not been told of the connection yet.
    Unannounced,
    Open,
    Shut {
        deadline: Instant,
    },
}

/// How sure we are that the peer lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Liveness {
    /// Nobody wants to know.
    Off,
    /// It was heard from; ask again after this silence.
    Idle { until: Instant },
    /// It was asked. `forgiven`: the timer was late once already.
    Pinged { at: Instant, deadline: Instant, forgiven: bool },
}

impl Phase {
    pub(crate) const fn ready_state(&self, steady: bool) -> ReadyState {
        match self {
            Self::Open { .. } => ReadyState::Open,
            Self::Closing { .. } | Self::Dropping { then: NextStep::Finish, .. } => ReadyState::Closing,
            Self::Closed { .. } => ReadyState::Closed,
            Self::Ending { failed, .. } if !steady => match failed {
                // "Change the ready state to CLOSED" comes before "fire an event named error".
                true => ReadyState::Closed,
                false => ReadyState::Closing,
            },
            _ => ReadyState::Connecting,
        }
    }

    /// When this state wants to hear that time has passed.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Dialing { deadline, .. }
            | Self::Closing { deadline, .. }
            | Self::Ending { deadline, .. } => *deadline,
            Self::Waiting { until, .. } => *until,
            Self::Asking { deadline, .. } => Some(*deadline),
            Self::Open { gate, liveness, .. } => {
                let gate = match gate {
                    GateState::Unannounced | GateState::Open => None,
                    GateState::Shut { deadline } => Some(*deadline),
                };
                let liveness = match liveness {
                    Liveness::Off => None,
                    Liveness::Idle { until } => Some(*until),
                    Liveness::Pinged { deadline, .. } => Some(*deadline),
                };
                earlier(gate, liveness)
            }
            Self::Idle | Self::Dropping { .. } | Self::Closed { .. } => None,
        }
    }
}
