//! The server's end of a session: what it holds, how it is driven.
//!
//! A server sends [`Server::hello`] right behind the handshake. The first control frame of the client is
//! [`Frame::Open`], for which the shell makes a machine with [`Server::open`]; or [`Frame::Resume`], for which it looks for
//! the machine of that id, or restores one with [`Server::restore`], and gives it [`Input::Resume`]. It has
//! authenticated the client before.

mod connection;
mod ending;
mod opening;
mod writing;

use crate::counts::{Counts, Stats};
use crate::effect::{Connection, Effect, Error, Event};
use crate::frame::Frame;
use crate::keys::{Bits, Digest, Fresh, HashFunction, Keys};
use crate::limits::{Config, Millis};
use crate::loss::Loss;
use crate::store::{Record, StoreError, Tombstone};
use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::string::String;
use writing::Pending;

/// A request to resume: [`Frame::Resume`], and the client's identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Resume {
    /// The connection.
    pub on: Connection,
    /// The secret.
    pub secret: Bits,
    /// The nonce that came with it.
    pub nonce: Bits,
    /// The client's count of resumes.
    pub attempt: u64,
    /// How many messages the client has received.
    pub received: u64,
    /// The client's window.
    pub window: u64,
    /// The hash of its authenticated identity.
    pub identity: Digest,
    /// For the answer.
    pub fresh: Fresh,
}

/// An input of the server's machine.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Input<P> {
    /// The application sends a message of this [cost](crate::cost_of_text).
    Send(P, u64),
    /// A rule of the queue drops this message, which was never sent.
    Drop(u64),
    /// The application has handled every message up to this one.
    Handled(u64),
    /// Request an acknowledgement now, because a flush waits for it.
    Ask,
    /// Send a ping.
    Ping,
    /// The application closes the session; it ends once the client has handled everything.
    Close,
    /// The client resumes on this node.
    Resume(Resume),
    /// A message of this cost arrived.
    Message(Connection, u64),
    /// A [control frame](crate::Incoming::Control) arrived.
    Control(Connection, String),
    /// The connection ended, with this close code.
    Disconnected(Connection, u16),
    /// Every write up to this one is stored.
    Stored {
        /// The number of the write.
        seq: u64,
        /// The [position](Record::position) in the store then. It counts at the end: the application may have
        /// committed more itself than it has reported as handled.
        handled: u64,
    },
    /// The answer to [`Effect::Adopt`]: the session's record.
    Adopted(Box<Record<P>>),
    /// The store refused a write.
    StoreFailed(StoreError),
    /// Time has passed; nothing else happened.
    Tick,
}

/// ```text
/// Opening → Live ⇄ Detached → Resuming → Live …                Ending → Ended, from each
///    Read → Adopting ──┘
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum State {
    /// The store must create the session; this secret is for the welcome.
    Opening { on: Connection, secret: Bits },
    /// Messages are counted.
    Live { on: Connection },
    /// Without a connection, until this time.
    Detached { until: Millis },
    /// Read from the store: another node may own it.
    Read,
    /// The store must make this node the owner, for this resume.
    Adopting(Resume),
    /// The store must record the resume; this secret is for the answer.
    Resuming { on: Connection, secret: Bits },
    /// The store must end the session.
    Ending { on: Option<Connection>, awaits_answer: bool, loss: Option<Loss> },
    /// Ended, with the tombstone, unless another node owns the session.
    Ended(Option<Tombstone>),
}

/// The server's end of one session. See the [crate's page](crate) for the contract.
#[derive(Clone, Debug, Hash)]
pub struct Server<P> {
    config: Config,
    hash: HashFunction,
    id: Bits,
    keys: Keys,
    previous: Option<Keys>,
    /// The client's count of resumes.
    attempt: u64,
    identity: Digest,
    peer_window: u64,
    state: State,
    counts: Counts<P>,
    /// Closed by the application, which handles nothing more; the client has not handled everything.
    draining: bool,
    /// The client has closed the session after this many messages, and handles nothing more.
    client_closed: Option<u64>,
    seq: u64,
    pending: VecDeque<(u64, Pending)>,
    effects: VecDeque<Effect<P>>,
}

impl<P: Clone> Server<P> {
    /// Returns the first message of every connection that agreed on a session.
    pub fn hello(config: &Config) -> Frame {
        Frame::Hello { window: config.window(), life: config.life }
    }

    /// Handles one input. An error means that nothing has changed.
    pub fn handle(&mut self, now: Millis, input: Input<P>) -> Result<(), Error> {
        match input {
            Input::Send(payload, cost) => self.send(payload, cost)?,
            Input::Drop(number) => self.drop_message(number)?,
            Input::Handled(number) => self.handled(number)?,
            Input::Ask => self.request(Frame::Ask)?,
            Input::Ping => self.request(Frame::Ping)?,
            Input::Close => self.close()?,
            Input::Resume(resume) => self.resume(&resume),
            Input::Message(on, cost) => self.message(on, cost),
            Input::Control(on, text) => self.control(on, &text),
            Input::Disconnected(on, code) => self.disconnected(now, on, code),
            Input::Stored { seq, handled } => self.stored(now, seq, handled),
            Input::Adopted(record) => self.adopted(now, *record),
            Input::StoreFailed(error) => self.store_failed(error),
            Input::Tick => self.tick(now),
        }
        self.settle(now);
        Ok(())
    }

    /// Returns the next effect to carry out, or `None` if there is none.
    pub fn poll(&mut self) -> Option<Effect<P>> {
        if let Some(effect) = self.effects.pop_front() {
            return Some(effect);
        }
        let State::Live { on } = self.state else { return None };
        if self.client_closed.is_some() { None } else { self.counts.transmit(on) }
    }

    /// Returns the time for [`Input::Tick`] if nothing else happens before.
    pub fn deadline(&self) -> Option<Millis> {
        match self.state {
            State::Detached { until } => Some(until),
            State::Live { .. } => self.counts.receiver.due(),
            _ => None,
        }
    }

    /// Returns the numbers of the session.
    pub fn stats(&self) -> Stats {
        self.counts.stats()
    }

    /// Returns the session's id.
    pub const fn id(&self) -> Bits {
        self.id
    }

    /// Returns whether the session has ended.
    pub const fn is_over(&self) -> bool {
        matches!(self.state, State::Ended(_))
    }

    /// Returns the total cost of the client's messages up to this one, for an application that commits its position
    /// itself.
    pub fn cost_up_to(&self, number: u64) -> Option<u64> {
        self.counts.receiver.cost_up_to(number)
    }

    /// Returns the owner's nonce, by which an application's transaction checks that this node still is the owner.
    pub const fn owner(&self) -> Bits {
        self.keys.nonce
    }

    /// Returns whether nothing can be sent or handled: no more, or not before this node owns the session.
    pub const fn is_ending(&self) -> bool {
        matches!(self.state, State::Read | State::Adopting(_) | State::Ending { .. } | State::Ended(_))
    }

    fn handled(&mut self, number: u64) -> Result<(), Error> {
        if self.is_ending() || self.draining {
            return Err(Error::Ended);
        }
        self.counts.receiver.handle(number)
    }

    fn request(&mut self, frame: Frame) -> Result<(), Error> {
        let State::Live { on } = self.state else { return Err(Error::NotNow) };
        while self.client_closed.is_none()
            && let Some(effect) = self.counts.transmit(on)
        {
            self.effects.push_back(effect);
        }
        if frame == Frame::Ping {
            self.counts.receiver.ask_if_owed();
        }
        self.write(on, frame);
        Ok(())
    }

    fn close(&mut self) -> Result<(), Error> {
        if self.is_ending() || self.draining {
            return Err(Error::Ended);
        }
        self.draining = true;
        Ok(())
    }

    fn tick(&mut self, now: Millis) {
        if let State::Detached { until } = self.state
            && until <= now
        {
            self.end(None, false, Some(Loss::Expired));
        }
    }

    fn write(&mut self, on: Connection, frame: Frame) {
        self.effects.push_back(crate::counts::control(on, frame));
    }

    fn fire(&mut self, event: Event) {
        self.effects.push_back(Effect::Fire(event));
    }

    fn close_connection(&mut self, connection: Connection, code: u16, reason: String) {
        self.effects.push_back(Effect::Close { connection, code, reason });
    }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
impl<P> Server<P> {
    pub(crate) fn counts(&self) -> &Counts<P> {
        &self.counts
    }

    pub(crate) const fn is_live(&self) -> bool {
        matches!(self.state, State::Live { .. })
    }

    /// Makes `now` the origin of this machine's clock.
    pub(crate) fn rebase(&mut self, now: Millis) {
        self.counts.receiver.rebase(now);
        if let State::Detached { until } = &mut self.state {
            *until = until.saturating_sub(now);
        }
    }
}
