//! Closing: by the application, or by the retry rules.

use super::diagnosis::{Cause, FailurePhase};
use super::io::{CloseInfo, Effect, Error, Event, Text, Why};
use super::machine::Machine;
use super::machine_kind::MachineKind;
use super::outbox::Outbox;
use super::phase::{GateState, Hangup, NextStep, Phase};
use super::validate;

/// RFC 6455, 7.1.5: the Close frame carried no code.
const NO_CODE: u16 = 1005;

impl<P: Clone, K: MachineKind> Machine<P, K> {
    /// Closes the socket with `close_info`.
    pub(super) fn finish(&mut self) {
        self.phase = Phase::Closed { close_pending: true };
    }

    /// Discards what is still queued, then emits the close event. Returns whether there was anything to do.
    pub(super) fn emit_close(&mut self) -> bool {
        if !matches!(self.phase, Phase::Closed { close_pending: true }) {
            return false;
        }
        if let Some(entry) = self.outbox().and_then(Outbox::pop) {
            self.never_sent = self.never_sent.saturating_add(entry.size);
            self.discard(entry, Why::Closed);
            return true;
        }
        self.phase = Phase::Closed { close_pending: false };
        let was_clean = self.close_info.was_clean;
        // "If the user agent was required to fail the WebSocket connection …, fire an event named
        // error. Fire an event named close". A strict socket has fired error already.
        if self.steady.is_some() && !was_clean {
            self.effects.push_back(Effect::Fire(Event::Error));
        }
        self.effects.push_back(Effect::Fire(Event::Close));
        true
    }

    pub(super) fn close(&mut self, code: Option<u16>, reason: K::Text) -> Result<(), Error> {
        validate::close_arguments(code, reason.bytes())?;
        let deadline = self.in_steady(|steady| steady.close_timeout);
        match self.phase {
            // "If this's ready state is CLOSING or CLOSED: do nothing."
            Phase::Closing { .. } | Phase::Closed { .. } => return Ok(()),
            Phase::Ending { .. } => {
                if self.steady.is_some() {
                    self.enter_phase(FailurePhase::Closing);
                    self.phase = Phase::Closing { hangup: Hangup::Needless, deadline };
                }
                return Ok(());
            }
            Phase::Dropping { opened, .. } => {
                self.phase = Phase::Dropping { then: NextStep::Finish, opened };
                return Ok(());
            }
            _ => {}
        }
        self.close_info = CloseInfo { code: code.unwrap_or(NO_CODE), reason, was_clean: true };
        let closing = Phase::Closing { hangup: Hangup::Due, deadline };
        match self.phase {
            // "If the WebSocket connection is not yet established: fail the WebSocket connection
            // and set this's ready state to CLOSING."
            Phase::Dialing { dialed, .. } if dialed || self.steady.is_none() => {
                self.set_cause(Cause::Page);
                self.phase = closing;
                self.hang_up();
            }
            // "If the WebSocket closing handshake has not yet been started: start the WebSocket
            // closing handshake and set this's ready state to CLOSING."
            Phase::Open { gate, .. } => {
                self.enter_phase(FailurePhase::Closing);
                self.phase = closing;
                // While closing, only a shut gate holds messages back.
                if gate != GateState::Open && self.steady.as_ref().is_some_and(|steady| steady.rules.gated) {
                    self.hang_up();
                }
            }
            _ => {
                if matches!(self.phase, Phase::Dialing { .. }) {
                    self.effects.push_back(Effect::Abandon(self.attempt));
                }
                // Without a connection the end is clean.
                self.finish();
            }
        }
        Ok(())
    }

    /// Calls the native `close()` if it is due; the queue is empty.
    pub(super) fn hang_up(&mut self) -> bool {
        let Phase::Closing { hangup: hangup @ Hangup::Due, .. } = &mut self.phase else { return false };
        *hangup = Hangup::Done;
        let CloseInfo { code, reason, .. } =
            ::core::mem::replace(&mut self.close_info, CloseInfo::abnormal());
        let code = (code != NO_CODE).then_some(code);
        self.effects.push_back(Effect::Hangup { attempt: self.attempt, code, reason });
        true
    }

    pub(super) fn terminate(&mut self) {
        match &self.phase {
            // The ready state is CLOSED already, and `Closed` follows.
            Phase::Ending { failed: true, .. } if self.steady.is_none() => {}
            Phase::Dialing { dialed: true, .. }
            | Phase::Open { .. }
            | Phase::Closing { .. }
            | Phase::Ending { .. } => self.abandon(NextStep::Finish, Some(Cause::Page)),
            // Without a connection there is nothing to wait for, and these arguments are valid.
            _ => self.close(None, K::Text::default()).unwrap_or_default(),
        }
    }

    pub(super) fn reconnect(&mut self) -> Result<(), Error> {
        let Some(steady) = &self.steady else { return Err(Error::NotSteady) };
        match &mut self.phase {
            Phase::Idle => self.dial(),
            // A page in the back/forward cache connects when it is shown.
            Phase::Waiting { .. } if steady.stowed => {}
            Phase::Waiting { until, .. } => *until = Some(steady.rate_limiter.earliest(self.now)),
            Phase::Dialing { .. } | Phase::Open { .. } | Phase::Ending { .. } => {
                self.abandon(NextStep::Redial, Some(Cause::Page));
            }
            Phase::Asking { in_doubt, .. } => {
                let in_doubt = *in_doubt;
                self.wait(0, 0, in_doubt);
            }
            Phase::Dropping { then: then @ (NextStep::Usual | NextStep::Redial), .. } => {
                *then = NextStep::Redial;
            }
            _ => return Err(Error::Ended),
        }
        Ok(())
    }

    pub(super) fn give_up(&mut self) {
        if let Phase::Waiting { .. } | Phase::Asking { .. } = self.phase {
            self.finish();
        }
    }
}
