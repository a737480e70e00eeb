//! A socket with both halves.

use super::closing::Closing;
use super::error::SendError;
use super::message::{Message, Outgoing, Payload};
use super::receiver::Receiver;
use super::sender::Sender;
use crate::core::Ticket;
use futures_core::Stream;
use futures_sink::Sink;
use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A WebSocket: a [`Stream`] of messages received, a [`Sink`] of messages to send, and
/// everything a [`Sender`] can do.
///
/// A strict socket, from [`open`](Self::open), has one connection. A steady one, from a [`builder`](Self::builder),
/// reconnects. Dropping it (and all its halves) closes it.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use steady_websocket::WebSocket;
///
/// let mut socket = WebSocket::open("wss://example.com/echo")?;
/// socket.send("hello").await?;
/// while let Some(message) = socket.next().await {
///     println!("{message:?}");
/// }
/// println!("closed with {}", socket.closed().await.code);
/// # Ok(()) }
/// ```
#[must_use = "it closes when dropped"]
pub struct WebSocket {
    sender: Sender,
    receiver: Receiver,
}

impl WebSocket {
    pub(super) fn new(sender: Sender) -> Self {
        Self { receiver: Receiver::new(sender.clone()), sender }
    }

    /// Splits the socket into its halves. Each can close it, observe it and read its events.
    pub fn split(self) -> (Sender, Receiver) {
        (self.sender, self.receiver)
    }

    /// [`Receiver::next`].
    #[expect(clippy::should_implement_trait, reason = "it is the name that every stream has for this")]
    pub fn next(&mut self) -> impl Future<Output = Option<Message>> {
        self.receiver.next()
    }

    /// [`Receiver::next_payload`].
    pub fn next_payload(&mut self) -> impl Future<Output = Option<Payload>> {
        self.receiver.next_payload()
    }

    /// [`Receiver::poll_payload`].
    pub fn poll_payload(&mut self, context: &mut Context<'_>) -> Poll<Option<Payload>> {
        self.receiver.poll_payload(context)
    }

    // Repeated here, because the traits' methods of the same names would take precedence.

    /// [`Sender::send`].
    pub fn send(&self, message: impl Into<Outgoing>) -> impl Future<Output = Result<Ticket, SendError>> {
        self.sender.send(message)
    }

    /// [`Sender::flush`].
    pub fn flush(&self) -> impl Future<Output = Result<(), SendError>> {
        self.sender.flush()
    }

    /// [`Sender::close`].
    pub fn close(&self, code: u16, reason: &str) -> Closing {
        self.sender.close(code, reason)
    }
}

impl Deref for WebSocket {
    type Target = Sender;

    fn deref(&self) -> &Sender {
        &self.sender
    }
}

impl AsRef<Sender> for WebSocket {
    fn as_ref(&self) -> &Sender {
        &self.sender
    }
}

impl AsMut<Receiver> for WebSocket {
    fn as_mut(&mut self) -> &mut Receiver {
        &mut self.receiver
    }
}

impl Stream for WebSocket {
    type Item = Message;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Message>> {
        Pin::new(&mut self.receiver).poll_next(context)
    }
}

impl Sink<Message> for WebSocket {
    type Error = SendError;

    fn poll_ready(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        Pin::new(&mut self.sender).poll_ready(context)
    }

    fn start_send(mut self: Pin<&mut Self>, message: Message) -> Result<(), SendError> {
        Pin::new(&mut self.sender).start_send(message)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        Pin::new(&mut self.sender).poll_flush(context)
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        Pin::new(&mut self.sender).poll_close(context)
    }
}
