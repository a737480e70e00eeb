//! The client's end of a session: what it holds, how it is driven.

mod connection;
mod ending;

use crate::counts::{Counts, Stats};
use crate::effect::{Connection, Effect, Error, Event, Fate};
use crate::frame::Frame;
use crate::keys::Bits;
use crate::limits::{Config, HELLO_WITHIN, Millis, STORE_WITHIN};
use crate::receiver::{Duty, Position, Receiver};
use crate::sender::Sender;
use alloc::collections::VecDeque;
use alloc::string::String;

/// What to do with a server without sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Continue without a session.
    Prefer,
    /// End the session.
    Require,
}

/// An input of the client's machine.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Input<P> {
    /// The application sends a message of this [cost](crate::cost_of_text). Its number is the count of accepted
    /// messages.
    Send(P, u64),
    /// A rule of the queue drops this message, which was never sent.
    Drop(u64),
    /// The application has handled every message up to this one.
    Handled(u64),
    /// Request an acknowledgement now, because a flush waits for it.
    Ask,
    /// Send a ping.
    Ping,
    /// The application closes the session; it ends once the server has handled everything.
    Close,
    /// The application gives up, or no further connection will be tried.
    GiveUp,
    /// A connection is open; whether a session was [agreed](crate::agree) on.
    Connected(Connection, bool),
    /// The application's gate on a connection has opened.
    Ready(Connection),
    /// A message of this cost arrived.
    Message(Connection, u64),
    /// A [control frame](crate::Incoming::Control) arrived.
    Control(Connection, String),
    /// The connection ended, with this close code.
    Disconnected(Connection, u16),
    /// Time has passed; nothing else happened.
    Tick,
}

/// ```text
/// Detached → Greeting → Gated → Asking → Live → Detached …          Ended, from each
///                └→ Plain
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum State {
    /// Without a connection.
    Detached,
    /// Waits for the hello, which must be the first message.
    Greeting { on: Connection, until: Millis },
    /// The hello came; the application's gate is shut, or waits for it.
    Gated { on: Connection },
    /// Asked for a session.
    Asking { on: Connection, until: Millis },
    /// Messages are counted.
    Live { on: Connection },
    /// The server has no sessions.
    Plain { on: Connection },
    /// Ended.
    Ended,
}

/// The credentials that the server issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Credentials {
    id: Bits,
    secret: Bits,
    nonce: Bits,
    /// How many times a resume was requested.
    attempts: u64,
}

/// The client's end of one session. See the [crate's page](crate) for the contract.
#[derive(Clone, Debug, Hash)]
pub struct Client<P> {
    config: Config,
    mode: Mode,
    state: State,
    /// The gate opened before the hello came.
    ready: bool,
    credentials: Option<Credentials>,
    counts: Counts<P>,
    /// The application has closed the session: it handles nothing more, and the server handles the rest.
    closing: bool,
    /// The close code of the last connection, if the network was not at fault and nothing has worked since.
    trouble: Option<u16>,
    effects: VecDeque<Effect<P>>,
}

impl<P: Clone> Client<P> {
    /// Creates a session that has not begun.
    pub fn new(config: Config, mode: Mode) -> Self {
        let receiver = Receiver::new(config.window(), Position::default());
        Self {
            config,
            mode,
            state: State::Detached,
            ready: false,
            credentials: None,
            counts: Counts { sender: Sender::new(0, 0, VecDeque::new()), receiver },
            closing: false,
            trouble: None,
            effects: VecDeque::new(),
        }
    }

    /// Handles one input. An error means that nothing has changed.
    pub fn handle(&mut self, now: Millis, input: Input<P>) -> Result<(), Error> {
        match input {
            Input::Send(payload, cost) => self.send(payload, cost)?,
            Input::Drop(number) => self.drop_message(number)?,
            Input::Handled(number) => self.handled(number)?,
            Input::Ask => self.request(Frame::Ask)?,
            Input::Ping => self.request(Frame::Ping)?,
            Input::Close => self.close(now)?,
            Input::GiveUp => self.give_up(),
            Input::Connected(on, session) => self.connected(now, on, session),
            Input::Ready(on) => self.opened_gate(now, on),
            Input::Message(on, cost) => self.message(on, cost),
            Input::Control(on, text) => self.control(now, on, &text),
            Input::Disconnected(on, code) => self.disconnected(on, code),
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
        self.counts.transmit(on)
    }

    /// Returns the time for [`Input::Tick`] if nothing else happens before.
    pub fn deadline(&self) -> Option<Millis> {
        match self.state {
            State::Greeting { until, .. } | State::Asking { until, .. } => Some(until),
            State::Live { .. } => self.counts.receiver.due(),
            _ => None,
        }
    }

    /// Returns the numbers of the session.
    pub fn stats(&self) -> Stats {
        self.counts.stats()
    }

    /// Returns whether the hello has come and the application's gate may run.
    pub const fn is_gated(&self) -> bool {
        matches!(self.state, State::Gated { .. })
    }

    /// Returns whether messages of this connection are counted.
    pub fn is_live(&self) -> bool {
        matches!(self.state, State::Live { .. })
    }

    /// Returns whether the session has ended, or never began because the server has none.
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Ended | State::Plain { .. })
    }

    fn send(&mut self, payload: P, cost: u64) -> Result<(), Error> {
        if self.is_over() || self.closing {
            return Err(Error::Ended);
        }
        let cost = cost.max(1);
        // A page that ends takes its session with it, so its memory is where a message must survive.
        let number = self.counts.sender.accept(payload, cost, self.config.queue)?;
        self.counts.sender.store(number);
        Ok(())
    }

    fn drop_message(&mut self, number: u64) -> Result<(), Error> {
        if self.is_over() {
            return Err(Error::Ended);
        }
        self.counts.sender.begin_drop(number)?;
        self.counts.sender.finish_drop(number);
        self.fire(Event::Fate { first: number, last: number, fate: Fate::Dropped });
        Ok(())
    }

    fn handled(&mut self, number: u64) -> Result<(), Error> {
        if self.is_over() || self.closing {
            return Err(Error::Ended);
        }
        self.counts.receiver.handle(number)
    }

    fn request(&mut self, frame: Frame) -> Result<(), Error> {
        let State::Live { on } = self.state else { return Err(Error::NotNow) };
        // Whatever was accepted and may be sent goes first, so that the answer covers it.
        while let Some(effect) = self.counts.transmit(on) {
            self.effects.push_back(effect);
        }
        if frame == Frame::Ping {
            self.counts.receiver.ask_if_owed();
        }
        self.write(on, frame);
        Ok(())
    }

    fn close(&mut self, now: Millis) -> Result<(), Error> {
        if self.is_over() || self.closing {
            return Err(Error::Ended);
        }
        self.closing = true;
        if let State::Live { on } = self.state {
            self.send_close(now, on);
        }
        Ok(())
    }

    /// Sends what is owed after an input.
    fn settle(&mut self, now: Millis) {
        let State::Live { on } = self.state else { return };
        let Some(duty) = self.counts.duty(now) else { return };
        if let Duty::Commit(position) = duty {
            // A client's memory is its store.
            self.counts.receiver.commit(position);
        }
        if self.counts.duty(now) == Some(Duty::Acknowledge) {
            let effect = self.counts.announce(on, now);
            self.effects.push_back(effect);
        }
    }

    fn tick(&mut self, now: Millis) {
        match self.state {
            State::Greeting { on, until } if until <= now && self.credentials.is_none() => self.plain(on),
            // A server that is slow, or whose store is unavailable. The session is kept.
            State::Greeting { on, until } | State::Asking { on, until } if until <= now => self.detach(on),
            _ => {}
        }
    }

    /// Abandons this connection.
    fn detach(&mut self, on: Connection) {
        self.state = State::Detached;
        self.close_connection(on, 1000, String::new());
    }

    fn connected(&mut self, now: Millis, on: Connection, session: bool) {
        if !matches!(self.state, State::Detached) {
            return;
        }
        self.ready = false;
        if session {
            self.state = State::Greeting { on, until: now.saturating_add(HELLO_WITHIN) };
        } else {
            self.plain(on);
        }
    }

    fn opened_gate(&mut self, now: Millis, on: Connection) {
        match self.state {
            State::Greeting { on: present, .. } if present == on => self.ready = true,
            State::Gated { on: present } if present == on => self.ask_for_session(now, on),
            _ => {}
        }
    }

    /// Opens, or resumes.
    fn ask_for_session(&mut self, now: Millis, on: Connection) {
        let window = self.counts.receiver.window();
        let frame = match &mut self.credentials {
            None => Frame::Open { window },
            Some(Credentials { id, secret, nonce, attempts }) => {
                *attempts += 1;
                let received = self.counts.receiver.received();
                let (id, secret, nonce, attempt) = (*id, *secret, *nonce, *attempts);
                self.fire(Event::Resuming(on));
                Frame::Resume { id, secret, nonce, attempt, received, window }
            }
        };
        self.state = State::Asking { on, until: now.saturating_add(STORE_WITHIN) };
        self.write(on, frame);
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
impl<P> Client<P> {
    pub(crate) fn counts(&self) -> &Counts<P> {
        &self.counts
    }

    /// Makes `now` the origin of this machine's clock.
    pub(crate) fn rebase(&mut self, now: Millis) {
        self.counts.receiver.rebase(now);
        if let State::Greeting { until, .. } | State::Asking { until, .. } = &mut self.state {
            *until = until.saturating_sub(now);
        }
    }
}
