//! The way of a connection: dialled, opened, lost, tried again. Its end stands in `ending`.

use super::codes::is_retried;
use super::config::{LONGEST, Steady};
use super::diagnosis::{Cause, FailurePhase};
use super::io::{Attempt, Closure, Decision, Effect, Error, Event, NotDialed};
use super::kind::Kind;
use super::machine::Machine;
use super::phase::{Gate, Hangup, Phase, Pulse, Then};
use super::time::{Instant, Millis};
use super::upkeep::Upkeep;
use super::waking::LATE;

impl<P: Clone, K: Kind> Machine<P, K> {
    pub(super) fn connect(&mut self) -> Result<(), Error> {
        if !matches!(self.phase, Phase::Idle) {
            return Err(Error::AlreadyConnected);
        }
        self.dial();
        Ok(())
    }

    pub(super) fn dial(&mut self) {
        if let Some(steady) = &mut self.steady {
            steady.storm.take(self.now);
        }
        self.attempt = self.attempt.wrapping_add(1);
        self.stats.attempts = self.stats.attempts.wrapping_add(1);
        let deadline = self.in_steady(|steady| steady.connect_timeout);
        self.enter(FailurePhase::Connecting);
        self.phase = Phase::Dialing { dialed: false, deadline };
        self.effects.push_back(Effect::Dial(self.attempt));
    }

    pub(super) fn in_steady(&self, span: impl Fn(&Steady) -> Millis) -> Option<Instant> {
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
        self.blame(if why == NotDialed::Provider { Cause::Provider } else { Cause::Forbidden });
        if why == NotDialed::ForbiddenForGood {
            self.phase = Phase::Dropping { then: Then::Finish, opened: None };
        }
        self.lost(Closure::abnormal(), 0);
    }

    pub(super) fn opened(&mut self) {
        if !matches!(self.phase, Phase::Dialing { .. }) {
            return;
        }
        // "Change the ready state to OPEN (1). … Fire an event named open."
        self.stats.connections = self.stats.connections.wrapping_add(1);
        let gate = match &self.steady {
            Some(steady) => {
                self.enter(if steady.rules.gated { FailurePhase::Gate } else { FailurePhase::Open });
                Gate::Unannounced
            }
            None => Gate::Open,
        };
        self.phase = Phase::Open { since: self.now, gate, pulse: Pulse::Off };
        self.effects.push_back(Effect::Fire(Event::Open(self.attempt)));
    }

    /// The application knows of the connection, and has had its chance to act before the flush.
    pub(super) fn announced(&mut self) {
        let Some(steady) = &self.steady else { return };
        if let Phase::Open { gate: gate @ Gate::Unannounced, .. } = &mut self.phase {
            if steady.rules.gated {
                *gate = Gate::Shut { deadline: self.now.after(steady.rules.connect_timeout) };
                self.effects.push_back(Effect::Gate(self.attempt));
            } else {
                *gate = Gate::Open;
                self.heard();
            }
        }
    }

    pub(super) fn gate_moved(&mut self, attempt: Attempt, opens: bool) {
        if self.delivers(attempt)
            && let Phase::Open { gate, .. } = &mut self.phase
            && matches!(gate, Gate::Shut { .. })
        {
            *gate = Gate::Open;
            if opens {
                self.enter(FailurePhase::Open);
                self.heard();
            } else {
                self.let_go(Then::Usual, Some(Cause::Gate));
            }
        }
    }

    /// The peer closes or the network failed; [`Machine::lost`] follows.
    pub(super) fn parting(&mut self, failed: bool) {
        let opened = match self.phase {
            Phase::Open { since, .. } => Some(since),
            Phase::Dialing { .. } if failed => None,
            Phase::Closing { .. } if failed && self.steady.is_none() => None,
            Phase::Parting { failed: false, opened, .. } if failed => opened,
            _ => return,
        };
        // "When the WebSocket closing handshake is started, … change the ready state to CLOSING";
        // a failed connection goes to CLOSED and fires error before its close.
        self.phase =
            Phase::Parting { failed, opened, deadline: self.in_steady(|steady| steady.close_timeout) };
        if failed && self.steady.is_none() {
            self.effects.push_back(Effect::Fire(Event::Error));
        }
    }

    /// Lets go of the present connection; the shell answers at once with its end. `cause`: unless that shows.
    pub(super) fn let_go(&mut self, then: Then, cause: Option<Cause>) {
        if let Some(cause) = cause {
            self.blame(cause);
        }
        let opened = match self.phase {
            Phase::Open { since, .. } => Some(since),
            Phase::Parting { opened, .. } => opened,
            _ => None,
        };
        self.phase = Phase::Dropping { then, opened };
        self.effects.push_back(Effect::Abandon(self.attempt));
    }

    pub(super) fn lost(&mut self, closure: Closure, unsent: u64) {
        // A native close() goes on sending what is buffered, and the amount a page saw last before it
        // was frozen is old: then nothing is known never to have left.
        let known = !matches!(self.phase, Phase::Dropping { .. }) && !self.flow.is_stale();
        let (then, opened, ours) = match self.phase {
            Phase::Open { since, .. } => (Then::Usual, Some(since), false),
            Phase::Closing { hangup, .. } => (Then::Finish, None, hangup == Hangup::Done),
            Phase::Parting { opened, .. } => (Then::Usual, opened, false),
            Phase::Dropping { then, opened } => (then, opened, false),
            _ => (Then::Usual, None, false),
        };
        // A closing handshake that we began and the peer completed: it had everything before it. Bytes that never
        // left say that our Close frame did not leave either: the peer closed by itself, and the two crossed.
        let arrived = ours && closure.was_clean && unsent == 0;
        self.closure = closure;
        self.diagnose();
        let Some(steady) = &mut self.steady else {
            self.flow.cut(unsent);
            self.never_sent = self.never_sent.saturating_add(unsent);
            self.lose_unsent();
            return self.finish();
        };
        self.flow.cut(0);
        let Steady { asks, connect_timeout, .. } = steady.rules;
        let woken = steady.woken.take().is_some_and(|at| self.now.since(at) <= LATE);
        if opened.is_some_and(|since| self.now.since(since) >= steady.rules.retry.stable_after) {
            steady.backoff.start_over();
        }
        let in_doubt = self.take_back(if known { unsent } else { 0 }, arrived);
        match then {
            Then::Finish => self.finish(),
            Then::Redial => self.wait(0, 0, in_doubt),
            Then::Usual if asks => {
                self.effects.push_back(Effect::Ask(self.attempt));
                let deadline = self.now.after(connect_timeout);
                self.phase = Phase::Asking { in_doubt, woken, deadline };
            }
            Then::Usual => self.decide(in_doubt, woken, Decision::Usual),
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
            Decision::Usual => is_retried(self.closure.code),
            Decision::Again | Decision::After(_) => true,
        };
        let steady = self.steady.as_deref_mut().filter(|_| again);
        let Some(Upkeep { rules, backoff, offline, .. }) = steady else { return self.finish() };
        let Some(ladder) = backoff.climb(&rules.retry) else { return self.finish() };
        let floor = match (decision, self.closure.code) {
            (Decision::After(span), _) => span.min(LONGEST),
            (_, 1012) => backoff.stay_away(rules.retry.restart_floor),
            (_, 1013) => backoff.stay_away(rules.retry.busy_floor),
            _ => 0,
        };
        let delay = match decision {
            Decision::After(_) => floor,
            // "Online" will be heard of; should it not, a rare try costs little.
            _ if *offline => ladder.max(floor).max(rules.retry.ceiling),
            // It was lost while we were away, and is only now heard of.
            _ if woken => floor,
            _ => ladder.max(floor),
        };
        self.wait(delay, floor, in_doubt);
    }

    pub(super) fn wait(&mut self, delay: Millis, floor: Millis, in_doubt: u64) {
        let Some(steady) = &self.steady else { return };
        let until = self.now.after(delay).max(steady.storm.earliest(self.now));
        self.effects.push_back(Effect::Fire(Event::Reconnecting {
            attempt: self.attempt.wrapping_add(1),
            delay: until.since(self.now),
            in_doubt,
        }));
        let until = (!steady.stowed).then_some(until);
        self.phase = Phase::Waiting { until, floor: self.now.after(floor) };
    }
}
