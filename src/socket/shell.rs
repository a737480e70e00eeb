//! The Rust application behind a driver: keeps what arrives until it is asked for.

use super::error::OpenError;
use super::events::{EventReaders, Events, ReaderList};
use super::failure::Failure;
use super::flush::{Flush, FlushList, Flushes};
use super::inbox::{Inbound, Inbox};
use super::message::{OutgoingData, Payload};
use super::source::{Address, AddressReceiver, AddressRequest, CheckedProtocols, ProtocolsSource};
use super::wakers::{WakerSet, WakerSlot};
use crate::core::{self, Attempt, CloseInfo, Effect, Input, NotDialed, Text, Ticket};
use crate::web::{Data, Driver, Host, ReceivedMessage, Socket};
use std::cell::{Cell, OnceCell};
use std::rc::Rc;
use std::task::{Context, Poll};

/// What only a steady socket does for its machine: an object, so that an app whose sockets are strict
/// carries nothing of it.
pub(super) trait Callbacks {
    /// [`Host::perform`].
    fn perform(&self, driver: &Rc<Driver<Shell>>, effect: Effect<OutgoingData>);
    fn is_pong(&self, message: &Payload) -> bool;
    /// Gives the message back unless the gate waits for one.
    fn intercept(&self, message: Payload) -> Option<Payload>;
    /// [`Host::release`].
    fn release(&self);
    /// A connection to this address was begun, or the platform refused to: for good?
    fn dialed(&self, url: &str, error: Option<&OpenError>) -> NotDialed;
    /// [`Host::fire`]: what went wrong, if it is that a connection was lost.
    fn fire(&self, event: &core::Event<OutgoingData>) -> Option<Failure>;
    fn last_failure(&self) -> Option<Failure>;
}

pub(super) struct Shell {
    url: Address,
    protocols: Option<Rc<dyn ProtocolsSource>>,
    /// A strict socket has none.
    pub(super) callbacks: Option<Rc<dyn Callbacks>>,
    pub(super) inbox: Inbox,
    readers: OnceCell<Box<dyn EventReaders>>,
    flushes: OnceCell<Box<dyn Flushes>>,
    /// Who waits for anything but a message.
    pub(super) wakers: WakerSet,
    closed: OnceCell<CloseInfo>,
    /// Why the last attempt could not even begin.
    pub(super) failure: Cell<Option<OpenError>>,
}

impl Shell {
    pub(super) fn new(url: Address, protocols: Option<Rc<dyn ProtocolsSource>>, inbound: Inbound) -> Self {
        Self {
            url,
            protocols,
            callbacks: None,
            inbox: Inbox::new(inbound),
            readers: OnceCell::default(),
            flushes: OnceCell::default(),
            wakers: WakerSet::default(),
            closed: OnceCell::default(),
            failure: Cell::default(),
        }
    }

    /// Whether messages are accepted while there is no connection.
    pub(super) fn is_steady(&self) -> bool {
        self.callbacks.is_some()
    }

    /// A flush of the messages below `before`, just begun.
    pub(super) fn begin_flush(&self, before: Ticket) -> Rc<Flush> {
        self.flushes.get_or_init(|| Box::new(FlushList::default())).begin(before)
    }

    /// Whether every attempt is made with the same address and sub-protocols.
    pub(super) fn is_fixed(&self) -> bool {
        self.url.0.is_fixed() && self.protocols.as_ref().is_none_or(|protocols| protocols.is_fixed())
    }

    pub(super) fn last_failure(&self) -> Option<Failure> {
        self.callbacks.as_ref()?.last_failure()
    }

    /// What happens from now on.
    pub(super) fn events(&self) -> Events {
        self.readers.get_or_init(|| Box::new(ReaderList::default())).add(self.is_over())
    }

    pub(super) fn poll_closed(&self, slot: &WakerSlot, context: &Context<'_>) -> Poll<CloseInfo> {
        self.wakers.poll(slot, context, self.check_closed())
    }

    /// How the socket ended, if it has.
    pub(super) fn check_closed(&self) -> Poll<CloseInfo> {
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

    /// Keeps a message until it is taken.
    pub(super) fn store(&self, driver: &Rc<Driver<Self>>, message: Payload) {
        let outcome = self.inbox.push(message);
        if outcome.dropped > 0
            && let Some(readers) = self.readers.get()
        {
            readers.overflow(outcome.dropped);
        }
        if outcome.closes {
            let reason = "too much was not read".into();
            let _ = driver.handle(Input::Close { code: Some(INBOX_FULL), reason });
        }
    }
}

impl AddressReceiver for Driver<Shell> {
    fn receive_address(self: Rc<Self>, attempt: Attempt, answer: Option<(Text, CheckedProtocols)>) {
        // Too late: not even a socket to be closed again.
        if !self.machine().awaits(attempt) {
            return;
        }
        let shell = self.host();
        // A provider had none.
        let Some((url, checked)) = answer else {
            return self.not_dialed(attempt, NotDialed::Provider);
        };
        let begun = checked.and_then(|list| Socket::new(&url, &list));
        let why = match &shell.callbacks {
            Some(callbacks) => callbacks.dialed(&url, begun.as_ref().err()),
            None => NotDialed::ForbiddenForGood,
        };
        match begun {
            Ok(socket) => self.dialed(attempt, socket),
            Err(failure) => {
                shell.failure.set(Some(failure));
                self.not_dialed(attempt, why);
            }
        }
    }
}

impl Host for Shell {
    type Payload = OutgoingData;
    type Message = Payload;

    fn dial(&self, driver: &Rc<Driver<Self>>, attempt: Attempt) {
        let receiver = Rc::downgrade(driver);
        let request = AddressRequest { receiver, attempt };
        match &self.protocols {
            Some(protocols) => protocols.clone().answer(&self.url, request),
            None => self.url.0.answer(request),
        }
    }

    fn release(&self) {
        self.url.0.release();
        if let Some(protocols) = &self.protocols {
            protocols.release();
        }
        if let Some(callbacks) = &self.callbacks {
            callbacks.release();
        }
    }

    fn perform(&self, driver: &Rc<Driver<Self>>, effect: Effect<OutgoingData>) {
        if let Effect::Flushed(_) | Effect::FlushFailed(..) = effect {
            if let Some(flushes) = self.flushes.get() {
                flushes.settle(&effect);
                self.wakers.wake();
            }
        } else if let Some(callbacks) = &self.callbacks {
            callbacks.perform(driver, effect);
        }
    }

    fn transmit(&self, socket: &Socket, data: &OutgoingData) -> Result<(), u64> {
        let taken = match data {
            OutgoingData::Text(text) => socket.send_text(text),
            OutgoingData::Bytes(bytes) => socket.send_bytes(bytes),
            OutgoingData::Js(value, _) => socket.send_js(value),
        };
        if taken { Ok(()) } else { Err(data.size()) }
    }

    fn receive(&self, data: Data) -> ReceivedMessage<Payload> {
        let message = Payload::new(data);
        let pong = self.callbacks.as_ref().is_some_and(|callbacks| callbacks.is_pong(&message));
        ReceivedMessage { size: message.size(), message, pong }
    }

    fn deliver(&self, driver: &Rc<Driver<Self>>, message: Payload) {
        let message = match &self.callbacks {
            Some(callbacks) => callbacks.intercept(message),
            None => Some(message),
        };
        // Else the gate has it.
        if let Some(message) = message {
            self.store(driver, message);
        }
    }

    fn fire(&self, driver: &Rc<Driver<Self>>, event: core::Event<OutgoingData>) {
        if matches!(event, core::Event::Close) {
            // It comes once, and the machine says nothing else any more.
            let _ = self.closed.set(driver.engine().close_info());
        }
        let failure = self.callbacks.as_ref().and_then(|callbacks| callbacks.fire(&event));
        if let Some(readers) = self.readers.get() {
            readers.emit(&event, self.closed.get(), failure);
        }
        if self.is_over() {
            self.inbox.wakers.wake();
        }
        self.wakers.wake();
    }
}

/// Our "message too big": see [`Inbound::close`](super::inbox::Inbound::close).
const INBOX_FULL: u16 = 4009;
