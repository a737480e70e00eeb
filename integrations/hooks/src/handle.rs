//! What a component holds instead of the socket.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use steady_websocket::{Outgoing, SendError, Sender, Ticket};

/// The place of one socket after another: a component's, for as long as it is mounted. Without a socket in it
/// (on a server, before the first effect, after unmounting) sending is an error.
///
/// `Copy`, and it may move between a server's threads, where no socket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Handle(u64);

pub(crate) struct Life {
    pub(crate) sender: Sender,
    pub(crate) mounted: Rc<Cell<bool>>,
}

thread_local! {
    static LIVES: RefCell<BTreeMap<Handle, Life>> = const { RefCell::new(BTreeMap::new()) };
}

impl Default for Handle {
    fn default() -> Self {
        Self::new()
    }
}

impl Handle {
    /// A place with no socket in it.
    pub fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// Sends; queued while there is no connection. Waits for nothing: for back-pressure there is
    /// [`sender`](Self::sender).
    pub fn send(&self, message: impl Into<Outgoing>) -> Result<Ticket, SendError> {
        match self.sender() {
            Some(sender) => sender.send_now(message),
            None => Err(SendError::Closed),
        }
    }

    /// Closes with a code (1000, or 3000 to 4999) and a reason. Whether they may be used is learnt from
    /// the closing of [`sender`](Self::sender).
    pub fn close(&self, code: u16, reason: &str) {
        if let Some(sender) = self.sender() {
            drop(sender.close(code, reason));
        }
    }

    /// The socket's own sending half, for everything else.
    pub fn sender(&self) -> Option<Sender> {
        LIVES.with_borrow(|lives| lives.get(self).map(|life| life.sender.clone()))
    }
}

pub(crate) fn begin(handle: Handle, life: Life) {
    LIVES.with_borrow_mut(|lives| lives.insert(handle, life));
}

/// Ends the life of the socket that is there, if one is: the component is told nothing more, and what was sent
/// before goes out before the Close frame.
pub fn end(handle: Handle) {
    let life = LIVES.with_borrow_mut(|lives| lives.remove(&handle));
    if let Some(Life { sender, mounted }) = life {
        mounted.set(false);
        drop(sender.close(1000, ""));
    }
}

/// Has the present socket connect afresh; `false` if it takes another one.
pub fn reconnect(handle: Handle) -> bool {
    handle.sender().is_some_and(|sender| sender.reconnect().is_ok())
}
