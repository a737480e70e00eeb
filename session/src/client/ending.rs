//! How a client's session ends: each message gets its fate, and the session's state is dropped.

use super::{Client, Mode, State};
use crate::effect::{Connection, Event, Fate};
use crate::frame::Frame;
use crate::limits::Millis;
use crate::loss::{Count, Loss, Refusal};
use alloc::string::String;

/// In the place of a close code: the server of a session sent no hello.
const NO_HELLO: u16 = 0;

impl<P: Clone> Client<P> {
    /// Reports to the server what was handled here, on every connection from now on.
    pub(super) fn send_close(&mut self, now: Millis, on: Connection) {
        let handled = self.counts.receiver.handled();
        self.counts.receiver.commit(handled);
        let last = self.counts.announce(on, now);
        self.effects.push_back(last);
        self.write(on, Frame::Close(self.counts.sender.accepted()));
    }

    /// The server has closed the session, and has reported before how much it handled.
    pub(super) fn closed_by_server(&mut self, on: Connection) {
        let handled = self.counts.sender.acked();
        self.finish(Some(on), 1000, String::new(), Some(handled));
        self.fire(Event::Closed);
    }

    /// The server refuses the session. Its tombstone has the count of handled messages.
    pub(super) fn refused(&mut self, on: Connection, why: Refusal, handled: Option<u64>) {
        let sender = &self.counts.sender;
        let (acked, sent) = (sender.acked(), sender.sent());
        if let Some(count) = handled
            && (count < acked || count > sent)
        {
            return self.lose(Loss::Counts(Count::Handled, sent, count));
        }
        self.finish(Some(on), 1000, String::new(), handled);
        let left = self.closing && why == Refusal::Closed;
        self.fire(if left { Event::Closed } else { Event::Lost(Loss::Refused(why)) });
    }

    /// The session cannot continue: this end has detected it, or the other end reported it.
    pub(super) fn lose(&mut self, loss: Loss) {
        let on = match self.state {
            State::Greeting { on, .. }
            | State::Gated { on }
            | State::Asking { on, .. }
            | State::Live { on } => Some(on),
            State::Detached | State::Plain { .. } | State::Ended => None,
        };
        self.finish(on, loss.code(), loss.reason(), None);
        self.fire(Event::Lost(loss));
    }

    pub(super) fn give_up(&mut self) {
        match self.state {
            State::Ended => {}
            State::Plain { .. } => self.state = State::Ended,
            _ => self.lose(Loss::GivenUp),
        }
    }

    /// Handles a server without sessions.
    pub(super) fn plain(&mut self, on: Connection) {
        if self.credentials.is_some() && self.trouble != Some(NO_HELLO) {
            // One of several servers may be older than the others.
            self.trouble = Some(NO_HELLO);
            return self.detach(on);
        }
        if self.credentials.is_some() || self.mode == Mode::Require {
            self.state = State::Gated { on };
            return self.lose(Loss::NoSessions);
        }
        self.state = State::Plain { on };
        let fates = self.counts.fates(0, self.counts.sender.accepted(), Fate::Plain);
        self.effects.extend(fates);
        self.fire(Event::Plain(on));
    }

    /// Only the event with the reason follows.
    fn finish(&mut self, on: Option<Connection>, code: u16, reason: String, handled: Option<u64>) {
        self.state = State::Ended;
        self.credentials = None;
        if let Some(on) = on {
            self.close_connection(on, code, reason);
        }
        let fates = self.counts.final_fates(handled);
        self.effects.extend(fates);
    }
}
