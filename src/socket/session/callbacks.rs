//! The callbacks of a socket with a session. They handle the session's frames and pass the rest to the callbacks of a
//! steady socket.

use super::Outcome;
use super::machine::{Arrival, Call, ClientMessage, NO_ATTEMPT, SessionMachine};
use crate::core::{Effect, Error, Event, NotDialed, OutgoingMessage, Ticket};
use crate::socket::callbacks::SteadyCallbacks;
use crate::socket::error::OpenError;
use crate::socket::failure::Failure;
use crate::socket::message::{OutgoingData, Payload};
use crate::socket::shell::{Callbacks, Shell};
use crate::web::{Driver, Socket, now};
use std::cell::RefCell;
use std::rc::{Rc, Weak};
use steady_session::{Frame, Incoming, cost_of_text, incoming, parse};

/// The server's reply to a ping.
const PONG: &str = "\u{10}Q";

pub(in crate::socket) struct SessionCallbacks {
    machine: SessionMachine,
    steady: SteadyCallbacks,
    has_heartbeat: bool,
    /// Set at the first connection.
    driver: RefCell<Weak<Driver<Shell>>>,
}

impl SessionCallbacks {
    pub(in crate::socket) fn new(
        machine: SessionMachine,
        steady: SteadyCallbacks,
        has_heartbeat: bool,
    ) -> Self {
        Self { machine, steady, has_heartbeat, driver: RefCell::default() }
    }

    /// Makes the driver carry out the machine's effects.
    fn run(&self) {
        let driver = { self.driver.borrow().upgrade() };
        if let Some(driver) = driver {
            driver.run();
        }
    }
}

impl Callbacks for SessionCallbacks {
    fn perform(&self, driver: &Rc<Driver<Shell>>, effect: Effect<OutgoingData>) {
        match effect {
            // The machine has queued a call.
            Effect::Gate(NO_ATTEMPT) => match self.machine.next_call() {
                Some(Call::Emit(event)) => driver.host().emit_session(&event),
                Some(Call::Settle(outcome, fate)) => outcome.settle(fate),
                Some(Call::Gate(attempt)) => self.steady.perform(driver, Effect::Gate(attempt)),
                None => {}
            },
            // A task that an earlier event has woken may have ended the connection.
            Effect::Gate(attempt) if !driver.machine().delivers(attempt) => {}
            Effect::Gate(attempt) => {
                self.driver.replace(Rc::downgrade(driver));
                let protocol = driver.with_socket(Socket::protocol).unwrap_or_default();
                self.machine.connected(now(), attempt, &protocol);
                driver.run();
            }
            Effect::Ping(_) if self.machine.ping(now()) => {}
            other => self.steady.perform(driver, other),
        }
    }

    fn is_pong(&self, message: &Payload) -> bool {
        if self.machine.is_plain() {
            return self.steady.is_pong(message);
        }
        let pong = self.has_heartbeat && self.machine.is_live() && message.as_text() == Some(PONG);
        if pong {
            self.machine.receive(now(), ClientMessage::Control(PONG));
        }
        pong
    }

    fn intercept(&self, message: Payload) -> Option<Payload> {
        if self.machine.is_plain() {
            // The server has sessions after all, but was too slow.
            let is_late = self.machine.may_greet_late()
                && matches!(message.as_text().map(parse), Some(Ok(Frame::Hello { .. })));
            return if is_late { None } else { self.steady.intercept(message) };
        }
        let (arrival, unescaped) = match message.as_text().map(incoming) {
            Some(Incoming::Control(text)) => {
                (self.machine.receive(now(), ClientMessage::Control(text)), None)
            }
            Some(Incoming::Data(text)) => {
                let arrival = self.machine.receive(now(), ClientMessage::Data(cost_of_text(text)));
                let escaped = Some(text) != message.as_text() && !self.machine.is_plain();
                (arrival, escaped.then(|| Payload::text(text.to_owned())))
            }
            None => (self.machine.receive(now(), ClientMessage::Data(message.size().max(1))), None),
        };
        self.run();
        let message = unescaped.unwrap_or(message);
        match arrival {
            Arrival::Nothing => None,
            Arrival::Own => self.steady.intercept(message),
            Arrival::Numbered(number) => Some(message.numbered(number)),
        }
    }

    fn release(&self) {
        self.steady.release();
    }

    fn dialed(&self, url: &str, error: Option<&OpenError>) -> NotDialed {
        self.steady.dialed(url, error)
    }

    fn fire(&self, event: &Event<OutgoingData>) -> Option<Failure> {
        self.steady.fire(event)
    }

    fn hides(&self, event: &Event<OutgoingData>) -> bool {
        // After `close()`, a new connection only ends the session.
        matches!(event, Event::Open(_) | Event::Reconnecting { .. }) && self.machine.is_closing()
    }

    fn last_failure(&self) -> Option<Failure> {
        self.steady.last_failure()
    }

    fn send(
        &self,
        driver: &Rc<Driver<Shell>>,
        message: OutgoingMessage<OutgoingData>,
    ) -> Result<Ticket, Error> {
        self.steady.send(driver, message)
    }

    fn track_next(&self) -> Option<Rc<Outcome>> {
        Some(self.machine.track_next())
    }

    fn handled(&self, number: u64) {
        self.machine.handled(now(), number);
        self.run();
    }
}
