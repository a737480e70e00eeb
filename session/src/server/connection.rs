//! Events of a connection at the server.

use super::writing::Pending;
use super::{Server, State};
use crate::effect::{Connection, Effect, Event};
use crate::frame::Frame;
use crate::limits::Millis;
use crate::loss::{Count, Loss, close_codes};
use crate::parse::parse;
use crate::store::Write;

impl<P: Clone> Server<P> {
    pub(super) fn message(&mut self, on: Connection, cost: u64) {
        if !self.speaks(on) {
            return;
        }
        match self.counts.receiver.message(cost.max(1)) {
            Ok(number) if self.client_closed.is_some_and(|accepted| number > accepted) => {
                let accepted = self.client_closed.unwrap_or_default();
                self.lose(Loss::Counts(Count::Sent, number, accepted));
            }
            Ok(number) => {
                // After close() the application receives nothing.
                if !self.draining {
                    self.effects.push_back(Effect::Deliver(number));
                }
            }
            Err(loss) => self.lose(loss),
        }
    }

    pub(super) fn control(&mut self, on: Connection, text: &str) {
        if !self.speaks(on) {
            return;
        }
        match parse(text) {
            Ok(frame) => self.frame(on, frame),
            Err(_) => self.lose(Loss::Frame),
        }
    }

    /// Returns whether this is the current connection and the client may send. One that waits for an answer may not.
    fn speaks(&mut self, on: Connection) -> bool {
        if self.connection() != Some(on) {
            return false;
        }
        match self.state {
            State::Live { .. } => {
                self.confirm();
                true
            }
            State::Opening { .. } | State::Resuming { .. } => {
                self.lose(Loss::Frame);
                false
            }
            // Nothing can be written before this node is the owner.
            State::Adopting(_) => {
                self.abandon(Loss::Frame);
                false
            }
            State::Read | State::Detached { .. } | State::Ending { .. } | State::Ended(_) => false,
        }
    }

    fn frame(&mut self, on: Connection, frame: Frame) {
        match frame {
            Frame::Ack { handled, credit, sent } => {
                let before = self.counts.sender.acked();
                match self.counts.acknowledged(handled, credit, sent) {
                    Ok(fates) => self.effects.extend(fates),
                    Err(loss) => return self.lose(loss),
                }
                if handled > before {
                    self.persist(Write::Trim(handled), Pending::Nothing);
                }
            }
            Frame::Skip(count) => {
                if let Err(loss) = self.counts.receiver.skip(count) {
                    self.lose(loss);
                }
            }
            Frame::Ask => self.counts.receiver.ask(),
            Frame::Ping => {
                self.counts.receiver.ask_if_owed();
                self.write(on, Frame::Pong);
            }
            Frame::Pong => {
                self.counts.receiver.ask_if_owed();
                self.fire(Event::Pong);
            }
            Frame::Close(accepted) => {
                let received = self.counts.receiver.received();
                if accepted < received {
                    return self.lose(Loss::Counts(Count::Sent, received, accepted));
                }
                self.client_closed = Some(accepted);
            }
            _ => self.lose(Loss::Frame),
        }
    }

    pub(super) fn disconnected(&mut self, now: Millis, on: Connection, code: u16) {
        if self.connection() != Some(on) {
            return;
        }
        match &mut self.state {
            State::Ending { on, .. } => *on = None,
            // The next resume may adopt what this one would have.
            State::Adopting(_) => self.abandon(Loss::Taken),
            _ if matches!(code, close_codes::COUNTS..=close_codes::STORE) => {
                self.detach(now);
                self.lose(Loss::Peer(code));
            }
            _ => self.detach(now),
        }
    }
}
