//! Both directions of a session at one end: what both roles do with an established session.

use crate::effect::{Connection, Effect, Event, Fate};
use crate::frame::Frame;
use crate::limits::Millis;
use crate::loss::Loss;
use crate::receiver::{Duty, Receiver};
use crate::sender::{Outgoing, Sender};
use alloc::string::ToString;
use alloc::vec::Vec;

/// The counters of a session at one end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stats {
    /// Messages accepted here.
    pub accepted: u64,
    /// How many of them the other end's application has handled.
    pub acknowledged: u64,
    /// Messages received from the other end, including those that it dropped.
    pub received: u64,
    /// How many of them the application here has handled.
    pub handled: u64,
    /// The cost of the messages accepted and not acknowledged.
    pub held_cost: u64,
    /// How much more the other end's window allows.
    pub room: u64,
}

#[derive(Clone, Debug, Hash)]
pub(crate) struct Counts<P> {
    pub(crate) sender: Sender<P>,
    pub(crate) receiver: Receiver,
}

impl<P: Clone> Counts<P> {
    pub(crate) fn stats(&self) -> Stats {
        Stats {
            accepted: self.sender.accepted(),
            acknowledged: self.sender.acked(),
            received: self.receiver.received(),
            handled: self.receiver.handled().count,
            held_cost: self.sender.held_cost(),
            room: self.sender.room(),
        }
    }

    /// Sends the next message, if there is one.
    pub(crate) fn transmit(&mut self, on: Connection) -> Option<Effect<P>> {
        Some(match self.sender.advance()? {
            Outgoing::Message(payload) => Effect::Transmit(on, payload),
            Outgoing::Skip(count) => control(on, Frame::Skip(count)),
        })
    }

    /// Handles an acknowledgement of the other end, and reports the fates that it decides.
    pub(crate) fn acknowledged(
        &mut self,
        handled: u64,
        credit: u64,
        sent: u64,
    ) -> Result<Vec<Effect<P>>, Loss> {
        self.receiver.check(sent)?;
        self.sender.check_acknowledged(handled)?;
        let fates = self.fates(self.sender.acked(), handled, Fate::Delivered);
        self.sender.acknowledge(handled, credit);
        Ok(fates)
    }

    /// Reports the fate of the messages behind `after`, up to `last`, that have none yet.
    pub(crate) fn fates(&self, after: u64, last: u64, fate: Fate) -> Vec<Effect<P>> {
        let span = |(first, last)| Effect::Fire(Event::Fate { first, last, fate });
        self.sender.undecided(after, last).into_iter().map(span).collect()
    }

    /// Decides all fates at the end of a session; `handled`: how many messages were handled, if known. What was never
    /// sent was not.
    pub(crate) fn final_fates(&self, handled: Option<u64>) -> Vec<Effect<P>> {
        let (acked, sent, accepted) = (self.sender.acked(), self.sender.sent(), self.sender.accepted());
        let (delivered, rest) = match handled {
            Some(handled) => (handled, Fate::NotHandled),
            None => (acked, Fate::Unknown),
        };
        let mut fates = self.fates(acked, delivered, Fate::Delivered);
        fates.extend(self.fates(delivered, sent, rest));
        fates.extend(self.fates(sent.max(delivered), accepted, Fate::NotHandled));
        fates
    }

    /// Acknowledges everything that survives a crash.
    pub(crate) fn announce(&mut self, on: Connection, now: Millis) -> Effect<P> {
        self.receiver.announce(now);
        let Counts { sender, receiver } = self;
        let frame = Frame::Ack {
            handled: receiver.committed().count,
            credit: receiver.credit(),
            sent: sender.wire(),
        };
        control(on, frame)
    }

    /// Returns what the receiving half owes.
    pub(crate) fn duty(&mut self, now: Millis) -> Option<Duty> {
        self.receiver.settle(now);
        self.receiver.duty(now)
    }
}

/// Sends a control frame.
pub(crate) fn control<P>(on: Connection, frame: Frame) -> Effect<P> {
    Effect::Control(on, frame.to_string())
}
