//! The receiving half.

use super::message::{Message, Payload};
use super::sender::Sender;
use super::wakers::WakerSlot;
use futures_core::Stream;
use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The receiving half of a [`WebSocket`](crate::WebSocket): a stream of messages that ends when the
/// socket is closed for good; [`closed`](Sender::closed) says why.
///
/// It can also do everything that a [`Sender`] can. After it is dropped, received messages are discarded.
#[must_use = "streams do nothing unless polled"]
pub struct Receiver {
    sender: Sender,
    slot: WakerSlot,
}

impl Receiver {
    pub(super) fn new(sender: Sender) -> Self {
        Self { sender, slot: WakerSlot::default() }
    }

    /// Returns the next message; `None` when the socket is closed and every message was taken.
    #[expect(clippy::should_implement_trait, reason = "it is the name that every stream has for this")]
    pub fn next(&mut self) -> impl Future<Output = Option<Message>> {
        let shell = self.sender.shell();
        shell.inbox.wakers.until(|| shell.poll_inbox().map(|payload| payload.map(Payload::into_message)))
    }

    /// Returns the next message without copying its bytes from JavaScript.
    pub fn next_payload(&mut self) -> impl Future<Output = Option<Payload>> {
        let shell = self.sender.shell();
        shell.inbox.wakers.until(|| shell.poll_inbox())
    }

    /// Returns the next message if one has already arrived.
    pub fn take_payload(&mut self) -> Option<Payload> {
        self.sender.shell().take()
    }

    /// [`next_payload`](Self::next_payload) as a poll function.
    pub fn poll_payload(&mut self, context: &mut Context<'_>) -> Poll<Option<Payload>> {
        let shell = self.sender.shell();
        shell.inbox.wakers.poll(&self.slot, context, shell.poll_inbox())
    }

    pub(super) fn poll_message(&mut self, context: &mut Context<'_>) -> Poll<Option<Message>> {
        self.poll_payload(context).map(|payload| payload.map(Payload::into_message))
    }
}

impl Deref for Receiver {
    type Target = Sender;

    fn deref(&self) -> &Sender {
        &self.sender
    }
}

impl AsRef<Sender> for Receiver {
    fn as_ref(&self) -> &Sender {
        &self.sender
    }
}

impl AsMut<Receiver> for Receiver {
    fn as_mut(&mut self) -> &mut Self {
        self
    }
}

impl Stream for Receiver {
    type Item = Message;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Message>> {
        self.poll_message(context)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let shell = self.sender.shell();
        shell.inbox.wakers.leave(&self.slot);
        shell.close_inbox();
    }
}
