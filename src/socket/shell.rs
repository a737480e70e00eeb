//! The host of the Rust API: stores what arrives until the application takes it.

use super::error::OpenError;
use super::events::{EventReaders, Events, ReaderList};
use super::failure::Failure;
use super::flush::{Flush, FlushList, Flushes};
use super::inbox::{Inbound, Inbox};
use super::message::{OutgoingData, Payload};
use super::source::{Address, CheckedProtocols};
use super::wakers::{WakerSet, WakerSlot};
use crate::core::{self, Attempt, CloseInfo, Effect, Input, NotDialed, Ticket};
use crate::web::{Data, Driver, Host, ReceivedMessage, Socket};
use std::cell::{Cell, OnceCell};
use std::rc::Rc;
use std::task::{Context, Poll};

/// The callbacks of a steady socket. A trait object, so that an app with only strict sockets does not carry them.
pub(super) trait Callbacks {
    /// [`Host::perform`].
    fn perform(&self, driver: &Rc<Driver<Shell>>, effect: Effect<OutgoingData>);
    fn is_pong(&self, message: &Payload) -> bool;
    /// Returns the message unless the gate waits for one.
    fn intercept(&self, message: Payload) -> Option<Payload>;
    /// [`Host::release`].
    fn release(&self);
    /// Records that a connection to this address was started or refused. Returns whether a refusal is final.
    fn dialed(&self, url: &str, error: Option<&OpenError>) -> NotDialed;
    /// [`Host::fire`]. Returns what went wrong if a connection was lost.
    fn fire(&self, event: &core::Event<OutgoingData>) -> Option<Failure>;
    /// Returns whether the event is not for the application.
    #[cfg(feature = "session")]
    fn hides(&self, _event: &core::Event<OutgoingData>) -> bool {
        false
    }
    fn last_failure(&self) -> Option<Failure>;
    /// Sends a message, which replaces the one before with its key.
    fn send(
        &self,
        driver: &Rc<Driver<Shell>>,
        message: core::OutgoingMessage<OutgoingData>,
    ) -> Result<Ticket, core::Error>;
    /// The application has taken the message of a session with this number.
    #[cfg(feature = "session")]
    fn handled(&self, _number: u64) {}
    /// Tracks the next message that is accepted; `None` if there is no session.
    #[cfg(feature = "session")]
    fn track_next(&self) -> Option<Rc<super::session::Outcome>> {
        None
    }
}

pub(super) struct Shell {
    url: Address,
    /// `None` for a strict socket.
    pub(super) callbacks: Option<Rc<dyn Callbacks>>,
    pub(super) inbox: Inbox,
    readers: OnceCell<Box<dyn EventReaders>>,
    flushes: OnceCell<Box<dyn Flushes>>,
    /// The tasks that wait for anything but a message.
    pub(super) wakers: WakerSet,
    closed: OnceCell<CloseInfo>,
    /// Why the last attempt could not start.
    pub(super) failure: Cell<Option<OpenError>>,
}

impl Shell {
    pub(super) fn new(url: Address, inbound: Inbound) -> Self {
        Self {
            url,
            callbacks: None,
            inbox: Inbox::new(inbound),
            readers: OnceCell::default(),
            flushes: OnceCell::default(),
            wakers: WakerSet::default(),
            closed: OnceCell::default(),
            failure: Cell::default(),
        }
    }

    /// Returns whether messages are accepted while there is no connection.
    pub(super) fn is_steady(&self) -> bool {
        self.callbacks.is_some()
    }

    /// Starts a flush of the messages below `before`.
    pub(super) fn begin_flush(&self, before: Ticket) -> Rc<Flush> {
        self.flushes.get_or_init(|| Box::new(FlushList::default())).begin(before)
    }

    /// Returns whether every attempt uses the same address and sub-protocols.
    pub(super) fn is_fixed(&self) -> bool {
        self.url.0.is_fixed()
    }

    pub(super) fn last_failure(&self) -> Option<Failure> {
        self.callbacks.as_ref()?.last_failure()
    }

    /// Returns a stream of the events from now on.
    pub(super) fn events(&self) -> Events {
        self.readers.get_or_init(|| Box::new(ReaderList::default())).add(self.is_over())
    }

    pub(super) fn poll_closed(&self, slot: &WakerSlot, context: &Context<'_>) -> Poll<CloseInfo> {
        self.wakers.poll(slot, context, self.check_closed())
    }

    /// Ready with how the socket ended.
    pub(super) fn check_closed(&self) -> Poll<CloseInfo> {
        self.closed.get().map_or(Poll::Pending, |closed| Poll::Ready(closed.clone()))
    }

    /// Ready with the next message; after the end with `None`.
    pub(super) fn poll_inbox(&self) -> Poll<Option<Payload>> {
        let payload = self.take();
        if payload.is_some() || self.is_over() { Poll::Ready(payload) } else { Poll::Pending }
    }

    /// Returns the next message if one has already arrived.
    pub(super) fn take(&self) -> Option<Payload> {
        let payload = self.inbox.pop();
        #[cfg(feature = "session")]
        self.report_handled(payload.as_ref());
        payload
    }

    /// Drops all messages, now and later: the receiver is gone.
    pub(super) fn close_inbox(&self) {
        self.inbox.close();
        while self.take().is_some() {}
    }

    #[cfg(feature = "session")]
    fn report_handled(&self, payload: Option<&Payload>) {
        if let (Some(callbacks), Some(number)) = (&self.callbacks, payload.and_then(Payload::number)) {
            callbacks.handled(number);
        }
    }

    #[cfg(feature = "session")]
    pub(super) fn emit_session(&self, event: &super::session::SessionEvent) {
        if let Some(readers) = self.readers.get() {
            readers.session(event);
        }
        self.wakers.wake();
    }

    /// Offers sub-protocols that `offer` makes of the application's.
    #[cfg(feature = "session")]
    pub(super) fn set_offer(&self, offer: super::source::Offer) {
        self.url.0.set_offer(offer);
    }

    pub(super) fn is_over(&self) -> bool {
        self.closed.get().is_some()
    }

    /// Stores a message until it is taken.
    pub(super) fn store(&self, driver: &Rc<Driver<Self>>, message: Payload) {
        // A receiver that is gone has nothing against it.
        #[cfg(feature = "session")]
        if self.inbox.is_closed() {
            return self.report_handled(Some(&message));
        }
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

    /// Starts a connection; `target` is `None` if a provider failed.
    pub(super) fn dial_target(
        &self,
        driver: &Rc<Driver<Self>>,
        attempt: Attempt,
        target: Option<(&str, CheckedProtocols)>,
    ) {
        // Too late: no native socket is created.
        if !driver.machine().awaits(attempt) {
            return;
        }
        // A provider failed.
        let Some((url, checked)) = target else {
            return driver.not_dialed(attempt, NotDialed::Provider);
        };
        let begun = checked.and_then(|list| Socket::new(url, &list));
        let why = match &self.callbacks {
            Some(callbacks) => callbacks.dialed(url, begun.as_ref().err()),
            None => NotDialed::ForbiddenForGood,
        };
        match begun {
            Ok(socket) => driver.dialed(attempt, socket),
            Err(failure) => {
                self.failure.set(Some(failure));
                driver.not_dialed(attempt, why);
            }
        }
    }
}

impl Host for Shell {
    type Payload = OutgoingData;
    type Message = Payload;

    fn dial(&self, driver: &Rc<Driver<Self>>, attempt: Attempt) {
        self.url.0.dial(driver, attempt);
    }

    fn release(&self) {
        self.url.0.release();
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
            OutgoingData::Keyed(keyed) => return self.transmit(socket, &keyed.data),
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
        // Otherwise the gate took it.
        if let Some(message) = message {
            self.store(driver, message);
        }
    }

    fn fire(&self, driver: &Rc<Driver<Self>>, event: core::Event<OutgoingData>) {
        if matches!(event, core::Event::Close) {
            // Emitted once, as the last event.
            let _ = self.closed.set(driver.engine().close_info());
        }
        let failure = self.callbacks.as_ref().and_then(|callbacks| callbacks.fire(&event));
        #[cfg(feature = "session")]
        if self.callbacks.as_ref().is_some_and(|callbacks| callbacks.hides(&event)) {
            return;
        }
        if let Some(readers) = self.readers.get() {
            readers.emit(&event, self.closed.get(), failure);
        }
        if self.is_over() {
            self.inbox.wakers.wake();
        }
        self.wakers.wake();
    }
}

/// The close code for a full inbox: see [`Inbound::close`](super::inbox::Inbound::close).
const INBOX_FULL: u16 = 4009;
