//! The sending half, which also controls the socket.

use super::closing::{Closing, check};
use super::error::{SendError, StateError};
use super::events::Events;
use super::failure::Failure;
use super::flush::Flush;
use super::message::{Message, Outgoing, OutgoingData};
#[cfg(feature = "session")]
use super::session::SessionSent;
use super::shell::Shell;
use super::stats::Stats;
use super::wakers::WakerSlot;
use crate::core::{self, CloseInfo, Input, ReadyState, Ticket};
use crate::web::{Driver, Socket};
use futures_sink::Sink;
use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

/// The sending half of a [`WebSocket`](crate::WebSocket), which also observes and controls the socket.
///
/// Clones refer to the same socket, which closes when its last half is dropped.
pub struct Sender {
    driver: Rc<Driver<Shell>>,
    /// The waker of the task that uses it as a sink.
    slot: WakerSlot,
    /// The flush that `poll_flush` waits for, unless a message was sent through this handle since.
    flush: Cell<Option<Rc<Flush>>>,
    closing: Option<SinkClosing>,
    /// How many lost messages the flushes through this handle have reported.
    reported: Cell<u64>,
}

impl Clone for Sender {
    fn clone(&self) -> Self {
        let clone = Self::new(self.driver.clone());
        clone.reported.set(self.reported.get());
        clone
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        self.shell().wakers.leave(&self.slot);
    }
}

impl Sender {
    pub(super) fn new(driver: Rc<Driver<Shell>>) -> Self {
        Self {
            driver,
            slot: WakerSlot::default(),
            flush: Cell::default(),
            closing: None,
            reported: Cell::default(),
        }
    }

    pub(super) fn shell(&self) -> &Shell {
        self.driver.host()
    }

    /// Sends as soon as there is room: waits while a strict socket connects, and from the high-water mark until the
    /// low one is reached. Use [`flush`](Self::flush) to wait until the message has left.
    ///
    /// Returns the ticket for [`cancel`](Self::cancel), which [`Event::Discarded`](crate::Event::Discarded) also
    /// carries.
    pub fn send(&self, message: impl Into<Outgoing>) -> impl Future<Output = Result<Ticket, SendError>> {
        let mut message = Some(message.into());
        self.shell().wakers.until(move || {
            ready!(self.check_room())?;
            // Polled again after completion, it has nothing to send.
            let Outgoing(message) = message.take().ok_or(SendError::Closed)?;
            Poll::Ready(self.accept(message))
        })
    }

    /// Sends as [`send`](Self::send) does, and tracks the message: the [`SessionSent`] that it returns is a future of
    /// the outcome, such as "the server's application has handled it".
    ///
    /// ```no_run
    /// # use steady_websocket::{SendError, SessionFate, WebSocket};
    /// # async fn example(socket: WebSocket) -> Result<(), SendError> {
    /// let sent = socket.send_tracked("pay").await?;
    /// match sent.await {
    ///     SessionFate::Delivered => println!("paid"),
    ///     fate => println!("not known to be paid: {fate}"),
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// Both futures may be dropped: the first sends nothing unless it has completed, and what it has sent stays sent.
    /// Fails with [`SendError::NoSession`] if the socket was opened without [`Builder::session`](crate::Builder::session).
    #[cfg(feature = "session")]
    pub fn send_tracked(
        &self,
        message: impl Into<Outgoing>,
    ) -> impl Future<Output = Result<SessionSent, SendError>> {
        let mut message = Some(message.into());
        self.shell().wakers.until(move || {
            ready!(self.check_room())?;
            let Outgoing(message) = message.take().ok_or(SendError::Closed)?;
            let callbacks = self.shell().callbacks.as_ref();
            let outcome =
                callbacks.and_then(|callbacks| callbacks.track_next()).ok_or(SendError::NoSession)?;
            Poll::Ready(self.accept(message).map(|ticket| SessionSent::new(ticket, outcome)))
        })
    }

    /// Sends without waiting for room, as JavaScript's `send` does.
    pub fn send_now(&self, message: impl Into<Outgoing>) -> Result<Ticket, SendError> {
        let Outgoing(message) = message.into();
        if self.ready_state() >= ReadyState::Closing {
            return Err(SendError::Closed);
        }
        self.accept(message)
    }

    fn accept(&self, message: core::OutgoingMessage<OutgoingData>) -> Result<Ticket, SendError> {
        let ticket = match &self.shell().callbacks {
            Some(callbacks) => callbacks.send(&self.driver, message)?,
            None => self.driver.send(message)?,
        };
        self.flush.take();
        // A steady socket has put it back into its queue.
        if self.driver.was_refused(ticket) && !self.shell().is_steady() {
            return Err(SendError::Closed);
        }
        Ok(ticket)
    }

    fn check_room(&self) -> Poll<Result<(), SendError>> {
        let machine = self.driver.machine();
        match machine.ready_state() {
            ReadyState::Closing | ReadyState::Closed => Poll::Ready(Err(SendError::Closed)),
            ReadyState::Connecting if !self.shell().is_steady() => Poll::Pending,
            _ if machine.is_pressed() => Poll::Pending,
            _ => Poll::Ready(Ok(())),
        }
    }

    /// Waits until every message accepted so far was handed over, which means that it has left the browser's buffer as
    /// far as that can be observed. Fails with [`SendError::Lost`] as soon as one of them is lost, or immediately if
    /// one was lost since the last flush through this handle.
    pub fn flush(&self) -> impl Future<Output = Result<(), SendError>> {
        let mut flush = None;
        self.shell().wakers.until(move || self.check_flushed(&mut flush))
    }

    fn check_flushed(&self, flush: &mut Option<Rc<Flush>>) -> Poll<Result<(), SendError>> {
        let shell = self.shell();
        let under_way = match flush {
            Some(flush) => flush,
            None => {
                let machine = self.driver.machine();
                if let Some(lost) = machine.last_lost().filter(|lost| lost.number > self.reported.get()) {
                    self.reported.set(lost.number);
                    return Poll::Ready(Err(SendError::Lost(lost.ticket, lost.why)));
                }
                let begun = flush.insert(shell.begin_flush(machine.next_ticket()));
                // A flush is never rejected.
                let _ = self.driver.handle(Input::Flush);
                begun
            }
        };
        let Some(outcome) = under_way.outcome.get() else {
            return Poll::Pending;
        };
        *flush = None;
        Poll::Ready(outcome.map_err(|lost| {
            // Messages that were lost before this one, but sent after the flush began, are not reported yet.
            if lost.number == self.reported.get() + 1 {
                self.reported.set(lost.number);
            }
            SendError::Lost(lost.ticket, lost.why)
        }))
    }

    /// Removes a message from the queue; returns `false` if it is no longer queued.
    pub fn cancel(&self, ticket: Ticket) -> bool {
        self.driver.handle(Input::Cancel(ticket)).is_ok()
    }

    /// Closes with a code (1000, or 3000 to 4999) and a reason of at most 123 bytes. Queued messages are sent first if
    /// there is a connection.
    ///
    /// The close starts immediately, whether or not the returned future is polled. It resolves to how the socket ended.
    pub fn close(&self, code: u16, reason: &str) -> Closing {
        let checked = check(code, reason);
        if checked.is_ok() {
            self.hang_up(Some(code), reason);
        }
        Closing::new(self.driver.clone(), checked)
    }

    pub(super) fn hang_up(&self, code: Option<u16>, reason: &str) {
        // The arguments were checked.
        let _ = self.driver.handle(Input::Close { code, reason: reason.into() });
    }

    /// Closes immediately, without waiting for the peer.
    pub fn terminate(&self) {
        // Never rejected.
        let _ = self.driver.handle(Input::Terminate);
    }

    /// Waits until the socket is open. Fails with how it ended if it closes instead.
    pub fn opened(&self) -> impl Future<Output = Result<(), CloseInfo>> {
        self.shell().wakers.until(|| {
            if self.ready_state() == ReadyState::Open {
                return Poll::Ready(Ok(()));
            }
            self.shell().check_closed().map(Err)
        })
    }

    /// Waits until the socket is closed, by either side; returns how it ended.
    pub fn closed(&self) -> impl Future<Output = CloseInfo> {
        self.shell().wakers.until(|| self.shell().check_closed())
    }

    /// Returns a new stream of the events from now on.
    pub fn events(&self) -> Events {
        self.shell().events()
    }

    /// Drops the current connection or wait, and reconnects.
    pub fn reconnect(&self) -> Result<(), StateError> {
        Ok(self.driver.handle(Input::Reconnect)?)
    }

    /// Stops reconnecting, after [`Event::Reconnecting`](crate::Event::Reconnecting).
    pub fn give_up(&self) -> Result<(), StateError> {
        Ok(self.driver.handle(Input::GiveUp)?)
    }

    /// Starts a new session: queued messages that are
    /// [bound to the earlier one](Outgoing::session_bound) are discarded.
    pub fn new_session(&self) -> Result<(), StateError> {
        Ok(self.driver.handle(Input::NewSession)?)
    }

    /// Returns the ready state.
    pub fn ready_state(&self) -> ReadyState {
        self.driver.machine().ready_state()
    }

    /// Returns the bytes accepted and not yet sent: the queue's and the browser's.
    pub fn buffered_amount(&self) -> u64 {
        self.driver.buffered_amount()
    }

    /// Returns the URL of the current or last connection.
    pub fn url(&self) -> String {
        self.driver.with_last_socket(Socket::url).unwrap_or_default()
    }

    /// Returns the sub-protocol that the server chose; empty if none.
    pub fn protocol(&self) -> String {
        self.driver.with_last_socket(Socket::protocol).unwrap_or_default()
    }

    /// Returns the extensions in use.
    pub fn extensions(&self) -> String {
        self.driver.with_last_socket(Socket::extensions).unwrap_or_default()
    }

    /// Returns the trace so far if [`Builder::record`](super::Builder::record) was called.
    /// [`replay`](crate::core::trace::replay) adds the effects.
    pub fn trace(&self) -> Option<String> {
        self.driver.machine().trace()
    }

    /// Returns the counters.
    pub fn stats(&self) -> Stats {
        let (waiting_messages, waiting_bytes) = self.shell().inbox.waiting();
        let machine = self.driver.machine();
        let (queued_messages, queued_bytes) = machine.queued();
        Stats {
            totals: machine.stats(),
            queued_messages,
            queued_bytes,
            waiting_messages: waiting_messages as u64,
            waiting_bytes,
            dropped_messages: self.shell().inbox.dropped(),
        }
    }

    /// Returns how the last attempt of a steady socket failed, or its last connection was lost. A clean end after
    /// [`close`](Self::close) is no failure; a strict socket records none.
    pub fn last_failure(&self) -> Option<Failure> {
        self.shell().last_failure()
    }

    /// Returns the native socket of the current connection, for inspection. Do not change it: this socket reads its
    /// messages as `ArrayBuffer`.
    pub fn as_raw(&self) -> Option<web_sys::WebSocket> {
        self.driver.with_socket(Socket::raw).flatten()
    }
}

impl AsRef<Sender> for Sender {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl Sink<Message> for Sender {
    type Error = SendError;

    /// Pending from above the high-water mark until the low one is reached.
    fn poll_ready(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        self.shell().wakers.poll(&self.slot, context, self.check_room())
    }

    fn start_send(self: Pin<&mut Self>, message: Message) -> Result<(), SendError> {
        self.send_now(message).map(drop)
    }

    /// Ready when every message was handed over.
    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        let mut flush = self.flush.take();
        let flushed = self.check_flushed(&mut flush);
        self.flush.set(flush);
        self.shell().wakers.poll(&self.slot, context, flushed)
    }

    /// Flushes, closes, and is ready when the socket is closed. If messages were lost, it fails after that with the
    /// first of them.
    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        while self.closing.is_none_or(|closing| !closing.flushed) {
            let flushed = ready!(self.as_mut().poll_flush(context));
            let lost = self.closing.and_then(|closing| closing.lost).or(flushed.err());
            self.closing = Some(SinkClosing { flushed: flushed.is_ok(), lost });
            if flushed.is_ok() {
                self.hang_up(None, "");
            }
        }
        ready!(self.shell().poll_closed(&self.slot, context));
        Poll::Ready(self.closing.and_then(|closing| closing.lost).map_or(Ok(()), Err))
    }
}

/// The progress of `poll_close`.
#[derive(Clone, Copy)]
struct SinkClosing {
    /// Whether everything that was not lost was handed over.
    flushed: bool,
    lost: Option<SendError>,
}
