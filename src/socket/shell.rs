//! The Rust application behind a driver: keeps what arrives until it is asked for.

use super::bell::Bell;
use super::error::OpenError;
use super::events::{Circle, Events, Readers};
use super::failure::Failure;
use super::inbox::{Inbound, Inbox};
use super::message::{Parcel, Payload};
use super::source::{Address, Offer, Source};
use super::wire::Native;
use crate::core::{self, Attempt, Closure as Closed, Decision, Fate, Input, Ticket};
use crate::web::{Driver, Host, Receipt};
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::task::{Context, Poll};
use web_sys::MessageEvent;

/// What only a steady socket does for its machine: an object, so that an app whose sockets are strict
/// carries nothing of it.
pub(super) trait Duty {
    fn gate(&self, driver: &Rc<Driver<Shell>>, attempt: Attempt);
    fn ping(&self, driver: &Rc<Driver<Shell>>, attempt: Attempt);
    fn decide(&self, closed: &Closed) -> Decision;
    fn is_pong(&self, message: &Payload) -> bool;
    /// Gives the message back unless whoever opens the gate waits for one.
    fn intercept(&self, message: Payload) -> Option<Payload>;
    fn note(&self, note: Note<'_>);
    fn last_failure(&self) -> Option<Failure>;
}

/// What may explain a failure later.
pub(super) enum Note<'n> {
    Dialing(Attempt),
    /// A provider had nothing.
    NotProvided,
    /// The browser would not even begin.
    Refused(&'n OpenError),
    Opened(&'n Driver<Shell>),
    /// Whether what had to be done before messages flow was done.
    Gate(bool),
    /// The application closes.
    Closing,
    /// The application lets go of the connection.
    GivenUp,
    /// The page goes into the back/forward cache.
    Stowed,
    /// The connection is over; `given_up` if the machine let go of it.
    Over {
        driver: &'n Driver<Shell>,
        closed: &'n Closed,
        given_up: bool,
    },
}

pub(super) struct Shell {
    url: Address,
    protocols: Option<Rc<dyn Source<Offer>>>,
    /// A strict socket has none.
    pub(super) duty: Option<Rc<dyn Duty>>,
    pub(super) inbox: Inbox,
    readers: RefCell<Option<Rc<dyn Readers>>>,
    /// Rings when anything but a message happens.
    pub(super) bell: Bell,
    closed: RefCell<Option<Closed>>,
    /// How often everything was handed over, and somebody wanted to know.
    pub(super) flushes: Cell<u64>,
    /// Why the last attempt could not even begin.
    pub(super) failure: RefCell<Option<OpenError>>,
    /// The message being received, between the driver's two questions about it.
    arriving: RefCell<Option<Payload>>,
}

impl Shell {
    pub(super) fn new(url: Address, protocols: Option<Rc<dyn Source<Offer>>>, inbound: Inbound) -> Self {
        Self {
            url,
            protocols,
            duty: None,
            inbox: Inbox::new(inbound),
            readers: RefCell::default(),
            bell: Bell::default(),
            closed: RefCell::default(),
            flushes: Cell::default(),
            failure: RefCell::default(),
            arriving: RefCell::default(),
        }
    }

    /// Whether messages are accepted while there is no connection.
    pub(super) fn is_steady(&self) -> bool {
        self.duty.is_some()
    }

    pub(super) fn note(&self, note: Note<'_>) {
        if let Some(duty) = &self.duty {
            duty.note(note);
        }
    }

    /// What happens from now on.
    pub(super) fn events(&self) -> Events {
        let over = self.is_over();
        self.readers.borrow_mut().get_or_insert_with(|| Rc::new(Circle::default())).add(over)
    }

    /// Copied out: whoever is woken may add readers.
    fn readers(&self) -> Option<Rc<dyn Readers>> {
        self.readers.borrow().clone()
    }
    fn begin(driver: &Weak<Driver<Self>>, attempt: Attempt, url: Option<String>, offer: Option<Offer>) {
        let Some(driver) = driver.upgrade() else { return };
        // Too late: not even a socket to be closed again.
        if !driver.look(|machine| machine.awaits(attempt)) {
            return;
        }
        // A provider had none.
        let (Some(url), Some(Offer(offer))) = (url, offer) else {
            driver.host().note(Note::NotProvided);
            return driver.refused(attempt);
        };
        match offer.and_then(|list| Native::new(&url, &list)) {
            Ok(native) => driver.dialed(attempt, native, url.into()),
            Err(failure) => {
                driver.host().note(Note::Refused(&failure));
                driver.host().failure.replace(Some(failure));
                driver.refused(attempt);
            }
        }
    }

    pub(super) fn poll_closed(&self, context: &Context<'_>) -> Poll<Closed> {
        match &*self.closed.borrow() {
            Some(closed) => Poll::Ready(closed.clone()),
            None => {
                self.bell.listen(context);
                Poll::Pending
            }
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.closed.borrow().is_some()
    }
}

impl Host for Shell {
    type Wire = Native;

    fn dial(&self, driver: &Rc<Driver<Self>>, attempt: Attempt) {
        self.note(Note::Dialing(attempt));
        let driver = Rc::downgrade(driver);
        let protocols = self.protocols.clone();
        self.url.0.get(Box::new(move |url| match (url, protocols) {
            (Some(url), Some(protocols)) => {
                protocols.get(Box::new(move |protocols| Self::begin(&driver, attempt, Some(url), protocols)));
            }
            (url, _) => Self::begin(&driver, attempt, url, Some(Offer::default())),
        }));
    }

    fn gate(&self, driver: &Rc<Driver<Self>>, attempt: Attempt) {
        if let Some(duty) = &self.duty {
            duty.gate(driver, attempt);
        }
    }

    fn ping(&self, driver: &Rc<Driver<Self>>, attempt: Attempt) {
        if let Some(duty) = &self.duty {
            duty.ping(driver, attempt);
        }
    }

    fn ask(&self, driver: &Rc<Driver<Self>>, attempt: Attempt, closure: Closed) {
        if let Some(duty) = &self.duty {
            let decision = duty.decide(&closure);
            let _ = driver.handle(Input::Decide(attempt, decision));
        }
    }

    fn opened(&self, driver: &Driver<Self>) {
        self.note(Note::Opened(driver));
    }

    fn over(&self, driver: &Driver<Self>, closed: &Closed, given_up: bool) {
        self.note(Note::Over { driver, closed, given_up });
    }

    fn stowed(&self) {
        self.note(Note::Stowed);
    }

    fn receive(&self, event: &MessageEvent) -> Receipt {
        let payload = Payload::new(&event.data());
        let pong = self.duty.as_ref().is_some_and(|duty| duty.is_pong(&payload));
        let size = payload.size();
        self.arriving.replace(Some(payload));
        Receipt { size, pong }
    }

    fn message(&self, driver: &Rc<Driver<Self>>) {
        let mut payload = self.arriving.take();
        if let Some(duty) = &self.duty {
            payload = payload.and_then(|message| duty.intercept(message));
        }
        // Whoever opens the gate has it.
        let Some(payload) = payload else { return self.bell.ring() };
        let arrival = self.inbox.push(payload);
        if arrival.dropped > 0
            && let Some(readers) = self.readers()
        {
            readers.overflow(arrival.dropped);
        }
        if arrival.closes {
            let reason = "inbound overflow".into();
            let _ = driver.handle(Input::Close { code: Some(TOO_MUCH), reason });
        }
    }

    fn fire(&self, event: core::Event<Parcel>) {
        match &event {
            core::Event::Close(closed) => {
                self.closed.replace(Some(closed.clone()));
            }
            core::Event::Flushed => self.flushes.set(self.flushes.get().wrapping_add(1)),
            _ => {}
        }
        if let Some(readers) = self.readers() {
            readers.tell(&event, self.duty.as_deref());
        }
        if self.is_over() {
            self.inbox.bell.ring();
        }
        self.bell.ring();
    }

    fn fate(&self, _ticket: Ticket, _fate: Fate) {}
}

/// Our "message too big": see [`Inbound::close`](super::inbox::Inbound::close).
const TOO_MUCH: u16 = 4009;
