//! A connection's queue of outgoing frames.

use crate::limits::Limits;
use crate::message::Message;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

/// While more control frames than this wait to be sent to a client, nothing is read from it: no window counts them.
const MOST_ANSWERS: usize = 256;

/// An empty queue keeps space for this many frames.
const SPACE: usize = 32;

/// A frame for a connection to send.
#[derive(Debug)]
pub(crate) enum Outgoing {
    /// A message of the application, not yet escaped.
    Message(Message),
    /// A control frame.
    Control(String),
    /// Closes the connection.
    Close(u16, String),
}

/// A connection's queue of outgoing frames. Clones share it. The methods of the session's side return the connection's
/// waker, to be called without locks, if the connection has to be polled.
#[derive(Clone, Debug)]
pub(crate) struct Outlet(Arc<Mutex<Queue>>);

#[derive(Debug, Default)]
struct Queue {
    frames: VecDeque<Outgoing>,
    /// How many of the frames are control frames.
    controls: usize,
    /// The size of the messages among the frames.
    size: usize,
    /// While messages of more than this size wait, nothing is read from the client.
    most: usize,
    /// The last frame closes the connection.
    closing: bool,
    stopped: bool,
    waker: Option<Waker>,
}

/// Returns the size of a message in the queue: its bytes, at least 1.
fn size(message: &Message) -> usize {
    message.as_bytes().len().max(1)
}

impl Outlet {
    /// Returns an empty queue. A client that handles a message only after reading it never has more than two times
    /// [`Limits::queue`] waiting: the sink accepts one more message while less than the limit is unhandled.
    pub(crate) fn new(limits: &Limits) -> Self {
        let most = limits.queue_bytes().saturating_mul(2);
        Self(Arc::new(Mutex::new(Queue { most, ..Queue::default() })))
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a frame.
    pub(crate) fn put(&self, outgoing: Outgoing) -> Option<Waker> {
        let mut queue = self.queue();
        match &outgoing {
            Outgoing::Message(message) => queue.size += size(message),
            Outgoing::Control(_) => queue.controls += 1,
            Outgoing::Close(..) => queue.closing = true,
        }
        queue.frames.push_back(outgoing);
        // Otherwise the connection was woken before, or waits until its client reads.
        if queue.frames.len() == 1 { queue.waker.take() } else { None }
    }

    /// Stops the connection because the node shuts down, even if its client does not read.
    pub(crate) fn stop(&self) -> Option<Waker> {
        let mut queue = self.queue();
        queue.stopped = true;
        queue.waker.take()
    }

    /// Stores the connection's waker. Returns whether the connection was stopped.
    pub(crate) fn wake(&self, waker: &Waker) -> bool {
        let mut queue = self.queue();
        if !queue.waker.as_ref().is_some_and(|present| present.will_wake(waker)) {
            queue.waker = Some(waker.clone());
        }
        queue.stopped
    }

    /// Takes the next frame.
    pub(crate) fn next(&self) -> Option<Outgoing> {
        let mut queue = self.queue();
        let next = queue.frames.pop_front();
        match &next {
            Some(Outgoing::Message(message)) => queue.size -= size(message),
            Some(Outgoing::Control(_)) => queue.controls -= 1,
            None if queue.frames.capacity() > SPACE => queue.frames = VecDeque::new(),
            _ => {}
        }
        next
    }

    /// Returns whether nothing may be read from the client until it reads: more frames wait than one that reads before
    /// it acknowledges can cause, or the last of them closes the connection, and nothing it sends matters any more.
    pub(crate) fn is_crowded(&self) -> bool {
        let queue = self.queue();
        queue.closing || queue.controls > MOST_ANSWERS || queue.size > queue.most
    }
}
