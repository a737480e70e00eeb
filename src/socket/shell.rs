//! The Rust application behind a driver: keeps what arrives until it is asked for.

use super::bell::Bell;
use super::error::OpenError;
use super::events::Readers;
use super::inbox::Inbox;
use super::message::{Outgoing, Parcel, Payload};
use super::source::Source;
use super::wire::Native;
use crate::core::{self, Attempt, Closure as Closed, Decision, Fate, Input, Ticket};
use crate::web::{Driver, Host, Receipt};
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use web_sys::MessageEvent;

pub(super) type Pong = Box<dyn Fn(&Payload) -> bool>;
pub(super) type Rule = Box<dyn Fn(&Closed) -> Decision>;
pub(super) type Gatekeeper = Box<dyn Fn(&Rc<Driver<Shell>>, Attempt)>;

pub(super) struct Shell {
    pub(super) steady: bool,
    pub(super) url: Box<dyn Source<String>>,
    pub(super) protocols: Rc<dyn Source<Vec<String>>>,
    pub(super) ping: Option<Outgoing>,
    pub(super) pong: Option<Pong>,
    pub(super) rule: Option<Rule>,
    pub(super) gatekeeper: Option<Gatekeeper>,
    pub(super) inbox: Inbox,
    pub(super) readers: Readers,
    /// Rings when anything but a message happens.
    pub(super) bell: Bell,
    /// A message that whoever opens the gate waits for.
    pub(super) ante: Ante,
    pub(super) closed: RefCell<Option<Closed>>,
    /// How often everything was handed over, and somebody wanted to know.
    pub(super) flushes: Cell<u64>,
    /// Why the last attempt could not even begin.
    pub(super) failure: RefCell<Option<OpenError>>,
    /// The message being received, between the driver's two questions about it.
    pub(super) arriving: RefCell<Option<Payload>>,
}

/// The gate's own letterbox.
#[derive(Default)]
pub(super) struct Ante {
    pub(super) wanted: Cell<bool>,
    pub(super) message: RefCell<Option<Payload>>,
}

impl Shell {
    fn begin(driver: &Weak<Driver<Self>>, attempt: Attempt, url: &str, protocols: Option<Vec<String>>) {
        let Some(driver) = driver.upgrade() else { return };
        // Too late: not even a socket to be closed again.
        if !driver.look(|machine| machine.awaits(attempt)) {
            return;
        }
        let made = match &protocols {
            Some(list) => checked(list).and_then(|()| Native::new(url, list)).map_err(Some),
            None => Err(None),
        };
        match made {
            Ok(native) => driver.dialed(attempt, native, url.into()),
            Err(failure) => {
                driver.host().failure.replace(failure);
                driver.refused(attempt);
            }
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.closed.borrow().is_some()
    }
}

fn checked(protocols: &[String]) -> Result<(), OpenError> {
    core::protocols(protocols).map_err(|error| match error {
        core::Error::ProtocolRepeated(at) => OpenError::ProtocolRepeated(at),
        core::Error::ProtocolToken(at) => OpenError::ProtocolToken(at),
        _ => OpenError::NoBrowser,
    })
}

impl Host for Shell {
    type Wire = Native;

    fn dial(&self, driver: &Rc<Driver<Self>>, attempt: Attempt) {
        let driver = Rc::downgrade(driver);
        let protocols = self.protocols.clone();
        self.url.get(Box::new(move |url| match url {
            Some(url) => {
                protocols.get(Box::new(move |protocols| Self::begin(&driver, attempt, &url, protocols)))
            }
            None => {
                if let Some(driver) = driver.upgrade() {
                    driver.refused(attempt);
                }
            }
        }));
    }

    fn gate(&self, driver: &Rc<Driver<Self>>, attempt: Attempt) {
        if let Some(gatekeeper) = &self.gatekeeper {
            gatekeeper(driver, attempt);
        }
    }

    fn ping(&self, driver: &Rc<Driver<Self>>, attempt: Attempt) {
        if let Some(Outgoing(ping)) = self.ping.clone() {
            // A connection that is not open any more has other ways to say so.
            let _ = driver.handle(Input::Aside(attempt, ping));
        }
    }

    fn ask(&self, driver: &Rc<Driver<Self>>, attempt: Attempt, closure: Closed) {
        let decision = self.rule.as_ref().map_or(Decision::Usual, |rule| rule(&closure));
        let _ = driver.handle(Input::Decide(attempt, decision));
    }

    fn receive(&self, event: &MessageEvent) -> Receipt {
        let payload = Payload::new(&event.data());
        let pong = self.pong.as_ref().is_some_and(|is_pong| is_pong(&payload));
        let size = payload.size();
        self.arriving.replace(Some(payload));
        Receipt { size, pong }
    }

    fn message(&self, driver: &Rc<Driver<Self>>, _event: MessageEvent) {
        let Some(payload) = self.arriving.take() else { return };
        if self.ante.wanted.take() {
            self.ante.message.replace(Some(payload));
            return self.bell.ring();
        }
        let arrival = self.inbox.push(payload);
        if arrival.dropped > 0 {
            self.readers.overflow(arrival.dropped);
        }
        if arrival.closes {
            let reason = "inbound overflow".into();
            let _ = driver.handle(Input::Close { code: Some(TOO_MUCH), reason });
        }
    }

    fn fire(&self, _driver: &Rc<Driver<Self>>, event: core::Event<Parcel>) {
        match &event {
            core::Event::Close(closed) => {
                self.closed.replace(Some(closed.clone()));
            }
            core::Event::Flushed => self.flushes.set(self.flushes.get().wrapping_add(1)),
            _ => {}
        }
        self.readers.tell(&event);
        let over = self.is_over();
        if over {
            self.readers.end();
            self.inbox.bell.ring();
        }
        self.bell.ring();
    }

    fn fate(&self, _ticket: Ticket, _fate: Fate) {}
}

/// Our "message too big": see [`Inbound::close`](super::inbox::Inbound::close).
const TOO_MUCH: u16 = 4009;
