//! What the application holds: one object over any number of connections.

use crate::authorize::Identity;
use crate::counters::count;
use crate::message::Message;
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
/// As a `Stream` it yields the client's messages in order. Taking a message says that it is handled; [`receive`
/// ](Self::receive) leaves that to the application. The stream ends with the session.
///
/// As a `Sink` it takes messages for the client, connected or not. It waits while more than
/// [`Limits::queue`](crate::Limits::queue) is not handled; a flush waits until all is in the store. `close` waits until
/// the client has handled everything.
///
/// Dropping it closes the session.
pub struct Session {
    shared: Arc<Shared>,
}

impl fmt::Debug for Session {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Session").field("id", &self.shared.id).finish_non_exhaustive()
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
}

/// Why a session did not do what it was asked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionError {
    /// The session is over: [`Session::ended`] tells why.
    Ended,
    /// The message costs more than [`Limits::queue`](crate::Limits::queue). The session goes on.
    TooLarge,
}

impl fmt::Display for SessionError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Ended => "the session is over",
            Self::TooLarge => "the message is larger than the queue of a session",
        })
    }
}

impl std::error::Error for SessionError {}

impl Session {
    pub(crate) const fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Returns the session's id. It is no secret, and proves nothing.
    pub fn id(&self) -> Bits {
        self.shared.id
    }

    /// Returns whom the session belongs to.
    pub fn identity(&self) -> &Identity {
        &self.shared.identity
    }

    /// Returns the application's protocol, or an empty text.
    pub fn protocol(&self) -> &str {
        &self.shared.protocol
    }

    /// Whether the session began at another node, or before this one's restart: [`Stats::handled`] tells how far its
    /// application was.
    pub fn is_adopted(&self) -> bool {
        self.shared.adopted
    }

    /// Returns the session's numbers.
    pub fn stats(&self) -> Stats {
        self.shared.state().stats()
    }

    /// Returns what changes about the session.
    pub fn status(&self) -> watch::Receiver<Status> {
        self.shared.status.subscribe()
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
        let mut state = self.shared.state();
        match state.take() {
            Some((number, message)) => {
                let received = Received { shared: self.shared.clone(), number, message };
                Poll::Ready(Some(received))
            }
            None if state.has_ended() => Poll::Ready(None),
            None => {
                state.wake_reader(context.waker());
                Poll::Pending
            }
        }
    }

    fn poll_writer(
        &self,
        context: &Context<'_>,
        ready: impl Fn(&crate::state::State) -> bool,
    ) -> Poll<Result<(), SessionError>> {
        let mut state = self.shared.state();
        if ready(&state) {
            return Poll::Ready(Ok(()));
        }
        if state.has_ended() {
            return Poll::Ready(Err(SessionError::Ended));
        }
        state.wake_writer(context.waker());
        Poll::Pending
    }
}

/// A message of the client's that is not handled yet.
#[derive(Debug)]
pub struct Received {
    shared: Arc<Shared>,
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
        match self.shared.step(ServerInput::Handled(self.number)) {
            // A later one was handled before.
            Ok(()) | Err(steady_session::Error::NotReceived) => Ok(self.message),
            Err(_) => Err(SessionError::Ended),
        }
    }

    /// Returns what a transaction of the application's commits to say that this message is handled.
    pub fn position(&self) -> Option<Position> {
        let state = self.shared.state();
        let cost = state.machine.cost_up_to(self.number)?;
        Some(Position { session: self.shared.id, owners: state.owners(), count: self.number, cost })
    }
}

/// How far the application is, for a transaction of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The session.
    pub session: Bits,
    /// The owner in the store is one of these, unless another node has taken the session over.
    pub owners: [Bits; 2],
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
        if self.shared.state().has_ended() {
            return Poll::Ready(Err(SessionError::Ended));
        }
        let queue = self.shared.hub.limits.queue.max(1);
        self.poll_writer(context, |state| state.stats().held_cost < queue)
    }

    fn start_send(self: Pin<&mut Self>, message: Message) -> Result<(), SessionError> {
        if self.shared.state().has_ended() {
            return Err(SessionError::Ended);
        }
        let cost = message.cost();
        if cost > self.shared.hub.limits.queue {
            return Err(SessionError::TooLarge);
        }
        self.shared.step(ServerInput::Send(message, cost)).map_err(|_| SessionError::Ended)?;
        count(&self.shared.hub.tally.accepted);
        Ok(())
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), SessionError>> {
        self.poll_writer(context, |state| state.is_stored())
    }

    fn poll_close(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), SessionError>> {
        self.shared.close();
        self.poll_writer(context, |state| state.end().is_some_and(|end| end.reason == EndReason::Closed))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.shared.close();
    }
}
