//! The application's end of a session.

use crate::authorize::Identity;
use crate::message::Message;
use crate::plain::Plain;
use crate::shared::Shared;
use futures_core::Stream;
use futures_sink::Sink;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use steady_session::{Bits, Fate, Loss, ServerInput, Stats};
use tokio::sync::watch;
use tokio::task::coop::poll_proceed;

/// A session, which lasts over any number of connections.
///
/// As a `Stream` it yields the client's messages in order, and ends with the session. A message counts as handled
/// when it is yielded. That is stored after a quarter of the window, after 200 ms, or 10 ms after 32 messages, so the last
/// messages may be yielded again, with the same numbers, after a crash of the process. With [`receive`](Self::receive) the
/// application decides when a message is handled; everything it sent before that is stored first.
///
/// As a `Sink` it accepts messages for the client, connected or not. It is ready while the cost of unhandled messages
/// is below [`Limits::queue`](crate::Limits::queue). A flush waits until everything is in the store; `close` waits
/// until the client has handled everything.
///
/// Dropping it closes the session. Messages from the client that were not taken are reported to the client as not
/// handled.
pub struct Session(Inner);

#[derive(Clone, Debug)]
enum Inner {
    Counted(Arc<Shared>),
    /// A client without sessions.
    Plain(Arc<Plain>),
}

impl fmt::Debug for Session {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Session").field("id", &self.id()).finish_non_exhaustive()
    }
}

/// The status of a session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// True while the client is connected.
    pub connected: bool,
    /// How often the session was resumed.
    pub resumes: u64,
    /// How the session ended, if it is over.
    pub end: Option<End>,
}

/// How a session ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct End {
    /// The reason.
    pub reason: EndReason,
    /// The outcome of each range of accepted messages (first number, last number, fate) that were not known to be
    /// handled.
    pub fates: Vec<(u64, u64, Fate)>,
}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EndReason {
    /// Either end closed it.
    Closed,
    /// It was lost.
    Lost(Loss),
    /// This node has shut down. The session continues at another node that shares the store.
    Released,
    /// The connection of a client without sessions ended with this close code.
    Disconnected(u16),
}

/// Why an operation on a session failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionError {
    /// The session is over; [`Session::ended`] returns the reason.
    Ended,
    /// Either end has closed the session. Nothing can be sent anymore; messages that the client has already sent
    /// still arrive.
    Closing,
    /// The message costs more than [`Limits::queue`](crate::Limits::queue). The session continues.
    TooLarge,
}

impl fmt::Display for SessionError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Ended => "the session is over: `Session::ended` returns the reason",
            Self::Closing => "the session is closing: nothing more can be sent",
            Self::TooLarge => {
                "the message costs more than `Limits::queue`: send smaller messages or raise the limit"
            }
        })
    }
}

impl std::error::Error for SessionError {}

impl Session {
    pub(crate) const fn counted(shared: Arc<Shared>) -> Self {
        Self(Inner::Counted(shared))
    }

    pub(crate) const fn plain(plain: Arc<Plain>) -> Self {
        Self(Inner::Plain(plain))
    }

    /// Returns the session's ID. It is not a secret and does not authenticate anyone.
    pub fn id(&self) -> Bits {
        match &self.0 {
            Inner::Counted(shared) => shared.id,
            Inner::Plain(plain) => plain.id,
        }
    }

    /// Returns the identity that the session belongs to.
    pub fn identity(&self) -> &Identity {
        match &self.0 {
            Inner::Counted(shared) => &shared.identity,
            Inner::Plain(plain) => &plain.identity,
        }
    }

    /// Returns the application's sub-protocol, or an empty string.
    pub fn protocol(&self) -> &str {
        match &self.0 {
            Inner::Counted(shared) => &shared.protocol,
            Inner::Plain(plain) => &plain.protocol,
        }
    }

    /// Returns whether the client does not support sessions. Then this is a single connection without guarantees.
    pub const fn is_plain(&self) -> bool {
        matches!(self.0, Inner::Plain(_))
    }

    /// Returns whether the session was taken over from another node, or from before this node's restart.
    /// [`Stats::handled`] then counts the messages that were handled there, too.
    pub fn is_adopted(&self) -> bool {
        matches!(&self.0, Inner::Counted(shared) if shared.adopted)
    }

    /// Returns the session's statistics.
    pub fn stats(&self) -> Stats {
        match &self.0 {
            Inner::Counted(shared) => shared.state().stats(),
            Inner::Plain(plain) => plain.stats(),
        }
    }

    /// Returns a receiver of the session's status. Do not use the session while a borrow of the status is held.
    pub fn status(&self) -> watch::Receiver<Status> {
        match &self.0 {
            Inner::Counted(shared) => shared.status.subscribe(),
            Inner::Plain(plain) => plain.status.subscribe(),
        }
    }

    /// Waits until the session is over, and returns how it ended.
    pub async fn ended(&self) -> End {
        let mut status = self.status();
        loop {
            if let Some(end) = &status.borrow_and_update().end {
                return end.clone();
            }
            // Cannot fail: this session owns the sender.
            if status.changed().await.is_err() {
                return End { reason: EndReason::Released, fates: Vec::new() };
            }
        }
    }

    /// Returns the client's next message, or `None` if the session is over. The message counts as handled once
    /// [`Received::handled`] is called.
    pub async fn receive(&mut self) -> Option<Received> {
        std::future::poll_fn(|context| self.poll_receive(context)).await
    }

    fn poll_receive(&mut self, context: &mut Context<'_>) -> Poll<Option<Received>> {
        let progress = ready!(poll_proceed(context));
        let received = |(number, message)| Received { of: self.0.clone(), number, message };
        let received = match &self.0 {
            Inner::Counted(shared) => {
                let mut state = shared.state();
                match state.take() {
                    Some(taken) => Poll::Ready(Some(received(taken))),
                    None if state.has_ended() => Poll::Ready(None),
                    None => {
                        state.wake_reader(context.waker());
                        Poll::Pending
                    }
                }
            }
            Inner::Plain(plain) => match plain.take(context.waker()) {
                Some(taken) => Poll::Ready(taken.ok().map(received)),
                None => Poll::Pending,
            },
        };
        if received.is_ready() {
            progress.made_progress();
        }
        received
    }

    /// Polls a condition.
    fn poll_wish(&self, context: &mut Context<'_>, wish: Wish) -> Poll<Result<(), SessionError>> {
        let answer = match &self.0 {
            Inner::Counted(shared) => shared.state().poll(context.waker(), wish, shared.hub.limits.queue),
            Inner::Plain(plain) => plain.poll(context.waker(), wish),
        };
        answer.map_or(Poll::Pending, |answer| Poll::Ready(answer.map_err(|()| SessionError::Ended)))
    }

    fn begin_close(&self) {
        match &self.0 {
            Inner::Counted(shared) => shared.close(),
            Inner::Plain(plain) => plain.close(),
        }
    }
}

/// The condition that a sender waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// There is room for another message.
    Room,
    /// All messages are stored; without sessions, written.
    Flushed,
    /// The session is closed.
    Closed,
}

/// A message from the client that is not handled yet.
#[derive(Debug)]
pub struct Received {
    of: Inner,
    number: u64,
    message: Message,
}

impl Received {
    /// Returns the message.
    pub const fn message(&self) -> &Message {
        &self.message
    }

    /// Returns the message's number in the session, starting at 1. A message that is delivered again has the same
    /// number.
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// Marks this message and all earlier ones as handled. Fails if the session is over; then the message may be
    /// delivered again at another node.
    pub fn handled(self) -> Result<Message, SessionError> {
        let Inner::Counted(shared) = &self.of else { return Ok(self.message) };
        match shared.step(ServerInput::Handled(self.number)) {
            // A later message is already handled.
            Ok(()) | Err(steady_session::Error::NotReceived) => Ok(self.message),
            Err(_) => Err(SessionError::Ended),
        }
    }

    /// Returns the position that marks this message as handled, to commit in the application's own transaction.
    /// Returns `None` if the message is already handled, or if the client does not support sessions. The position changes
    /// whenever the client reconnects.
    pub fn position(&self) -> Option<Position> {
        let Inner::Counted(shared) = &self.of else { return None };
        let state = shared.state();
        let cost = state.machine.cost_up_to(self.number)?;
        Some(Position { session: shared.id, owners: state.owners(), count: self.number, cost })
    }
}

/// The application's position in a session, to commit in its own transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Position {
    /// The session's ID.
    pub session: Bits,
    /// The nonces of which one is the session's owner in the store, unless another node has taken the session over or the
    /// client has reconnected since.
    pub owners: Vec<Bits>,
    /// The number of handled messages.
    pub count: u64,
    /// The total cost of the handled messages.
    pub cost: u64,
}

impl Stream for Session {
    type Item = Message;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Message>> {
        let this = self.get_mut();
        match this.poll_receive(context) {
            // If the session has ended in the meantime, the message was not handled.
            Poll::Ready(Some(received)) => Poll::Ready(received.handled().ok()),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl Sink<Message> for Session {
    type Error = SessionError;

    /// Counts as an operation of the task: otherwise a task that can always send would run without a pause, while the
    /// connection's task waits for the same thread. The rest of a send does not count as another.
    fn poll_ready(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), SessionError>> {
        let progress = ready!(poll_proceed(context));
        let answer = ready!(self.poll_wish(context, Wish::Room));
        progress.made_progress();
        Poll::Ready(answer)
    }

    fn start_send(self: Pin<&mut Self>, message: Message) -> Result<(), SessionError> {
        match &self.0 {
            Inner::Counted(shared) => shared.send(message),
            Inner::Plain(plain) => plain.send(message),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), SessionError>> {
        self.poll_wish(context, Wish::Flushed)
    }

    fn poll_close(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), SessionError>> {
        self.begin_close();
        self.poll_wish(context, Wish::Closed)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.begin_close();
    }
}
