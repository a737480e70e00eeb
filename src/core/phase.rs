//! The states of a socket.
//!
//! ```text
//!            Connect                Opened              close()
//!   ┌──────┐        ┌─────────┐            ┌──────┐              ┌─────────┐
//!   │ Idle │ ─────▶ │ Dialing │ ─────────▶ │ Open │ ───────────▶ │ Closing │
//!   └──────┘        └─────────┘            └──────┘              └─────────┘
//!                     ▲     │ timeout         │  │ PeerClosing, Failed │
//!                     │     ▼                 │  ▼                     │
//!                     │  ┌──────────┐ dead  ┌─┘ ┌─────────┐            │
//!                     │  │ Dropping │ ◀─────┘   │ Ending  │            │ Closed
//!                     │  └──────────┘           └─────────┘            │
//!            deadline │     │ Closed               │ Closed            │
//!              wake   │     ▼                      ▼                   ▼
//!                  ┌─────────┐  answer  ┌────────────────┐ stop   ┌────────┐
//!                  │ Waiting │ ◀─────── │ Asking (steady)│ ─────▶ │ Closed │
//!                  └─────────┘          └────────────────┘        └────────┘
//!                        └───────── close(), GiveUp ─────────────────▲
//! ```
//!
//! Each state carries its own deadline, so that leaving it cancels the timer.

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
    /// The socket is closed.
    Closed = 3,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Phase {
    /// Not connecting yet.
    Idle,
    /// Connecting. `dialed`: there is a native socket to close.
    Dialing { dialed: bool, deadline: Option<Instant> },
    /// The connection is established.
    Open { since: Instant, gate: GateState, liveness: Liveness },
    /// The application called `close()`.
    Closing { hangup: Hangup, deadline: Option<Instant> },
    /// The peer is closing, or the connection `failed`; the native close event follows.
    Ending { failed: bool, opened: Option<Instant>, deadline: Option<Instant> },
    /// The connection was abandoned; the shell reports its end immediately.
    Dropping { then: NextStep, opened: Option<Instant> },
    /// Waiting for the application's retry rule; at the deadline the close code decides. `woken`: the page had just
    /// become active when the loss was noticed.
    Asking { in_doubt: u64, woken: bool, deadline: Instant },
    /// Between connections. `until`: `None` while the page is in the back/forward cache. `floor`: the earliest
    /// next attempt, even after waking.
    Waiting { until: Option<Instant>, floor: Instant },
    /// Closed. `close_pending`: the close event is still to be emitted.
    Closed { close_pending: bool },
}

/// The progress of the native `close()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hangup {
    /// It follows when the queue is empty.
    Due,
    /// It was called.
    Done,
    /// The peer was first, or the connection failed: it need not be called.
    Needless,
}

/// What follows after an abandoned connection has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NextStep {
    /// The retry rules decide, as after any loss.
    Usual,
    /// The next connection, immediately.
    Redial,
    /// The socket closes.
    Finish,
}

/// Whether queued messages may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GateState {
    /// The application has not received the open event yet.
    Unannounced,
    Open,
    Shut {
        deadline: Instant,
    },
}

/// The state of the heartbeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Liveness {
    /// No heartbeat.
    Off,
    /// A ping is due after this silence.
    Idle { until: Instant },
    /// A ping was sent. `forgiven`: the timer was late once already.
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

    /// Returns the deadline of the state.
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
