//! The end of a socket: closed, terminated or given up by the application, or by the retry rules.

use super::io::{Closure, Effect, Error, Event, Text, Why};
use super::kind::Kind;
use super::machine::Machine;
use super::outbox::Outbox;
use super::phase::{Gate, Hangup, Phase, Then};
use super::validate;

impl<P: Clone, K: Kind> Machine<P, K> {
    pub(super) fn finish(&mut self, closure: Closure) {
        self.phase = Phase::Closed { farewell: Some(closure) };
    }

    /// The last words, after everything still queued is accounted for. Whether any were left.
    pub(super) fn say_farewell(&mut self) -> bool {
        if !matches!(self.phase, Phase::Closed { farewell: Some(_) }) {
            return false;
        }
        if let Some(entry) = self.outbox().and_then(Outbox::pop) {
            self.never_sent = self.never_sent.saturating_add(entry.message.size);
            self.discard(entry, Why::Closed);
            return true;
        }
        let Phase::Closed { farewell } = &mut self.phase else { return false };
        let Some(closure) = farewell.take() else { return false };
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
                self.phase = Phase::Closing { hangup: Hangup::Needless, opened: *opened, deadline };
            }
            Phase::Parting { .. } => {}
            Phase::Dropping { opened, .. } => {
                self.phase = Phase::Dropping { then: Then::Finish, opened: *opened };
            }
            // "If the WebSocket connection is not yet established: fail the WebSocket connection
            // and set this's ready state to CLOSING."
            Phase::Dialing { dialed, .. } if *dialed || self.steady.is_none() => {
                self.phase = Phase::Closing { hangup: Hangup::Done, opened: None, deadline };
                self.effects.push_back(Effect::Hangup { attempt, code, reason });
            }
            // "If the WebSocket closing handshake has not yet been started: start the WebSocket
            // closing handshake and set this's ready state to CLOSING."
            Phase::Open { since, gate, .. } => {
                let opened = Some(*since);
                if *gate == Gate::Open {
                    self.phase = Phase::Closing { hangup: Hangup::Due(code, reason), opened, deadline };
                } else {
                    self.phase = Phase::Closing { hangup: Hangup::Done, opened, deadline };
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
            // The ready state is CLOSED already, and `Closed` is about to be said.
            Phase::Parting { failed: true, .. } if self.steady.is_none() => {}
            Phase::Dialing { dialed: true, .. }
            | Phase::Open { .. }
            | Phase::Closing { .. }
            | Phase::Parting { .. } => self.let_go(Then::Finish),
            // Without a connection there is nothing to wait for, and no arguments to be wrong.
            _ => self.close(None, Text::default()).unwrap_or_default(),
        }
    }

    pub(super) fn reconnect(&mut self) -> Result<(), Error> {
        let Some(steady) = &self.steady else { return Err(Error::Strict) };
        match &mut self.phase {
            Phase::Idle => self.dial(),
            // A page in the back/forward cache connects when it is shown.
            Phase::Waiting { .. } if steady.stowed => {}
            Phase::Waiting { until, .. } => *until = Some(steady.storm.earliest(self.now)),
            Phase::Dialing { .. } | Phase::Open { .. } | Phase::Parting { .. } => self.let_go(Then::Redial),
            Phase::Asking { closure, in_doubt, .. } => {
                let (closure, in_doubt) = (closure.clone(), *in_doubt);
                self.wait(closure, 0, 0, in_doubt);
            }
            Phase::Dropping { then: then @ (Then::Usual | Then::Redial), .. } => *then = Then::Redial,
            _ => return Err(Error::Ended),
        }
        Ok(())
    }

    pub(super) fn give_up(&mut self) {
        if let Phase::Waiting { closure, .. } | Phase::Asking { closure, .. } = &self.phase {
            self.finish(closure.clone());
        }
    }
}
