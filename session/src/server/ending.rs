//! How a server's session ends: first in the store, then for both ends.

use super::writing::Pending;
use super::{Server, State};
use crate::effect::{Connection, Event, Fate};
use crate::frame::Frame;
use crate::limits::Millis;
use crate::loss::{Loss, Refusal};
use crate::store::{Tombstone, Write};
use alloc::string::String;

impl<P: Clone> Server<P> {
    /// Ends the session; without a loss it was closed. From here on nothing is accepted, delivered or handled.
    /// `awaits_answer`: the connection waits for the answer to a resume.
    pub(super) fn end(&mut self, on: Option<Connection>, awaits_answer: bool, loss: Option<Loss>) {
        let why = loss.map_or(Refusal::Closed, Loss::refusal);
        let tombstone = Tombstone { why, handled: self.counts.receiver.handled().count };
        self.state = State::Ending { on, awaits_answer, loss };
        self.persist(Write::End(tombstone), Pending::End(why));
    }

    /// Ends the session because of a loss that this end has detected.
    pub(super) fn lose(&mut self, loss: Loss) {
        self.end(self.connection(), false, Some(loss));
    }

    /// The end of the session is stored, with this tombstone: it counts what the application has committed itself, too.
    pub(super) fn ended(&mut self, now: Millis, tombstone: Tombstone) {
        let State::Ending { on, awaits_answer, loss } = self.state else { return };
        let Tombstone { why, handled } = tombstone;
        let receiver = &mut self.counts.receiver;
        if !(receiver.handled().count..=receiver.received()).contains(&handled) {
            // No store has counted that.
            return self.abandon(Loss::Store);
        }
        // Refused if it is what is handled already.
        let _ = receiver.handle(handled);
        self.state = State::Ended(Some(tombstone));
        match (on, loss) {
            (None, _) => {}
            (Some(on), None) if !awaits_answer => {
                let position = self.counts.receiver.handled();
                self.counts.receiver.commit(position);
                let last = self.counts.announce(on, now);
                self.effects.push_back(last);
                self.write(on, Frame::Bye);
                self.close_connection(on, 1000, String::new());
            }
            (Some(on), loss) => {
                self.write(on, Frame::Refused { why, handled: Some(handled) });
                let (code, reason) = loss.map_or((1000, String::new()), |loss| (loss.code(), loss.reason()));
                self.close_connection(on, code, reason);
            }
        }
        // A closing client has reported how many it has handled, and a server waits until it has all.
        let known = loss.is_none().then(|| self.counts.sender.acked());
        let fates = self.counts.final_fates(known);
        self.effects.extend(fates);
        self.fire(loss.map_or(Event::Closed, Event::Lost));
    }

    /// The store refuses this node's writes. Whatever is not stored has not happened.
    pub(super) fn abandon(&mut self, loss: Loss) {
        if self.is_over() {
            return;
        }
        if let Some(on) = self.connection() {
            match (self.state, loss) {
                // The client asks again, and finds the owner, or a node that reads the store.
                (
                    State::Opening { .. }
                    | State::Adopting(_)
                    | State::Resuming { .. }
                    | State::Ending { awaits_answer: true, .. },
                    Loss::Taken,
                ) => self.close_connection(on, 1013, String::new()),
                (_, Loss::Store) => {
                    self.write(on, Frame::Refused { why: Refusal::Store, handled: None });
                    self.close_connection(on, loss.code(), String::new());
                }
                _ => self.close_connection(on, loss.code(), String::new()),
            }
        }
        // Only the owner may report the end.
        let owned = !matches!(self.state, State::Read | State::Adopting(_));
        self.state = State::Ended(None);
        self.pending.clear();
        if !owned {
            return;
        }
        // Whatever was accepted may be stored, and the next owner sends it.
        let sender = &self.counts.sender;
        let fates = self.counts.fates(sender.acked(), sender.accepted(), Fate::Unknown);
        self.effects.extend(fates);
        self.fire(Event::Lost(loss));
    }
}
