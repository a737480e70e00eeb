//! Sockets and halves that send and receive values.

use super::{Codec, Decode, Encode};
use crate::{Closing, Message, Payload, Receiver, SendError, Sender, Ticket, WebSocket};
use futures_core::Stream;
use futures_sink::Sink;
use std::error::Error;
use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::ops::Deref;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// A received message that did not decode. The stream continues.
#[derive(Debug)]
#[non_exhaustive]
pub struct DecodeError<E> {
    /// The codec's error.
    pub error: E,
    /// The message as received.
    pub message: Payload,
}

impl<E: fmt::Display> fmt::Display for DecodeError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the message does not decode: {}", self.error)
    }
}

impl<E: fmt::Display + fmt::Debug> Error for DecodeError<E> {}

/// Why a value was not sent.
#[derive(Debug)]
pub enum EncodeError<E> {
    /// The codec cannot encode it.
    Encode(E),
    /// The socket did not accept the message.
    Send(SendError),
}

impl<E: fmt::Display> fmt::Display for EncodeError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Encode(error) => write!(f, "the value does not encode: {error}"),
            Self::Send(error) => error.fmt(f),
        }
    }
}

impl<E: fmt::Display + fmt::Debug> Error for EncodeError<E> {}

impl<E> From<SendError> for EncodeError<E> {
    fn from(error: SendError) -> Self {
        Self::Send(error)
    }
}

/// A [`WebSocket`], [`Sender`] or [`Receiver`] (`S`) that sends values that the codec `C` can encode and receives
/// values of type `T`.
#[must_use = "streams do nothing unless polled"]
pub struct Typed<S, T, C> {
    socket: S,
    codec: C,
    receives: PhantomData<fn() -> T>,
}

impl<S, T, C> Typed<S, T, C> {
    fn new(socket: S, codec: C) -> Self {
        Self { socket, codec, receives: PhantomData }
    }

    /// Returns the socket without the codec.
    pub fn into_inner(self) -> S {
        self.socket
    }
}

impl WebSocket {
    /// Receives values of type `T`, and sends values that the codec can encode.
    pub fn typed<T, C: Codec>(self, codec: C) -> Typed<Self, T, C> {
        Typed::new(self, codec)
    }
}

impl Sender {
    /// Sends values that the codec can encode.
    pub fn typed<C: Codec>(self, codec: C) -> Typed<Self, (), C> {
        Typed::new(self, codec)
    }
}

impl Receiver {
    /// Receives values of type `T`.
    pub fn typed<T, C: Codec>(self, codec: C) -> Typed<Self, T, C> {
        Typed::new(self, codec)
    }
}

impl<T, C: Clone> Typed<WebSocket, T, C> {
    /// Splits the socket into its halves.
    pub fn split(self) -> (Typed<Sender, (), C>, Typed<Receiver, T, C>) {
        let (sender, receiver) = self.socket.split();
        (Typed::new(sender, self.codec.clone()), Typed::new(receiver, self.codec))
    }
}

impl<T, C: Clone> Clone for Typed<Sender, T, C> {
    fn clone(&self) -> Self {
        Self::new(self.socket.clone(), self.codec.clone())
    }
}

impl<S, T, C> Deref for Typed<S, T, C> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.socket
    }
}

impl<S: AsRef<Sender>, T, C: Codec> Typed<S, T, C> {
    /// Sends a value as [`Sender::send`] sends a message.
    pub async fn send<V: ?Sized>(&self, value: &V) -> Result<Ticket, EncodeError<C::Error>>
    where
        C: Encode<V>,
    {
        let message = self.codec.encode(value).map_err(EncodeError::Encode)?;
        Ok(self.socket.as_ref().send(message).await?)
    }

    /// Sends a value as [`Sender::send_now`] sends a message.
    pub fn send_now<V: ?Sized>(&self, value: &V) -> Result<Ticket, EncodeError<C::Error>>
    where
        C: Encode<V>,
    {
        let message = self.codec.encode(value).map_err(EncodeError::Encode)?;
        Ok(self.socket.as_ref().send_now(message)?)
    }

    /// [`Sender::flush`].
    pub async fn flush(&self) -> Result<(), SendError> {
        self.socket.as_ref().flush().await
    }

    /// [`Sender::close`].
    pub fn close(&self, code: u16, reason: &str) -> Closing {
        self.socket.as_ref().close(code, reason)
    }
}

impl<S: AsMut<Receiver>, T, C: Decode<T>> Typed<S, T, C> {
    /// Returns the next value; `None` when the socket is closed and every message was taken.
    pub async fn next(&mut self) -> Option<Result<T, DecodeError<C::Error>>> {
        poll_fn(|context| self.poll_value(context)).await
    }

    fn poll_value(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<T, DecodeError<C::Error>>>> {
        let message = ready!(self.socket.as_mut().poll_payload(context));
        Poll::Ready(
            message
                .map(|message| self.codec.decode(&message).map_err(|error| DecodeError { error, message })),
        )
    }
}

// No field is pinned.
impl<S, T, C> Unpin for Typed<S, T, C> {}

impl<S: AsMut<Receiver>, T, C: Decode<T>> Stream for Typed<S, T, C> {
    type Item = Result<T, DecodeError<C::Error>>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_value(context)
    }
}

impl<S, T, C, V> Sink<V> for Typed<S, T, C>
where
    S: AsRef<Sender> + Sink<Message, Error = SendError> + Unpin,
    C: Encode<V>,
{
    type Error = EncodeError<C::Error>;

    fn poll_ready(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Pin::new(&mut self.socket).poll_ready(context).map_err(EncodeError::Send)
    }

    fn start_send(self: Pin<&mut Self>, value: V) -> Result<(), Self::Error> {
        self.send_now(&value).map(drop)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Pin::new(&mut self.socket).poll_flush(context).map_err(EncodeError::Send)
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Pin::new(&mut self.socket).poll_close(context).map_err(EncodeError::Send)
    }
}
