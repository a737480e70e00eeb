//! The way of a connection: dialled, opened, lost, tried again, given up.

use super::codes::close_code;
use super::config::{LONGEST, Steady};
use super::io::{Attempt, Closure, Decision, Effect, Error, Event, Page, Text};
use super::machine::Machine;
use super::phase::{Gate, Phase, Pulse, Then};
use super::time::{Instant, Millis};
use super::validate;

/// A timer this late says that we were asleep, not that the peer is dead.
const LATE: Millis = 1_000;

impl<P: Clone> Machine<P> {
    pub(super) fn connect(&mut self) -> Result<(), Error> {
        if !matches!(self.phase, Phase::Idle) {
            return Err(Error::AlreadyConnected);
        }
        self.dial();
        Ok(())
    }

    fn dial(&mut self) {
        self.storm.take(self.now);
        self.attempt = self.attempt.wrapping_add(1);
        self.stats.attempts = self.stats.attempts.wrapping_add(1);
        let deadline = self.in_steady(|steady| steady.connect_timeout);
        self.phase = Phase::Dialing { dialed: false, deadline };
        self.effects.push_back(Effect::Dial(self.attempt));
    }

    fn in_steady(&self, span: impl Fn(&Steady) -> Millis) -> Option<Instant> {
        self.steady.as_ref().map(|steady| self.now.after(span(steady)))
    }

    pub(super) fn dialed(&mut self, address: Text) {
        if let Phase::Dialing { dialed, .. } = &mut self.phase {
            *dialed = true;
            self.url = address;
        }
    }

    pub(super) fn opened(&mut self, protocol: Text, extensions: Text) {
        if !matches!(self.phase, Phase::Dialing { .. }) {
            return;
        }
        // "Change the ready state to OPEN (1). Change the extensions attribute's value …, change
        // the protocol attribute's value …. Fire an event named open."
        (self.protocol, self.extensions) = (protocol, extensions);
        self.stats.connections = self.stats.connections.wrapping_add(1);
        let gate = match &self.steady {
            Some(steady) if steady.gated => {
                self.effects.push_back(Effect::Gate(self.attempt));
                Gate::Shut { deadline: self.now.after(steady.connect_timeout) }
            }
            _ => Gate::Open,
        };
        self.phase = Phase::Open { since: self.now, gate, pulse: Pulse::Off };
        self.heard();
        self.effects.push_back(Effect::Fire(Event::Open(self.attempt)));
    }

    pub(super) fn gate_moved(&mut self, attempt: Attempt, opens: bool) -> Result<(), Error> {
        self.needs_steady()?;
        if self.delivers(attempt)
            && let Phase::Open { gate, .. } = &mut self.phase
            && matches!(gate, Gate::Shut { .. })
        {
            *gate = Gate::Open;
            if !opens {
                self.let_go(Then::Usual);
            }
        }
        Ok(())
    }

    /// The peer closes or the network failed; [`Machine::lost`] follows.
    pub(super) fn parting(&mut self, failed: bool) {
        let opened = match &self.phase {
            Phase::Open { since, .. } => Some(*since),
            Phase::Dialing { .. } if failed => None,
            Phase::Closing { opened, .. } if failed && self.steady.is_none() => *opened,
            Phase::Parting { failed: false, opened, .. } if failed => *opened,
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

    /// Lets go of the present connection; the shell answers at once with its end.
    fn let_go(&mut self, then: Then) {
        let opened = match &self.phase {
            Phase::Open { since, .. } => Some(*since),
            Phase::Closing { opened, .. } | Phase::Parting { opened, .. } => *opened,
            _ => None,
        };
        self.phase = Phase::Dropping { then, opened };
        self.effects.push_back(Effect::Abandon(self.attempt));
    }

    pub(super) fn lost(&mut self, closure: Closure, unsent: u64) {
        let (then, opened, ours) = match &self.phase {
            Phase::Open { since, .. } => (Then::Usual, Some(*since), false),
            Phase::Closing { opened, .. } => (Then::Finish, *opened, true),
            Phase::Parting { opened, .. } => (Then::Usual, *opened, false),
            Phase::Dropping { then, opened } => (*then, *opened, false),
            _ => (Then::Usual, None, false),
        };
        self.flow.cut();
        let Some(steady) = &self.steady else {
            self.never_sent = self.never_sent.saturating_add(unsent);
            return self.finish(closure);
        };
        let asks = steady.asks;
        if opened.is_some_and(|since| self.now.since(since) >= steady.retry.stable_after) {
            self.backoff.start_over();
        }
        if ours && closure.was_clean {
            self.all_arrived();
        }
        let in_doubt = self.take_back(unsent);
        match then {
            Then::Finish => self.finish(closure),
            Then::Redial => self.wait(closure, 0, 0, in_doubt),
            Then::Usual if asks => {
                self.effects.push_back(Effect::Ask(self.attempt, closure.clone()));
                self.phase = Phase::Asking { closure, in_doubt };
            }
            Then::Usual => self.decide(closure, in_doubt, Decision::Usual),
        }
    }

    pub(super) fn decided(&mut self, attempt: Attempt, decision: Decision) -> Result<(), Error> {
        self.needs_steady()?;
        if attempt == self.attempt
            && let Phase::Asking { closure, in_doubt } = &self.phase
        {
            let (closure, in_doubt) = (closure.clone(), *in_doubt);
            self.decide(closure, in_doubt, decision);
        }
        Ok(())
    }

    fn decide(&mut self, closure: Closure, in_doubt: u64, decision: Decision) {
        let again = match decision {
            Decision::Stop => false,
            Decision::Usual => close_code(closure.code).retried,
            Decision::Again | Decision::After(_) => true,
        };
        let Some(steady) = self.steady.as_ref().filter(|_| again) else { return self.finish(closure) };
        let Some(ladder) = self.backoff.climb(&steady.retry) else { return self.finish(closure) };
        let floor = match (decision, closure.code) {
            (Decision::After(_), _) => 0,
            (_, 1012) => self.backoff.stay_away(steady.retry.restart_floor),
            (_, 1013) => self.backoff.stay_away(steady.retry.busy_floor),
            _ => 0,
        };
        let delay = match decision {
            Decision::After(span) => span.min(LONGEST),
            // "Online" will be heard of; should it not, a rare try costs little.
            _ if self.offline => ladder.max(floor).max(steady.retry.ceiling),
            _ => ladder.max(floor),
        };
        self.wait(closure, delay, floor, in_doubt);
    }

    fn wait(&mut self, closure: Closure, delay: Millis, floor: Millis, in_doubt: u64) {
        let until = self.now.after(delay).max(self.storm.earliest(self.now));
        self.effects.push_back(Effect::Fire(Event::Reconnecting {
            attempt: self.attempt.wrapping_add(1),
            delay: until.since(self.now),
            closure: closure.clone(),
            in_doubt,
        }));
        self.phase =
            Phase::Waiting { until: (!self.stowed).then_some(until), floor: self.now.after(floor), closure };
    }

    fn finish(&mut self, closure: Closure) {
        self.never_sent = self.never_sent.saturating_add(self.outbox.bytes());
        self.phase = Phase::Closed { farewell: Some(closure) };
    }

    /// The last words, after everything still queued is accounted for. Whether any were left.
    pub(super) fn say_farewell(&mut self) -> bool {
        let Phase::Closed { farewell } = &mut self.phase else { return false };
        let Some(closure) = farewell.take() else { return false };
        if let Some(entry) = self.outbox.pop() {
            *farewell = Some(closure);
            self.discard(entry, super::io::Why::Closed);
            return true;
        }
        // "If the user agent was required to fail the WebSocket connection …, fire an event named
        // error. Fire an event named close". A strict socket has said error already.
        if self.steady.is_some() && !closure.was_clean {
            self.effects.push_back(Effect::Fire(Event::Error));
        }
        self.effects.push_back(Effect::Fire(Event::Close(closure)));
        true
    }

    pub(super) fn close(&mut self, code: Option<u16>, reason: Text) -> Result<(), Error> {
        validate::close_arguments(code, reason.len())?;
        let attempt = self.attempt;
        let deadline = self.in_steady(|steady| steady.close_timeout);
        match &self.phase {
            // "If this's ready state is CLOSING or CLOSED: do nothing."
            Phase::Closing { .. } | Phase::Closed { .. } => {}
            Phase::Parting { opened, .. } if self.steady.is_some() => {
                self.phase = Phase::Closing { hangup: None, opened: *opened, deadline };
            }
            Phase::Parting { .. } => {}
            Phase::Dropping { opened, .. } => {
                self.phase = Phase::Dropping { then: Then::Finish, opened: *opened };
            }
            // "If the WebSocket connection is not yet established: fail the WebSocket connection
            // and set this's ready state to CLOSING."
            Phase::Dialing { dialed, .. } if *dialed || self.steady.is_none() => {
                self.phase = Phase::Closing { hangup: None, opened: None, deadline };
                self.effects.push_back(Effect::Hangup { attempt, code, reason });
            }
            // "If the WebSocket closing handshake has not yet been started: start the WebSocket
            // closing handshake and set this's ready state to CLOSING."
            Phase::Open { since, gate, .. } => {
                let opened = Some(*since);
                if *gate == Gate::Open {
                    self.phase = Phase::Closing { hangup: Some((code, reason)), opened, deadline };
                } else {
                    self.phase = Phase::Closing { hangup: None, opened, deadline };
                    self.effects.push_back(Effect::Hangup { attempt, code, reason });
                }
            }
            Phase::Idle | Phase::Dialing { .. } | Phase::Asking { .. } | Phase::Waiting { .. } => {
                if matches!(self.phase, Phase::Dialing { .. }) {
                    self.effects.push_back(Effect::Abandon(attempt));
                }
                // There was no connection to be unclean.
                self.finish(Closure { code: code.unwrap_or(1005), reason, was_clean: true });
            }
        }
        Ok(())
    }

    pub(super) fn terminate(&mut self) {
        match &self.phase {
            Phase::Closed { .. } => {}
            Phase::Dialing { dialed: true, .. }
            | Phase::Open { .. }
            | Phase::Closing { .. }
            | Phase::Parting { .. } => self.let_go(Then::Finish),
            // Without a connection there is nothing to wait for, and no arguments to be wrong.
            _ => self.close(None, "".into()).unwrap_or_default(),
        }
    }

    pub(super) fn reconnect(&mut self) -> Result<(), Error> {
        self.needs_steady()?;
        match &mut self.phase {
            Phase::Idle => self.dial(),
            Phase::Waiting { until, .. } => *until = Some(self.storm.earliest(self.now)),
            Phase::Dialing { .. } | Phase::Open { .. } | Phase::Parting { .. } => self.let_go(Then::Redial),
            Phase::Asking { .. } | Phase::Dropping { then: Then::Usual | Then::Redial, .. } => {}
            _ => return Err(Error::Ended),
        }
        Ok(())
    }

    pub(super) fn give_up(&mut self) -> Result<(), Error> {
        self.needs_steady()?;
        if let Phase::Waiting { closure, .. } | Phase::Asking { closure, .. } = &self.phase {
            self.finish(closure.clone());
        }
        Ok(())
    }

    pub(super) fn page(&mut self, page: Page) {
        let Some(steady) = &self.steady else { return };
        match page {
            Page::Hidden | Page::Frozen => {}
            Page::Visible | Page::Resumed | Page::ClockJumped => self.wake(),
            Page::Online => {
                self.offline = false;
                self.wake();
            }
            Page::Offline => {
                self.offline = true;
                let later = self.now.after(steady.retry.ceiling);
                match &mut self.phase {
                    Phase::Waiting { until: Some(until), .. } => *until = later.max(*until),
                    _ => self.probe(),
                }
            }
            Page::Stowed => {
                self.stowed = true;
                match &mut self.phase {
                    Phase::Waiting { until, .. } => *until = None,
                    Phase::Dialing { .. } | Phase::Open { .. } | Phase::Parting { .. } => {
                        self.let_go(Then::Redial);
                    }
                    _ => {}
                }
            }
            Page::Shown => {
                self.stowed = false;
                self.wake();
            }
        }
    }

    /// We may have been away: look at the connection now instead of waiting for a timer.
    fn wake(&mut self) {
        match &mut self.phase {
            Phase::Waiting { until, floor, .. } if !self.stowed => {
                let earliest = self.storm.earliest(self.now).max(*floor);
                if self.offline {
                    // Only the way out of the cache restores a timer that was taken away.
                    until.get_or_insert(earliest);
                } else if earliest <= self.now {
                    self.dial();
                } else {
                    *until = Some(until.map_or(earliest, |at| at.min(earliest)));
                }
            }
            Phase::Dialing { deadline: Some(deadline), .. } if *deadline <= self.now => {
                self.let_go(Then::Redial);
            }
            _ => self.probe(),
        }
    }

    /// Asks the peer for a sign of life, if there is a way to ask.
    fn probe(&mut self) {
        self.ask_for_life(false);
    }

    fn ask_for_life(&mut self, forgiven: bool) {
        let Some(heartbeat) = self.steady.as_ref().and_then(|steady| steady.heartbeat.as_ref()) else {
            return;
        };
        if let Phase::Open { pulse, .. } = &mut self.phase {
            *pulse = Pulse::Asked { at: self.now, deadline: self.now.after(heartbeat.timeout), forgiven };
            self.effects.push_back(Effect::Ping(self.attempt));
        }
    }

    pub(super) fn tick(&mut self) {
        if self.is_connected() && self.flow.next().is_some_and(|at| at <= self.now) && self.flow.ask() {
            self.effects.push_back(Effect::Sample(self.attempt));
        }
        let due = |deadline: &Instant| *deadline <= self.now;
        match &self.phase {
            Phase::Dialing { deadline: Some(at), .. } | Phase::Parting { deadline: Some(at), .. }
                if due(at) =>
            {
                self.let_go(Then::Usual);
            }
            Phase::Closing { deadline: Some(at), .. } if due(at) => self.let_go(Then::Finish),
            Phase::Waiting { until: Some(at), .. } if due(at) => self.dial(),
            Phase::Open { gate: Gate::Shut { deadline }, .. } if due(deadline) => self.let_go(Then::Usual),
            Phase::Open { pulse: Pulse::Heard { until }, .. } if due(until) => self.ask_for_life(false),
            Phase::Open { pulse: Pulse::Asked { deadline, forgiven, .. }, .. } if due(deadline) => {
                // A reply may lie in the queue behind this very timer.
                if self.now.since(*deadline) > LATE && !forgiven {
                    self.ask_for_life(true);
                } else {
                    self.let_go(Then::Usual);
                }
            }
            _ => {}
        }
    }
}
