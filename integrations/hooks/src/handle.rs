//! A component's handle to its socket.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use steady_websocket::{Outgoing, ReadyState, SendError, Sender, Ticket};

/// A handle to the socket that a component has at the moment. Without one (on a server, before the first effect, after
/// unmounting) sending is an error.
///
/// `Copy` and `Send`, so that it may move between a server's threads, where there is no socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Handle(u64);

/// The socket of a [`Handle`], from the moment it is opened.
struct Life {
    alive: Rc<Cell<bool>>,
    /// `None` while it is being opened, and after that has failed.
    socket: Option<Socket>,
}

#[derive(Clone)]
pub(crate) struct Socket {
    pub(crate) sender: Sender,
    /// Shows the ready state to the component.
    pub(crate) show: Rc<dyn Fn(ReadyState)>,
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
    /// Returns a handle without a socket.
    pub fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// Sends a message, or queues it while there is no connection. For back-pressure use [`sender`](Self::sender).
    pub fn send(&self, message: impl Into<Outgoing>) -> Result<Ticket, SendError> {
        match self.sender() {
            Some(sender) => sender.send_now(message),
            None => Err(SendError::Closed),
        }
    }

    /// Closes with a code (1000, or 3000 to 4999) and a reason. To see errors, close through
    /// [`sender`](Self::sender).
    pub fn close(&self, code: u16, reason: &str) {
        if let Some(Socket { sender, show }) = self.socket() {
            drop(sender.close(code, reason));
            // There is no event for the start of a close.
            show(sender.ready_state());
        }
    }

    /// Returns the socket's sending half.
    pub fn sender(&self) -> Option<Sender> {
        self.socket().map(|socket| socket.sender)
    }

    fn socket(&self) -> Option<Socket> {
        LIVES.with_borrow(|lives| lives.get(self)?.socket.clone())
    }
}

/// Ends the current socket and prepares for another. Returns a flag that turns false when that one ends.
pub(crate) fn begin(handle: Handle) -> Rc<Cell<bool>> {
    end(handle);
    let alive = Rc::new(Cell::new(true));
    let life = Life { alive: alive.clone(), socket: None };
    LIVES.with_borrow_mut(|lives| lives.insert(handle, life));
    alive
}

/// Stores the opened socket.
pub(crate) fn attach(handle: Handle, socket: Socket) {
    LIVES.with_borrow_mut(|lives| {
        if let Some(life) = lives.get_mut(&handle) {
            life.socket = Some(socket);
        }
    });
}

/// Closes the current socket; the component receives nothing more from it. Queued messages are sent before the Close
/// frame if there is a connection, and are lost otherwise.
pub fn end(handle: Handle) {
    let life = LIVES.with_borrow_mut(|lives| lives.remove(&handle));
    if let Some(Life { alive, socket }) = life {
        alive.set(false);
        if let Some(Socket { sender, .. }) = socket {
            drop(sender.close(1000, ""));
        }
    }
}

/// Reconnects the current socket; returns `false` if there is none to reconnect.
pub fn reconnect(handle: Handle) -> bool {
    handle.sender().is_some_and(|sender| sender.reconnect().is_ok())
}
