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
/// It can also do what the [`Sender`] it was split from can. Dropped, it lets later messages go by.
#[must_use = "streams do nothing unless polled"]
pub struct Receiver {
    sender: Sender,
    slot: WakerSlot,
}

impl Receiver {
    pub(super) fn new(sender: Sender) -> Self {
        Self { sender, slot: WakerSlot::default() }
    }

    /// The next message; `None` when the socket is closed and every message was taken.
    #[expect(clippy::should_implement_trait, reason = "it is the name that every stream has for this")]
    pub fn next(&mut self) -> impl Future<Output = Option<Message>> {
        let shell = self.sender.shell();
        shell.inbox.wakers.until(|| shell.poll_inbox().map(|payload| payload.map(Payload::into_message)))
    }

    /// The next message, its bytes left in JavaScript.
    pub fn next_payload(&mut self) -> impl Future<Output = Option<Payload>> {
        let shell = self.sender.shell();
        shell.inbox.wakers.until(|| shell.poll_inbox())
    }

    /// The next message if it is there already.
    pub fn take_payload(&mut self) -> Option<Payload> {
        self.sender.shell().inbox.pop()
    }

    /// [`next_payload`](Self::next_payload) for streams of your own.
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
        let inbox = &self.sender.shell().inbox;
        inbox.wakers.leave(&self.slot);
        inbox.close();
    }
}
