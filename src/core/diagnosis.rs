//! Why an attempt failed or a connection ended. Browsers hide most causes from scripts, so they are inferred from
//! the machine's own state.

use super::io::Effect;
use super::machine::Machine;
use super::machine_kind::MachineKind;
use super::time::{Instant, Millis};

/// How an attempt failed or its connection was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// The phase in which it failed.
    pub phase: FailurePhase,
    /// The duration of that phase.
    pub took: Millis,
    /// The cause, as far as it can be inferred.
    pub cause: Cause,
}

/// The phase of an attempt in which it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailurePhase {
    /// The connection was not open yet.
    Connecting,
    /// The connection was open, and the gate was still shut.
    Gate,
    /// Messages could flow.
    Open,
    /// The application had called `close()`.
    Closing,
}

impl FailurePhase {
    /// Returns the name used in JavaScript and in traces.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Gate => "gate",
            Self::Open => "open",
            Self::Closing => "closing",
        }
    }
}

/// Why an attempt failed, or a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// The handshake failed; browsers do not tell scripts why.
    Handshake,
    /// The connect, close or heartbeat timeout elapsed.
    Timeout,
    /// The device was offline.
    Offline,
    /// The connection ended without a Close frame: by the server, a proxy or the network.
    Cut,
    /// The server closed it with a closing handshake: see the close code.
    Server,
    /// The function that provides the address or the sub-protocols failed.
    Provider,
    /// The browser refused the address or the sub-protocols.
    Forbidden,
    /// The gate was not opened: authentication failed.
    Gate,
    /// The page entered the back/forward cache, which allows no open connection.
    Stowed,
    /// The application ended it.
    Page,
}

impl Cause {
    /// Returns the name used in JavaScript and in traces.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Handshake => "handshake",
            Self::Timeout => "timeout",
            Self::Offline => "offline",
            Self::Cut => "cut",
            Self::Server => "server",
            Self::Provider => "provider",
            Self::Forbidden => "forbidden",
            Self::Gate => "gate",
            Self::Stowed => "stowed",
            Self::Page => "page",
        }
    }
}

/// What is known of the current attempt, in case it fails.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AttemptProgress {
    pub(super) phase: FailurePhase,
    pub(super) since: Instant,
    /// The cause, if this side ended the attempt.
    pub(super) cause: Option<Cause>,
}

impl AttemptProgress {
    pub(super) fn new() -> Self {
        Self { phase: FailurePhase::Connecting, since: Instant::default(), cause: None }
    }
}

impl<P: Clone, K: MachineKind> Machine<P, K> {
    /// Starts a new phase of the current attempt.
    #[inline(never)]
    pub(super) fn enter_phase(&mut self, phase: FailurePhase) {
        let since = self.now;
        if let Some(steady) = &mut self.steady {
            steady.progress = AttemptProgress { phase, since, cause: None };
        }
    }

    /// Records why this side ends the current attempt.
    #[inline(never)]
    pub(super) fn set_cause(&mut self, cause: Cause) {
        if let Some(steady) = &mut self.steady {
            steady.progress.cause = Some(cause);
        }
    }

    /// Reports how the current attempt ended, unless it ended as the application asked.
    pub(super) fn diagnose(&mut self) {
        let Some(steady) = &mut self.steady else { return };
        let AttemptProgress { phase, since, cause } = steady.progress;
        let was_clean = self.close_info.was_clean;
        if phase == FailurePhase::Closing && was_clean {
            return;
        }
        let cause = match (cause, phase) {
            (Some(cause), _) => cause,
            _ if was_clean => Cause::Server,
            _ if steady.offline => Cause::Offline,
            (_, FailurePhase::Connecting) => Cause::Handshake,
            _ => Cause::Cut,
        };
        self.effects.push_back(Effect::Failure(Diagnosis { phase, took: self.now.since(since), cause }));
    }
}
