//! What a component holds instead of the socket.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use steady_websocket::{Outgoing, ReadyState, SendError, Sender, Ticket};

/// The place of one socket after another: a component's, for as long as it is mounted. Without a socket in it
/// (on a server, before the first effect, after unmounting) sending is an error.
///
/// `Copy`, and it may move between a server's threads, where no socket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Handle(u64);

/// What a [`Handle`] leads to, from the moment a socket is to be opened.
struct Life {
    alive: Rc<Cell<bool>>,
    /// `None` while it is being opened, and if it could not be.
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
        if let Some(Socket { sender, show }) = self.socket() {
            drop(sender.close(code, reason));
            // There is no event for the beginning of a close.
            show(sender.ready_state());
        }
    }

    /// The socket's own sending half, for everything else.
    pub fn sender(&self) -> Option<Sender> {
        self.socket().map(|socket| socket.sender)
    }

    fn socket(&self) -> Option<Socket> {
        LIVES.with_borrow(|lives| lives.get(self)?.socket.clone())
    }
}

/// Ends the life that is there and begins another. Returns a flag that turns false when the new one ends.
pub(crate) fn begin(handle: Handle) -> Rc<Cell<bool>> {
    end(handle);
    let alive = Rc::new(Cell::new(true));
    let life = Life { alive: alive.clone(), socket: None };
    LIVES.with_borrow_mut(|lives| lives.insert(handle, life));
    alive
}

/// Gives the present life its socket.
pub(crate) fn attach(handle: Handle, socket: Socket) {
    LIVES.with_borrow_mut(|lives| {
        if let Some(life) = lives.get_mut(&handle) {
            life.socket = Some(socket);
        }
    });
}

/// Closes the socket that is there, if one is. The component is told nothing more of it. What is queued goes out before
/// the Close frame if there is a connection, and is lost otherwise.
pub fn end(handle: Handle) {
    let life = LIVES.with_borrow_mut(|lives| lives.remove(&handle));
    if let Some(Life { alive, socket }) = life {
        alive.set(false);
        if let Some(Socket { sender, .. }) = socket {
            drop(sender.close(1000, ""));
        }
    }
}

/// Has the present socket connect afresh; `false` if it takes another one.
pub fn reconnect(handle: Handle) -> bool {
    handle.sender().is_some_and(|sender| sender.reconnect().is_ok())
}
