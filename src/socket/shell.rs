//! The Rust application behind a driver: keeps what arrives until it is asked for.

use super::error::{OpenError, SendError};
use super::events::{Circle, Events, Readers};
use super::failure::{Failure, Note};
use super::inbox::{Inbound, Inbox};
use super::message::{Parcel, Payload};
use super::source::{Address, Call, Caller, Offer, Protocols};
use super::wakers::{Place, WakerSet};
use crate::core::{self, Attempt, Closure as Closed, Effect, Input, NotDialed, Text, Ticket, Why};
use crate::web::{Data, Driver, Host, Receipt, Socket};
use std::cell::{Cell, OnceCell, RefCell};
use std::rc::{Rc, Weak};
use std::task::{Context, Poll};

/// What only a steady socket does for its machine: an object, so that an app whose sockets are strict
/// carries nothing of it.
pub(super) trait Duty {
    /// [`Host::oblige`].
    fn oblige(&self, driver: &Rc<Driver<Shell>>, effect: Effect<Parcel>);
    fn is_pong(&self, message: &Payload) -> bool;
    /// Gives the message back unless whoever opens the gate waits for one.
    fn intercept(&self, message: Payload) -> Option<Payload>;
    fn note(&self, note: Note<'_>);
    fn last_failure(&self) -> Option<Failure>;
}

/// A flush that somebody waits for.
pub(super) struct Flush {
    /// It is about the messages below this ticket.
    pub(super) before: Ticket,
    pub(super) outcome: Cell<Option<Result<(), SendError>>>,
}

pub(super) struct Shell {
    url: Address,
    protocols: Option<Rc<dyn Protocols>>,
    /// A strict socket has none.
    pub(super) duty: Option<Rc<dyn Duty>>,
    pub(super) inbox: Inbox,
    readers: OnceCell<Box<dyn Readers>>,
    /// Who waits for anything but a message.
    pub(super) wakers: WakerSet,
    closed: OnceCell<Closed>,
    /// The flushes under way.
    flushes: RefCell<Vec<Weak<Flush>>>,
    /// Why the last attempt could not even begin.
    pub(super) failure: Cell<Option<OpenError>>,
}

impl Shell {
    pub(super) fn new(url: Address, protocols: Option<Rc<dyn Protocols>>, inbound: Inbound) -> Self {
        Self {
            url,
            protocols,
            duty: None,
            inbox: Inbox::new(inbound),
            readers: OnceCell::default(),
            wakers: WakerSet::default(),
            closed: OnceCell::default(),
            flushes: RefCell::default(),
            failure: Cell::default(),
        }
    }

    /// Whether messages are accepted while there is no connection.
    pub(super) fn is_steady(&self) -> bool {
        self.duty.is_some()
    }

    /// A flush of the messages below `before`, just begun.
    pub(super) fn begin_flush(&self, before: Ticket) -> Rc<Flush> {
        let flush = Rc::new(Flush { before, outcome: Cell::new(None) });
        let mut flushes = self.flushes.borrow_mut();
        // Those that nobody waits for any more must not accumulate.
        flushes.retain(|flush| flush.strong_count() > 0);
        flushes.push(Rc::downgrade(&flush));
        flush
    }

    fn settle_flushes(&self, outcome: Result<(), SendError>, concerns: impl Fn(Ticket) -> bool) {
        for flush in self.flushes.borrow().iter().filter_map(Weak::upgrade) {
            if flush.outcome.get().is_none() && concerns(flush.before) {
                flush.outcome.set(Some(outcome));
            }
        }
        self.wakers.wake();
    }

    pub(super) fn note(&self, note: Note<'_>) {
        if let Some(duty) = &self.duty {
            duty.note(note);
        }
    }

    pub(super) fn last_failure(&self) -> Option<Failure> {
        self.duty.as_ref()?.last_failure()
    }

    /// What happens from now on.
    pub(super) fn events(&self) -> Events {
        self.readers.get_or_init(|| Box::new(Circle::default())).add(self.is_over())
    }

    pub(super) fn poll_closed(&self, place: &Place, context: &Context<'_>) -> Poll<Closed> {
        self.wakers.poll(place, context, self.look_closed())
    }

    /// How the socket ended, if it has.
    pub(super) fn look_closed(&self) -> Poll<Closed> {
        self.closed.get().map_or(Poll::Pending, |closed| Poll::Ready(closed.clone()))
    }

    /// What arrived next, and after the end nothing.
    pub(super) fn poll_inbox(&self) -> Poll<Option<Payload>> {
        let payload = self.inbox.pop();
        if payload.is_some() || self.is_over() { Poll::Ready(payload) } else { Poll::Pending }
    }

    pub(super) fn is_over(&self) -> bool {
        self.closed.get().is_some()
    }
}

impl Caller for Driver<Shell> {
    fn answered(self: Rc<Self>, attempt: Attempt, answer: Option<(Text, Offer)>) {
        // Too late: not even a socket to be closed again.
        if !self.machine().awaits(attempt) {
            return;
        }
        let shell = self.host();
        // A provider had none.
        let Some((url, offer)) = answer else {
            shell.note(Note::NotProvided);
            return self.refused(attempt, NotDialed::Provider);
        };
        match offer.and_then(|list| Socket::new(&url, &list)) {
            Ok(socket) => {
                shell.note(Note::Dialed(&url));
                self.dialed(attempt, socket, url);
            }
            Err(failure) => {
                shell.note(Note::Refused(&failure));
                shell.failure.set(Some(failure));
                self.refused(attempt, NotDialed::Forbidden);
            }
        }
    }
}

impl Host for Shell {
    type Payload = Parcel;
    type Message = Payload;

    fn dial(&self, driver: &Rc<Driver<Self>>, attempt: Attempt) {
        self.note(Note::Dialing(attempt));
        let caller = Rc::downgrade(driver);
        let call = Call { caller, attempt };
        match &self.protocols {
            Some(protocols) => protocols.clone().answer(&self.url, call),
            None => self.url.0.answer(call),
        }
    }

    fn oblige(&self, driver: &Rc<Driver<Self>>, effect: Effect<Parcel>) {
        if let Some(duty) = &self.duty {
            duty.oblige(driver, effect);
        }
    }

    fn opened(&self) {
        self.note(Note::Opened);
    }

    fn flushed(&self, done: Ticket) {
        self.settle_flushes(Ok(()), |before| before <= done);
    }

    fn flush_failed(&self, ticket: Ticket, why: Why) {
        self.settle_flushes(Err(SendError::Lost(ticket, why)), |before| before > ticket);
    }

    fn over(&self, closed: &Closed, given_up: bool) {
        self.note(Note::Over { closed, given_up });
    }

    fn stowed(&self) {
        self.note(Note::Stowed);
    }

    fn transmit(&self, socket: &Socket, parcel: &Parcel) -> bool {
        match parcel {
            Parcel::Text(text) => socket.send_text(text),
            Parcel::Bytes(bytes) => socket.send_bytes(bytes),
            Parcel::Js(value) => socket.send_js(value),
        }
    }

    fn receive(&self, data: Data) -> Receipt<Payload> {
        let message = Payload::new(data);
        let pong = self.duty.as_ref().is_some_and(|duty| duty.is_pong(&message));
        Receipt { size: message.size(), message, pong }
    }

    fn deliver(&self, driver: &Rc<Driver<Self>>, message: Payload) {
        let message = match &self.duty {
            Some(duty) => duty.intercept(message),
            None => Some(message),
        };
        // Whoever opens the gate has it.
        let Some(message) = message else { return self.wakers.wake() };
        let arrival = self.inbox.push(message);
        if arrival.dropped > 0
            && let Some(readers) = self.readers.get()
        {
            readers.overflow(arrival.dropped);
        }
        if arrival.closes {
            let reason = "inbound overflow".into();
            let _ = driver.handle(Input::Close { code: Some(TOO_MUCH), reason });
        }
    }

    fn fire(&self, event: core::Event<Parcel>, closed: Closed) {
        if matches!(event, core::Event::Close) {
            // It comes once.
            let _ = self.closed.set(closed.clone());
        }
        if let Some(readers) = self.readers.get() {
            let lost = matches!(event, core::Event::Reconnecting { .. });
            readers.tell(&event, &closed, lost.then(|| self.last_failure()).flatten());
        }
        if self.is_over() {
            self.inbox.wakers.wake();
        }
        self.wakers.wake();
    }
}

/// Our "message too big": see [`Inbound::close`](super::inbox::Inbound::close).
const TOO_MUCH: u16 = 4009;
