//! Timers, page lifecycle and the heartbeat.

use super::diagnosis::Cause;
use super::io::{Decision, Effect, Page};
use super::machine::Machine;
use super::machine_kind::MachineKind;
use super::phase::{GateState, Liveness, NextStep, Phase};
use super::time::{Instant, Millis};

/// A timer this late shows that the device slept, not that the peer is dead.
pub(super) const LATE: Millis = 1_000;

impl<P: Clone, K: MachineKind> Machine<P, K> {
    pub(super) fn page(&mut self, page: Page) {
        let Some(steady) = &mut self.steady else { return };
        match page {
            Page::Hidden => {}
            Page::Frozen => self.flow.freeze(),
            Page::Visible | Page::Resumed | Page::ClockJumped => self.wake(),
            Page::Online => {
                steady.offline = false;
                self.wake();
            }
            Page::Offline => {
                steady.offline = true;
                let later = self.now.after(steady.rules.retry.ceiling);
                match &mut self.phase {
                    Phase::Waiting { until: Some(until), .. } => *until = later.max(*until),
                    _ => self.probe(),
                }
            }
            Page::Stowed => {
                steady.stowed = true;
                match &mut self.phase {
                    Phase::Waiting { until, .. } => *until = None,
                    Phase::Dialing { .. } | Phase::Open { .. } | Phase::Ending { .. } => {
                        self.abandon(NextStep::Redial, Some(Cause::Stowed));
                    }
                    _ => {}
                }
            }
            Page::Shown => {
                steady.stowed = false;
                self.wake();
            }
        }
    }

    /// Checks the connection now instead of waiting for a timer, because the page may have been suspended.
    fn wake(&mut self) {
        let Some(steady) = &mut self.steady else { return };
        match &mut self.phase {
            Phase::Waiting { until, floor, .. } if !steady.stowed => {
                let earliest = steady.rate_limiter.earliest(self.now).max(*floor);
                if steady.offline {
                    // A restored page has no timer.
                    until.get_or_insert(earliest);
                } else if earliest <= self.now {
                    self.dial();
                } else {
                    *until = Some(until.map_or(earliest, |at| at.min(earliest)));
                }
            }
            Phase::Dialing { deadline: Some(deadline), .. } if *deadline <= self.now => {
                self.abandon(NextStep::Redial, Some(Cause::Timeout));
            }
            _ => {
                if matches!(self.phase, Phase::Open { .. } | Phase::Ending { .. }) {
                    steady.woken = Some(self.now);
                }
                self.flow.thaw(self.now);
                self.probe();
            }
        }
    }

    /// Sends a ping unless a reply is pending: frequent page events must not postpone the heartbeat deadline.
    fn probe(&mut self) {
        match &self.phase {
            Phase::Open { liveness: Liveness::Pinged { deadline, .. }, .. } if *deadline > self.now => {}
            _ => self.ping(false),
        }
    }

    fn ping(&mut self, forgiven: bool) {
        let Some(heartbeat) = self.steady.as_ref().and_then(|steady| steady.rules.heartbeat.as_ref()) else {
            return;
        };
        if let Phase::Open { liveness, gate: GateState::Open, .. } = &mut self.phase {
            *liveness =
                Liveness::Pinged { at: self.now, deadline: self.now.after(heartbeat.timeout), forgiven };
            self.effects.push_back(Effect::Ping(self.attempt));
        }
    }

    pub(super) fn tick(&mut self) {
        if self.is_connected() && self.flow.is_due(self.now) && self.flow.ask() {
            self.effects.push_back(Effect::Sample(self.attempt));
        }
        if self.steady.is_none() {
            // Only steady sockets have other deadlines.
            return;
        }
        let due = |deadline: &Instant| *deadline <= self.now;
        match &self.phase {
            // After a failure only the close event was late.
            Phase::Ending { failed, deadline: Some(at), .. } if due(at) => {
                let cause = if *failed { None } else { Some(Cause::Timeout) };
                self.abandon(NextStep::Usual, cause);
            }
            Phase::Dialing { deadline: Some(at), .. } if due(at) => self.time_out(NextStep::Usual),
            Phase::Closing { deadline: Some(at), .. } if due(at) => self.time_out(NextStep::Finish),
            Phase::Waiting { until: Some(at), .. } if due(at) => self.dial(),
            Phase::Asking { deadline, in_doubt, woken } if due(deadline) => {
                let (in_doubt, woken) = (*in_doubt, *woken);
                self.decide(in_doubt, woken, Decision::Usual);
            }
            Phase::Open { gate: GateState::Shut { deadline }, .. } if due(deadline) => {
                self.time_out(NextStep::Usual)
            }
            Phase::Open { liveness: Liveness::Idle { until }, .. } if due(until) => self.ping(false),
            Phase::Open { liveness: Liveness::Pinged { deadline, forgiven, .. }, .. } if due(deadline) => {
                // A reply may be queued behind this timer.
                if self.now.since(*deadline) > LATE && !forgiven {
                    self.ping(true);
                } else {
                    self.time_out(NextStep::Usual);
                }
            }
            _ => {}
        }
    }

    fn time_out(&mut self, then: NextStep) {
        self.abandon(then, Some(Cause::Timeout));
    }

    /// Restarts the close timeout while buffered bytes drain, because the closing handshake has not begun.
    pub(super) fn extend_close_timeout(&mut self, progress: bool) {
        let later = self.in_steady(|steady| steady.close_timeout);
        if let Phase::Closing { deadline, .. } = &mut self.phase
            && progress
        {
            *deadline = later;
        }
    }
}
