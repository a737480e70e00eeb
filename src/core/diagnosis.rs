//! Why an attempt failed or a connection ended: browsers hide most of it from scripts, so it is concluded from what
//! the machine itself saw and did.

use super::io::Effect;
use super::machine::Machine;
use super::machine_kind::MachineKind;
use super::time::{Instant, Millis};

/// How an attempt of a steady socket failed, or its connection was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// How far it had come.
    pub phase: FailurePhase,
    /// How long that phase had lasted.
    pub took: Millis,
    /// The cause, as far as it can be told.
    pub cause: Cause,
}

/// How far an attempt had come when it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailurePhase {
    /// It was not open yet.
    Connecting,
    /// It was open, and what must happen before messages flow was not done.
    Gate,
    /// Messages could flow.
    Open,
    /// The application had closed it.
    Closing,
}

impl FailurePhase {
    /// The word for it, the same in JavaScript and in traces.
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
pub enum Cause {
    /// The handshake failed; browsers tell no script why.
    Handshake,
    /// The connect timeout, the close timeout or the heartbeat's timeout had passed.
    Timeout,
    /// The machine was offline.
    Offline,
    /// It ended without a Close frame: by the server, a proxy or the network.
    Cut,
    /// The server closed it with a closing handshake: see the code.
    Server,
    /// The function that provides the address or the sub-protocols failed.
    Provider,
    /// The browser refused the address or the sub-protocols.
    Forbidden,
    /// What must happen before messages flow failed.
    Gate,
    /// The page went into the back/forward cache, where no connection may live.
    Stowed,
    /// The application gave it up.
    Page,
}

impl Cause {
    /// The word for it, the same in JavaScript and in traces.
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

/// What is known of the present attempt in case it fails.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AttemptProgress {
    pub(super) phase: FailurePhase,
    pub(super) since: Instant,
    /// The cause, if it is our own doing.
    pub(super) cause: Option<Cause>,
}

impl AttemptProgress {
    pub(super) fn new() -> Self {
        Self { phase: FailurePhase::Connecting, since: Instant::default(), cause: None }
    }
}

impl<P: Clone, K: MachineKind> Machine<P, K> {
    /// A new phase of the present attempt begins.
    #[inline(never)]
    pub(super) fn enter_phase(&mut self, phase: FailurePhase) {
        let since = self.now;
        if let Some(steady) = &mut self.steady {
            steady.progress = AttemptProgress { phase, since, cause: None };
        }
    }

    /// The present attempt ends because of us.
    #[inline(never)]
    pub(super) fn set_cause(&mut self, cause: Cause) {
        if let Some(steady) = &mut self.steady {
            steady.progress.cause = Some(cause);
        }
    }

    /// Reports how the present attempt ended, unless it ended as the application wanted.
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
