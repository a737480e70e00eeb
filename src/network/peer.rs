//! The server's end of a connection.

use super::platform::Inner;
use futures_core::Stream;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::ops::Deref;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};
use steady_network::{Accept, ConnectionId, Error, Message, Refuse};

/// A handshake that has arrived, and waits for an answer. If it is dropped it is never answered.
pub struct Request {
    pub(super) inner: Weak<Inner>,
    pub(super) connection: ConnectionId,
    pub(super) request: steady_network::Request,
}

impl Deref for Request {
    type Target = steady_network::Request;

    fn deref(&self) -> &steady_network::Request {
        &self.request
    }
}

impl Request {
    /// Accepts it.
    ///
    /// # Errors
    ///
    /// If a sub-protocol or an extension was not offered, or if the client is gone.
    pub fn accept(self, accept: Accept) -> Result<Peer, Error> {
        let inner = self.inner.upgrade().ok_or(Error::Unknown)?;
        let inbox = Rc::new(RefCell::new(Inbox::new(self.inner.clone(), self.connection)));
        inner.inboxes.borrow_mut().insert(self.connection, Rc::downgrade(&inbox));
        inner.with_peer(self.connection, |peer| peer.accept(accept))?;
        Ok(Peer { inner: self.inner, connection: self.connection, inbox })
    }

    /// Answers with another status than 101.
    ///
    /// # Errors
    ///
    /// If the status is none from 200 to 999, or if the client is gone.
    pub fn refuse(self, refuse: Refuse) -> Result<(), Error> {
        let inner = self.inner.upgrade().ok_or(Error::Unknown)?;
        inner.with_peer(self.connection, |peer| peer.refuse(refuse))
    }

    /// Does what the fault server does for that path and query.
    ///
    /// # Errors
    ///
    /// If there is no such fault, if a parameter cannot be used, or if the client is gone.
    pub fn fault(self, target: &str) -> Result<(), Error> {
        let inner = self.inner.upgrade().ok_or(Error::Unknown)?;
        inner.with_peer(self.connection, |peer| peer.fault(target))
    }
}

/// With so much unread, a peer stops reading from the connection: `UNREAD` in network/js/inbox.js.
const UNREAD_MESSAGES: usize = 65_536;
const UNREAD_BYTES: usize = 16 * 1024 * 1024;

/// What a server has received and not read.
pub(super) struct Inbox {
    inner: Weak<Inner>,
    connection: ConnectionId,
    messages: VecDeque<Message>,
    bytes: usize,
    pub(super) closed: bool,
    pub(super) waker: Option<Waker>,
}

impl Inbox {
    fn new(inner: Weak<Inner>, connection: ConnectionId) -> Self {
        Self { inner, connection, messages: VecDeque::new(), bytes: 0, closed: false, waker: None }
    }

    pub(super) fn is_full(&self) -> bool {
        self.messages.len() >= UNREAD_MESSAGES || self.bytes >= UNREAD_BYTES
    }

    pub(super) fn push(&mut self, message: Message) {
        self.bytes += message.len();
        self.messages.push_back(message);
    }

    fn pop(&mut self) -> Option<Message> {
        let was_full = self.is_full();
        let message = self.messages.pop_front()?;
        self.bytes -= message.len();
        if was_full && !self.is_full() {
            self.read_on();
        }
        Some(message)
    }

    /// It has room again.
    fn read_on(&self) {
        if let Some(inner) = self.inner.upgrade() {
            inner.hold(self.connection, false);
        }
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        if self.is_full() {
            self.read_on();
        }
    }
}

/// The server's end of an open connection; as a stream, the messages that it receives.
///
/// With 65,536 messages or 16 MiB unread it stops reading, so that the client's `buffered_amount` grows. When
/// all its handles are dropped, it reads on and discards what it receives.
#[derive(Clone)]
pub struct Peer {
    inner: Weak<Inner>,
    connection: ConnectionId,
    inbox: Rc<RefCell<Inbox>>,
}

/// Declares methods that the engine's peer has.
macro_rules! peer {
    ($($(#[$doc:meta])* fn $name:ident($($argument:ident: $type:ty),*);)*) => {
        $($(#[$doc])*
        ///
        /// # Errors
        ///
        /// If the connection is over, or an argument cannot be used.
        pub fn $name(&self, $($argument: $type),*) -> Result<(), Error> {
            let inner = self.inner.upgrade().ok_or(Error::Unknown)?;
            inner.with_peer(self.connection, |peer| peer.$name($($argument),*))
        })*
    };
}

impl Peer {
    peer! {
        /// Sends a message.
        fn send(message: impl Into<Message>);
        /// Starts the closing handshake. The code is sent as it is, legal or not.
        fn close(code: Option<u16>, reason: &str);
        /// Writes bytes as they are, behind everything sent before.
        fn write(bytes: &[u8]);
        /// Breaks the protocol, as the fault server does at `/violate?how=…`.
        fn violate(how: &str);
        /// Ends TCP behind everything sent before, without a closing handshake.
        fn cut();
        /// Resets TCP: what has not left is lost.
        fn reset();
        /// From now on nothing leaves, not even an answer to a Close frame; what arrives is still received.
        fn silence();
        /// Reads so many bytes per second; 0: as fast as they come.
        fn slow(bytes_per_second: u64);
        /// Reads nothing more.
        fn stop_reading();
        /// Reads again, as fast as bytes come.
        fn resume_reading();
    }

    /// The next message; `None` when the connection is over.
    pub fn next(&self) -> impl Future<Output = Option<Message>> {
        std::future::poll_fn(|context| self.poll(context))
    }

    fn poll(&self, context: &mut Context<'_>) -> Poll<Option<Message>> {
        let mut inbox = self.inbox.borrow_mut();
        if let Some(message) = inbox.pop() {
            return Poll::Ready(Some(message));
        }
        if inbox.closed {
            return Poll::Ready(None);
        }
        let former = inbox.waker.replace(context.waker().clone());
        drop(inbox);
        // A waker's drop may call anything.
        drop(former);
        Poll::Pending
    }
}

impl Stream for Peer {
    type Item = Message;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Message>> {
        self.poll(context)
    }
}
