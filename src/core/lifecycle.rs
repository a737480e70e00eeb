//! Connections: dialled, opened, lost and retried. Closing is in `ending`.

use super::codes::is_retried;
use super::config::{LONGEST, SteadyConfig};
use super::diagnosis::{Cause, FailurePhase};
use super::io::{Attempt, CloseInfo, Decision, Effect, Error, Event, NotDialed};
use super::machine::Machine;
use super::machine_kind::MachineKind;
use super::phase::{GateState, Hangup, Liveness, NextStep, Phase};
use super::steady_state::SteadyState;
use super::time::{Instant, Millis};
use super::waking::LATE;

impl<P: Clone, K: MachineKind> Machine<P, K> {
    pub(super) fn connect(&mut self) -> Result<(), Error> {
        if !matches!(self.phase, Phase::Idle) {
            return Err(Error::AlreadyConnected);
        }
        self.dial();
        Ok(())
    }

    pub(super) fn dial(&mut self) {
        if let Some(steady) = &mut self.steady {
            steady.rate_limiter.record(self.now);
        }
        self.attempt = self.attempt.wrapping_add(1);
        self.stats.attempts = self.stats.attempts.wrapping_add(1);
        let deadline = self.in_steady(|steady| steady.connect_timeout);
        self.enter_phase(FailurePhase::Connecting);
        self.phase = Phase::Dialing { dialed: false, deadline };
        self.effects.push_back(Effect::Dial(self.attempt));
    }

    pub(super) fn in_steady(&self, span: impl Fn(&SteadyConfig) -> Millis) -> Option<Instant> {
        self.steady.as_ref().map(|steady| self.now.after(span(&steady.rules)))
    }

    pub(super) fn dialed(&mut self) {
        if let Phase::Dialing { dialed: false, .. } = &self.phase {
            self.phase =
                Phase::Dialing { dialed: true, deadline: self.in_steady(|steady| steady.connect_timeout) };
        }
    }

    pub(super) fn not_dialed(&mut self, why: NotDialed) {
        if !matches!(self.phase, Phase::Dialing { dialed: false, .. }) {
            return;
        }
        self.set_cause(if why == NotDialed::Provider { Cause::Provider } else { Cause::Forbidden });
        if why == NotDialed::ForbiddenForGood {
            self.phase = Phase::Dropping { then: NextStep::Finish, opened: None };
        }
        self.lost(CloseInfo::abnormal(), 0);
    }

    pub(super) fn opened(&mut self) {
        if !matches!(self.phase, Phase::Dialing { .. }) {
            return;
        }
        // "Change the ready state to OPEN (1). … Fire an event named open."
        self.stats.connections = self.stats.connections.wrapping_add(1);
        let gate = match &self.steady {
            Some(steady) => {
                self.enter_phase(if steady.rules.gated { FailurePhase::Gate } else { FailurePhase::Open });
                GateState::Unannounced
            }
            None => GateState::Open,
        };
        self.phase = Phase::Open { since: self.now, gate, liveness: Liveness::Off };
        self.effects.push_back(Effect::Fire(Event::Open(self.attempt)));
    }

    /// Opens the gate or asks for it, after the application has received the open event.
    pub(super) fn announced(&mut self) {
        let Some(steady) = &self.steady else { return };
        if let Phase::Open { gate: gate @ GateState::Unannounced, .. } = &mut self.phase {
            if steady.rules.gated {
                *gate = GateState::Shut { deadline: self.now.after(steady.rules.connect_timeout) };
                self.effects.push_back(Effect::Gate(self.attempt));
            } else {
                *gate = GateState::Open;
                self.restart_liveness();
            }
        }
    }

    pub(super) fn gate_answered(&mut self, attempt: Attempt, opens: bool) {
        if self.delivers(attempt)
            && let Phase::Open { gate, .. } = &mut self.phase
            && matches!(gate, GateState::Shut { .. })
        {
            *gate = GateState::Open;
            if opens {
                self.enter_phase(FailurePhase::Open);
                self.restart_liveness();
            } else {
                self.abandon(NextStep::Usual, Some(Cause::Gate));
            }
        }
    }

    /// The peer closes or the network failed; [`Machine::lost`] follows.
    pub(super) fn begin_ending(&mut self, failed: bool) {
        let opened = match self.phase {
            Phase::Open { since, .. } => Some(since),
            Phase::Dialing { .. } if failed => None,
            Phase::Closing { .. } if failed && self.steady.is_none() => None,
            Phase::Ending { failed: false, opened, .. } if failed => opened,
            _ => return,
        };
        // "When the WebSocket closing handshake is started, … change the ready state to CLOSING";
        // a failed connection goes to CLOSED and fires error before its close.
        self.phase =
            Phase::Ending { failed, opened, deadline: self.in_steady(|steady| steady.close_timeout) };
        if failed && self.steady.is_none() {
            self.effects.push_back(Effect::Fire(Event::Error));
        }
    }

    /// Abandons the current connection; the shell answers immediately with its end. `cause`: `None` if it can be
    /// inferred.
    pub(super) fn abandon(&mut self, then: NextStep, cause: Option<Cause>) {
        if let Some(cause) = cause {
            self.set_cause(cause);
        }
        let opened = match self.phase {
            Phase::Open { since, .. } => Some(since),
            Phase::Ending { opened, .. } => opened,
            _ => None,
        };
        self.phase = Phase::Dropping { then, opened };
        self.effects.push_back(Effect::Abandon(self.attempt));
    }

    pub(super) fn lost(&mut self, close_info: CloseInfo<K::Text>, unsent: u64) {
        // A native close() keeps sending what is buffered, and after a freeze the amount is outdated: then no
        // message is known never to have left.
        let known = !matches!(self.phase, Phase::Dropping { .. }) && !self.flow.is_stale();
        let (then, opened, ours) = match self.phase {
            Phase::Open { since, .. } => (NextStep::Usual, Some(since), false),
            Phase::Closing { hangup, .. } => (NextStep::Finish, None, hangup == Hangup::Done),
            Phase::Ending { opened, .. } => (NextStep::Usual, opened, false),
            Phase::Dropping { then, opened } => (then, opened, false),
            _ => (NextStep::Usual, None, false),
        };
        // If the peer completed a closing handshake that this side began, it received everything before it. Unsent
        // bytes show that this side's Close frame did not leave: both sides closed at the same time.
        let arrived = ours && close_info.was_clean && unsent == 0;
        self.close_info = close_info;
        self.diagnose();
        // What a sample has shown stays true.
        while self.confirm_one() {}
        let Some(steady) = &mut self.steady else {
            self.flow.reset(unsent);
            self.never_sent = self.never_sent.saturating_add(unsent);
            self.fail_unsent_flushes();
            return self.finish();
        };
        self.flow.reset(0);
        let SteadyConfig { asks, connect_timeout, .. } = steady.rules;
        let woken = steady.woken.take().is_some_and(|at| self.now.since(at) <= LATE);
        if opened.is_some_and(|since| self.now.since(since) >= steady.rules.retry.stable_after) {
            steady.backoff.reset();
        }
        let in_doubt = self.requeue_unsent(if known { unsent } else { 0 }, arrived);
        match then {
            NextStep::Finish => self.finish(),
            NextStep::Redial => self.wait(0, 0, in_doubt),
            NextStep::Usual if asks => {
                self.effects.push_back(Effect::Ask(self.attempt));
                let deadline = self.now.after(connect_timeout);
                self.phase = Phase::Asking { in_doubt, woken, deadline };
            }
            NextStep::Usual => self.decide(in_doubt, woken, Decision::Usual),
        }
    }

    pub(super) fn decided(&mut self, attempt: Attempt, decision: Decision) {
        if attempt == self.attempt
            && let Phase::Asking { in_doubt, woken, .. } = self.phase
        {
            self.decide(in_doubt, woken, decision);
        }
    }

    pub(super) fn decide(&mut self, in_doubt: u64, woken: bool, decision: Decision) {
        let again = match decision {
            Decision::Stop => false,
            Decision::Usual => is_retried(self.close_info.code),
            Decision::Again | Decision::After(_) => true,
        };
        let steady = self.steady.as_deref_mut().filter(|_| again);
        let Some(SteadyState { rules, backoff, offline, .. }) = steady else { return self.finish() };
        let Some(ladder) = backoff.next_delay(&rules.retry) else { return self.finish() };
        let floor = match (decision, self.close_info.code) {
            (Decision::After(span), _) => span.min(LONGEST),
            (_, 1012) => backoff.floor_with_jitter(rules.retry.restart_floor),
            (_, 1013) => backoff.floor_with_jitter(rules.retry.busy_floor),
            _ => 0,
        };
        let delay = match decision {
            Decision::After(_) => floor,
            // An `Online` event is expected; in case it is missed, retry rarely.
            _ if *offline => ladder.max(floor).max(rules.retry.ceiling),
            // The connection was lost while the page was suspended.
            _ if woken => floor,
            _ => ladder.max(floor),
        };
        self.wait(delay, floor, in_doubt);
    }

    pub(super) fn wait(&mut self, delay: Millis, floor: Millis, in_doubt: u64) {
        let Some(steady) = &self.steady else { return };
        let until = self.now.after(delay).max(steady.rate_limiter.earliest(self.now));
        self.effects.push_back(Effect::Fire(Event::Reconnecting {
            attempt: self.attempt.wrapping_add(1),
            delay: until.since(self.now),
            in_doubt,
        }));
        let until = (!steady.stowed).then_some(until);
        self.phase = Phase::Waiting { until, floor: self.now.after(floor) };
    }
}
