//! What must be stored before something else may happen.

use super::{Server, State};
use crate::counts::Counts;
use crate::effect::{Connection, Effect, Error, Event, Fate};
use crate::limits::Millis;
use crate::loss::{Loss, Refusal};
use crate::receiver::{Duty, Position};
use crate::store::{StoreError, Tombstone, Write};

/// What follows when a write is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Pending {
    /// The welcome.
    Create,
    /// Sending up to this message.
    Append(u64),
    /// The report that this message was dropped.
    Skip(u64),
    /// The acknowledgement of this position.
    Handled(Position),
    /// The answer to a resume on this connection, if it is the current one.
    Swap(Connection),
    /// The report that the session has ended for this reason.
    End(Refusal),
    /// Nothing.
    Nothing,
}

impl<P: Clone> Server<P> {
    pub(super) fn send(&mut self, payload: P, cost: u64) -> Result<(), Error> {
        if self.is_ending() || self.draining || self.client_closed.is_some() {
            return Err(Error::Ended);
        }
        let cost = cost.max(1);
        let number = self.counts.sender.accept(payload.clone(), cost, self.config.queue)?;
        self.persist(Write::Append { payload, cost }, Pending::Append(number));
        Ok(())
    }

    pub(super) fn drop_message(&mut self, number: u64) -> Result<(), Error> {
        if self.is_ending() {
            return Err(Error::Ended);
        }
        self.counts.sender.begin_drop(number)?;
        self.persist(Write::Skip(number), Pending::Skip(number));
        Ok(())
    }

    pub(super) fn persist(&mut self, write: Write<P>, pending: Pending) {
        self.seq += 1;
        self.pending.push_back((self.seq, pending));
        self.effects.push_back(Effect::Persist { seq: self.seq, owner: self.keys.nonce, write });
    }

    /// Starts what is owed after an input.
    pub(super) fn settle(&mut self, now: Millis) {
        let State::Live { on } = self.state else {
            // No acknowledgement is requested, so what is handled is committed at the store's pace.
            if let (State::Detached { .. }, Some(position)) = (self.state, self.counts.receiver.uncommitted())
            {
                self.commit(position);
            }
            return;
        };
        match self.counts.duty(now) {
            Some(Duty::Commit(position)) => self.commit(position),
            Some(Duty::Acknowledge) => {
                let effect = self.counts.announce(on, now);
                self.effects.push_back(effect);
            }
            None => {}
        }
        let Counts { sender, receiver } = &self.counts;
        let over = match self.client_closed {
            Some(accepted) => self.draining || receiver.handled().count >= accepted,
            None => self.draining && sender.acked() == sender.accepted(),
        };
        if over {
            self.end(Some(on), false, None);
        }
    }

    fn commit(&mut self, position: Position) {
        self.counts.receiver.committing(position);
        let Position { count, cost } = position;
        self.persist(Write::Handled { count, cost }, Pending::Handled(position));
    }

    /// Handles that every write up to `seq` is stored, and that the store has this position.
    pub(super) fn stored(&mut self, now: Millis, seq: u64, handled: u64) {
        while let Some((_, pending)) = self.pending.pop_front_if(|(number, _)| *number <= seq) {
            self.survives(now, pending, handled);
        }
    }

    fn survives(&mut self, now: Millis, pending: Pending, handled: u64) {
        match pending {
            Pending::Create => self.welcome(),
            Pending::Append(number) => self.counts.sender.store(number),
            Pending::Skip(number) => {
                self.counts.sender.finish_drop(number);
                self.fire(Event::Fate { first: number, last: number, fate: Fate::Dropped });
            }
            Pending::Handled(position) => {
                self.counts.receiver.commit(position);
                if let State::Live { on } = self.state {
                    let effect = self.counts.announce(on, now);
                    self.effects.push_back(effect);
                }
            }
            Pending::Swap(on) => self.resumed(on),
            Pending::End(why) => self.ended(now, Tombstone { why, handled }),
            Pending::Nothing => {}
        }
    }

    /// Handles a refusal of the store: it has another owner, or has lost writes.
    pub(super) fn store_failed(&mut self, error: StoreError) {
        let loss = match error {
            StoreError::Fenced => Loss::Taken,
            StoreError::Gap => Loss::Store,
        };
        self.abandon(loss);
    }
}
