//! The sending half, which is also the socket's remote control.

use super::closing::{Closing, check};
use super::error::{SendError, StateError};
use super::events::Events;
use super::failure::Failure;
use super::flush::Flush;
use super::message::{Message, Outgoing, OutgoingData};
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

/// The sending half of a [`WebSocket`](crate::WebSocket), and what looks at and steers the whole.
///
/// Clone it as you like: each clone speaks of the same socket, which closes when the last half of
/// it is dropped.
pub struct Sender {
    driver: Rc<Driver<Shell>>,
    /// Of the task that uses it as a sink.
    slot: WakerSlot,
    /// The flush that `poll_flush` waits for, unless a message was sent through this handle since.
    flush: Cell<Option<Rc<Flush>>>,
    closing: Option<SinkClosing>,
    /// Flushes through this handle have reported what became of the messages below this ticket.
    reported: Cell<Ticket>,
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

    /// Sends as soon as there is room: waits while a strict socket connects, and while more than
    /// the high-water mark waits to leave. It does not wait for the message itself to leave: that
    /// is [`flush`](Self::flush).
    ///
    /// The number it returns is the one that [`Event::Discarded`](crate::Event::Discarded) speaks
    /// of, and [`cancel`](Self::cancel).
    pub fn send(&self, message: impl Into<Outgoing>) -> impl Future<Output = Result<Ticket, SendError>> {
        let mut message = Some(message.into());
        self.shell().wakers.until(move || {
            ready!(self.check_room())?;
            // Polled once more, it has nothing to send.
            let Outgoing(message) = message.take().ok_or(SendError::Closed)?;
            Poll::Ready(self.accept(message))
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
        let ticket = self.driver.send(message)?;
        self.flush.take();
        // A steady socket has it in its queue again.
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

    /// Completes when every message accepted so far was handed over: it has left the browser's own buffer, as far as
    /// that can be told. Fails with [`SendError::Lost`] as soon as one of them was not, or at once if one was lost
    /// since the last flush through this handle.
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
                if let Some((ticket, why)) = machine.lost_since(self.reported.get()) {
                    self.reported.set(Ticket(ticket.0.saturating_add(1)));
                    return Poll::Ready(Err(SendError::Lost(ticket, why)));
                }
                let begun = flush.insert(shell.begin_flush(machine.next_ticket()));
                // To watch is always legal.
                let _ = self.driver.handle(Input::Flush);
                begun
            }
        };
        let Some(outcome) = under_way.outcome.get() else {
            return Poll::Pending;
        };
        let reported = match outcome {
            Err(SendError::Lost(ticket, _)) => Ticket(ticket.0.saturating_add(1)),
            _ => under_way.before,
        };
        self.reported.set(self.reported.get().max(reported));
        *flush = None;
        Poll::Ready(outcome)
    }

    /// Takes a queued message back; `false` if it is not queued any more.
    pub fn cancel(&self, ticket: Ticket) -> bool {
        self.driver.handle(Input::Cancel(ticket)).is_ok()
    }

    /// Closes with a code (1000, or 3000 to 4999) and a reason of at most 123 bytes. What a steady
    /// socket has queued is sent first.
    ///
    /// The closing begins at once and goes on whether or not anybody waits for it; who does learns
    /// how it really ended.
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

    /// Closes now, without waiting for the peer.
    pub fn terminate(&self) {
        // Always legal.
        let _ = self.driver.handle(Input::Terminate);
    }

    /// Waits until the socket is open; how it ended if it never will be (again).
    pub fn opened(&self) -> impl Future<Output = Result<(), CloseInfo>> {
        self.shell().wakers.until(|| {
            if self.ready_state() == ReadyState::Open {
                return Poll::Ready(Ok(()));
            }
            self.shell().check_closed().map(Err)
        })
    }

    /// Waits for the end, whoever brings it.
    pub fn closed(&self) -> impl Future<Output = CloseInfo> {
        self.shell().wakers.until(|| self.shell().check_closed())
    }

    /// What happens from now on, as a stream of its own.
    pub fn events(&self) -> Events {
        self.shell().events()
    }

    /// Gives the present connection up, or cuts the present wait short, and connects afresh.
    pub fn reconnect(&self) -> Result<(), StateError> {
        Ok(self.driver.handle(Input::Reconnect)?)
    }

    /// No further attempt: what to say to [`Event::Reconnecting`](crate::Event::Reconnecting).
    pub fn give_up(&self) -> Result<(), StateError> {
        Ok(self.driver.handle(Input::GiveUp)?)
    }

    /// From now on messages belong to a new session: what is queued and
    /// [bound to the old one](Outgoing::session_bound) will not be sent.
    pub fn new_session(&self) -> Result<(), StateError> {
        Ok(self.driver.handle(Input::NewSession)?)
    }

    /// Where the socket is in its one life.
    pub fn ready_state(&self) -> ReadyState {
        self.driver.machine().ready_state()
    }

    /// Bytes accepted and not yet on the network: the queue's and the browser's.
    pub fn buffered_amount(&self) -> u64 {
        self.driver.buffered_amount()
    }

    /// Where the present or last connection leads.
    pub fn url(&self) -> String {
        self.driver.with_last_socket(Socket::url).unwrap_or_default()
    }

    /// The sub-protocol the server chose; empty before, and if it chose none.
    pub fn protocol(&self) -> String {
        self.driver.with_last_socket(Socket::protocol).unwrap_or_default()
    }

    /// The extensions in use.
    pub fn extensions(&self) -> String {
        self.driver.with_last_socket(Socket::extensions).unwrap_or_default()
    }

    /// What has happened to the socket so far, as text, if [`Builder::record`](super::Builder::record) asked for it:
    /// [`replay`](crate::core::trace::replay) shows what it did about it.
    pub fn trace(&self) -> Option<String> {
        self.driver.machine().trace()
    }

    /// What the socket has done so far.
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

    /// How the last attempt of a steady socket failed, or its last connection was lost. An end that
    /// [`close`](Self::close) asked for and got is no failure; a strict socket keeps none.
    pub fn last_failure(&self) -> Option<Failure> {
        self.shell().last_failure()
    }

    /// The native socket of the present connection, if there is one: to look at. It still belongs to
    /// this socket, which reads its messages as `ArrayBuffer`.
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

    /// Ready when everything was handed over.
    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        let mut flush = self.flush.take();
        let flushed = self.check_flushed(&mut flush);
        self.flush.set(flush);
        self.shell().wakers.poll(&self.slot, context, flushed)
    }

    /// Flushes, closes the socket, and is ready when it is closed. If a message was lost it fails in the end, with the
    /// first of them; the others still have their chance before.
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

/// How far `poll_close` is.
#[derive(Clone, Copy)]
struct SinkClosing {
    /// Whether everything that was not lost was handed over.
    flushed: bool,
    lost: Option<SendError>,
}
