//! The events of a socket as a stream.

use super::failure::Failure;
use super::message::{Message, OutgoingData};
use super::wakers::{WakerSet, WakerSlot};
use crate::core::{self, CloseInfo, Ticket, Why};
use futures_core::Stream;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

/// A lifecycle event of a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The socket is open: for the first time, or again.
    Open {
        /// The number of the connection, from 1.
        attempt: u32,
    },
    /// A connection was lost, and another attempt is scheduled.
    /// [`give_up`](crate::Sender::give_up) prevents it.
    Reconnecting {
        /// The number of the next connection.
        attempt: u32,
        /// The delay before it.
        delay: Duration,
        /// How the last one ended.
        closed: CloseInfo,
        /// How many messages may have been lost.
        in_doubt: u64,
        /// What went wrong, as far as it can be inferred.
        failure: Option<Failure>,
    },
    /// The buffered bytes have fallen from above the high-water mark to the low one.
    Drain,
    /// A message will not be sent, or may have been lost.
    Discarded {
        /// The ticket that `send` returned.
        ticket: Ticket,
        /// The message itself.
        message: Message,
        /// Why it was discarded.
        why: Why,
    },
    /// Received messages were dropped by the rule of [`Inbound`](crate::Inbound).
    Overflow {
        /// How many.
        messages: u64,
    },
    /// The reader of this stream fell behind, and the oldest events were dropped.
    Missed {
        /// How many.
        events: u64,
    },
    /// A session has begun, was resumed, or was lost.
    #[cfg(feature = "session")]
    Session(super::session::SessionEvent),
    /// The socket is closed. The last event.
    Closed(CloseInfo),
}

/// The most events a reader may leave unread.
const LONGEST: usize = 1024;

#[derive(Default)]
pub(super) struct Unread {
    events: RefCell<VecDeque<Event>>,
    missed: Cell<u64>,
    over: Cell<bool>,
    wakers: WakerSet,
}

/// The events of a socket from the creation of the stream on. Ends after [`Event::Closed`], or when the socket
/// is dropped.
#[must_use = "streams do nothing unless polled"]
pub struct Events {
    unread: Rc<Unread>,
    slot: WakerSlot,
}

impl Events {
    /// Returns the next event; `None` after the last.
    #[expect(clippy::should_implement_trait, reason = "it is the name that every stream has for this")]
    pub fn next(&mut self) -> impl Future<Output = Option<Event>> {
        self.unread.wakers.until(|| self.unread.take())
    }

    /// [`next`](Self::next) as a poll function.
    pub fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<Event>> {
        self.unread.wakers.poll(&self.slot, context, self.unread.take())
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.unread.wakers.leave(&self.slot);
    }
}

impl Stream for Events {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Event>> {
        self.poll_event(context)
    }
}

/// The event streams of one socket. A trait object, so that an app without event streams does not carry them.
pub(super) trait EventReaders {
    /// Returns a stream of later events; `over`: the socket is closed, so there are none.
    fn add(&self, over: bool) -> Events;
    /// Adds an event. `closed`: how the socket ended. `failure`: what went wrong, if a connection was lost.
    fn emit(&self, event: &core::Event<OutgoingData>, closed: Option<&CloseInfo>, failure: Option<Failure>);
    fn overflow(&self, messages: u64);
    #[cfg(feature = "session")]
    fn session(&self, event: &super::session::SessionEvent);
}

#[derive(Default)]
pub(super) struct ReaderList(RefCell<Vec<Weak<Unread>>>);

impl ReaderList {
    fn each(&self, emit: impl Fn(&Unread)) {
        // Copied, because a waker may add readers.
        let readers: Vec<Rc<Unread>> = { self.0.borrow().iter().filter_map(Weak::upgrade).collect() };
        for reader in readers {
            emit(&reader);
        }
    }
}

impl EventReaders for ReaderList {
    fn add(&self, over: bool) -> Events {
        let unread = Rc::new(Unread { over: Cell::new(over), ..Unread::default() });
        let mut readers = self.0.borrow_mut();
        readers.retain(|reader| reader.strong_count() > 0);
        readers.push(Rc::downgrade(&unread));
        Events { unread, slot: WakerSlot::default() }
    }

    fn emit(&self, event: &core::Event<OutgoingData>, closed: Option<&CloseInfo>, failure: Option<Failure>) {
        self.each(|reader| reader.emit(event, closed, failure.as_ref()));
    }

    fn overflow(&self, messages: u64) {
        self.each(|reader| reader.overflow(messages));
    }

    #[cfg(feature = "session")]
    fn session(&self, event: &super::session::SessionEvent) {
        self.each(|reader| reader.add(Event::Session(event.clone())));
    }
}

impl Drop for ReaderList {
    /// Ends the streams when the socket is dropped.
    fn drop(&mut self) {
        self.each(Unread::end);
    }
}

impl Unread {
    fn take(&self) -> Poll<Option<Event>> {
        let missed = self.missed.take();
        if missed > 0 {
            return Poll::Ready(Some(Event::Missed { events: missed }));
        }
        let event = { self.events.borrow_mut().pop_front() };
        if event.is_some() || self.over.get() { Poll::Ready(event) } else { Poll::Pending }
    }

    fn add(&self, event: Event) {
        // A gate may return a message after the end, which then overflows.
        if self.over.get() {
            return;
        }
        {
            let mut events = self.events.borrow_mut();
            if events.len() >= LONGEST && events.pop_front().is_some() {
                self.missed.set(self.missed.get().saturating_add(1));
            }
            events.push_back(event);
        }
        self.wakers.wake();
    }

    fn emit(&self, event: &core::Event<OutgoingData>, closed: Option<&CloseInfo>, failure: Option<&Failure>) {
        if let Some(event) = public_event(event, closed, failure) {
            let last = matches!(event, Event::Closed(_));
            self.add(event);
            if last {
                self.end();
            }
        }
    }

    fn overflow(&self, messages: u64) {
        let counted = match self.events.borrow_mut().back_mut() {
            Some(Event::Overflow { messages: before }) => {
                *before = before.saturating_add(messages);
                true
            }
            _ => false,
        };
        if !counted {
            self.add(Event::Overflow { messages });
        }
    }

    fn end(&self) {
        self.over.set(true);
        self.wakers.wake();
    }
}

/// Converts an event of the core; `None` if the API has none for it.
fn public_event(
    event: &core::Event<OutgoingData>,
    closed: Option<&CloseInfo>,
    failure: Option<&Failure>,
) -> Option<Event> {
    Some(match event.clone() {
        core::Event::Open(attempt) => Event::Open { attempt },
        core::Event::Close => Event::Closed(closed?.clone()),
        core::Event::Reconnecting { attempt, delay, in_doubt } => {
            let delay = Duration::from_millis(delay);
            let closed = failure?.closed.clone();
            Event::Reconnecting { attempt, delay, closed, in_doubt, failure: failure.cloned() }
        }
        core::Event::Drain => Event::Drain,
        core::Event::Discard(ticket, data, why) => Event::Discarded { ticket, message: data.into(), why },
        // `Closed` follows and says what went wrong.
        core::Event::Error => return None,
    })
}
