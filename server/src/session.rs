//! What the application holds: one object over any number of connections.

use crate::authorize::Identity;
use crate::message::Message;
use crate::plain::Plain;
use crate::shared::Shared;
use futures_core::Stream;
use futures_sink::Sink;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use steady_session::{Bits, Fate, Loss, ServerInput, Stats};
use tokio::sync::watch;

/// A session, over any number of connections.
///
/// As a `Stream` it yields the client's messages in order, and ends with the session. Taking a message says that it is
/// handled: if the process crashes then, nobody handles it again. [`receive`](Self::receive) leaves that to the
/// application; what it sends before it says so is stored before, too.
///
/// As a `Sink` it takes messages for the client, connected or not. It waits while more than
/// [`Limits::queue`](crate::Limits::queue) is not handled; a flush waits until all is in the store. `close` waits until
/// the client has handled everything.
///
/// Dropping it closes the session: what the client has sent and nobody has taken is not handled, and the client learns
/// so.
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

/// What changes about a session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// Whether the client is connected.
    pub connected: bool,
    /// How often it came back.
    pub resumes: u64,
    /// Whether the session is over, and how it ended.
    pub end: Option<End>,
}

/// How a session ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct End {
    /// Why.
    pub reason: EndReason,
    /// Of the messages that were accepted here and not handled before: from which number to which, and what became of
    /// them.
    pub fates: Vec<(u64, u64, Fate)>,
}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// One end closed it.
    Closed,
    /// Otherwise.
    Lost(Loss),
    /// This node has shut down. The session goes on at another, if they share a store.
    Released,
    /// The connection of a client without sessions was closed with this code.
    Disconnected(u16),
}

/// Why a session did not do what it was asked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionError {
    /// The session is over: [`Session::ended`] tells why.
    Ended,
    /// One of the ends has closed the session: nothing more is sent, what the client sent before still comes.
    Closing,
    /// The message costs more than [`Limits::queue`](crate::Limits::queue). The session goes on.
    TooLarge,
}

impl fmt::Display for SessionError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Ended => "the session is over",
            Self::Closing => "the session is closing",
            Self::TooLarge => "the message is larger than the queue of a session",
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

    /// Returns the session's id. It is no secret, and proves nothing.
    pub fn id(&self) -> Bits {
        match &self.0 {
            Inner::Counted(shared) => shared.id,
            Inner::Plain(plain) => plain.id,
        }
    }

    /// Returns whom the session belongs to.
    pub fn identity(&self) -> &Identity {
        match &self.0 {
            Inner::Counted(shared) => &shared.identity,
            Inner::Plain(plain) => &plain.identity,
        }
    }

    /// Returns the application's protocol, or an empty text.
    pub fn protocol(&self) -> &str {
        match &self.0 {
            Inner::Counted(shared) => &shared.protocol,
            Inner::Plain(plain) => &plain.protocol,
        }
    }

    /// Whether the client has no sessions: then this is one connection, and nothing is promised.
    pub const fn is_plain(&self) -> bool {
        matches!(self.0, Inner::Plain(_))
    }

    /// Whether the session began at another node, or before this one's restart: [`Stats::handled`] tells how far its
    /// application was.
    pub fn is_adopted(&self) -> bool {
        matches!(&self.0, Inner::Counted(shared) if shared.adopted)
    }

    /// Returns the session's numbers.
    pub fn stats(&self) -> Stats {
        match &self.0 {
            Inner::Counted(shared) => shared.state().stats(),
            Inner::Plain(plain) => plain.stats(),
        }
    }

    /// Returns what changes about the session. A borrow of it must not be held while the session is used.
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
            // The sender lives as long as this session.
            if status.changed().await.is_err() {
                return End { reason: EndReason::Released, fates: Vec::new() };
            }
        }
    }

    /// Returns the client's next message, which is handled when the application says so. `None` if the session is over.
    pub async fn receive(&mut self) -> Option<Received> {
        std::future::poll_fn(|context| self.poll_receive(context)).await
    }

    fn poll_receive(&mut self, context: &Context<'_>) -> Poll<Option<Received>> {
        let received = |(number, message)| Received { of: self.0.clone(), number, message };
        match &self.0 {
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
        }
    }

    fn poll_wish(&self, context: &Context<'_>, wish: Wish) -> Poll<Result<(), SessionError>> {
        let answer = match &self.0 {
            Inner::Counted(shared) => {
                shared.state().poll(context.waker(), wish, shared.hub.limits.queue.max(1))
            }
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

/// What a sender waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// To send one more message.
    Room,
    /// That all are where they survive; without sessions, that they are written.
    Flushed,
    /// The end.
    Closed,
}

/// A message of the client's that is not handled yet.
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

    /// Returns its number in the session: the first is 1. A message that is handled again has the same.
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// Says that this message is handled, and all before it. Fails if the session is over: then it may be handled again,
    /// elsewhere.
    pub fn handled(self) -> Result<Message, SessionError> {
        let Inner::Counted(shared) = &self.of else { return Ok(self.message) };
        match shared.step(ServerInput::Handled(self.number)) {
            // A later one was handled before.
            Ok(()) | Err(steady_session::Error::NotReceived) => Ok(self.message),
            Err(_) => Err(SessionError::Ended),
        }
    }

    /// Returns what a transaction of the application's commits to say that this message is handled. `None` if it is
    /// handled, or if the client has no sessions. It changes whenever the client comes back.
    pub fn position(&self) -> Option<Position> {
        let Inner::Counted(shared) = &self.of else { return None };
        let state = shared.state();
        let cost = state.machine.cost_up_to(self.number)?;
        Some(Position { session: shared.id, owners: state.owners(), count: self.number, cost })
    }
}

/// How far the application is, for a transaction of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// The session.
    pub session: Bits,
    /// The owner in the store is one of these, unless another node has taken the session over, or the client has come back
    /// since.
    pub owners: Vec<Bits>,
    /// How many messages are handled.
    pub count: u64,
    /// What they cost.
    pub cost: u64,
}

impl Stream for Session {
    type Item = Message;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Message>> {
        let this = self.get_mut();
        match this.poll_receive(context) {
            // The session may have ended in between: then this message was not handled.
            Poll::Ready(Some(received)) => Poll::Ready(received.handled().ok()),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl Sink<Message> for Session {
    type Error = SessionError;

    fn poll_ready(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), SessionError>> {
        self.poll_wish(context, Wish::Room)
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
