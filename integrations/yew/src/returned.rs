use std::cell::RefCell;
use std::rc::Rc;
use steady_websocket::{Closed, Message, OpenError, Outgoing, ReadyState, SendError, Sender, Ticket};
use yew::UseStateSetter;

/// What [`use_websocket`](crate::use_websocket) returns: how things stood when the component was
/// rendered, and handles that work at any time.
pub struct UseWebSocketReturn<T = Message> {
    /// Where the socket is in its life. `Connecting` also while a lost connection is being replaced.
    pub ready_state: ReadyState,
    /// The latest message. A convenience: of a burst it is the last one. Every message goes to
    /// [`on_message`](crate::UseWebSocketOptions::on_message).
    pub message: Option<T>,
    /// How it ended, if it has.
    pub closed: Option<Closed>,
    /// Why it could not even be opened.
    pub error: Option<OpenError>,
    pub(crate) current: Rc<RefCell<Option<Sender>>>,
    pub(crate) life: UseStateSetter<u32>,
    pub(crate) lives: u32,
}

impl<T: Clone> Clone for UseWebSocketReturn<T> {
    fn clone(&self) -> Self {
        Self {
            ready_state: self.ready_state,
            message: self.message.clone(),
            closed: self.closed.clone(),
            error: self.error.clone(),
            current: self.current.clone(),
            life: self.life.clone(),
            lives: self.lives,
        }
    }
}

impl<T> UseWebSocketReturn<T> {
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

    /// Connects afresh, whatever came before: also after the end, and for the first time if
    /// [`manual`](crate::UseWebSocketOptions::manual).
    pub fn reconnect(&self) {
        let reconnected = self.sender().is_some_and(|sender| sender.reconnect().is_ok());
        if !reconnected {
            self.life.set(self.lives.wrapping_add(1));
        }
    }

    /// The socket's own sending half, for everything else.
    pub fn sender(&self) -> Option<Sender> {
        self.current.borrow().clone()
    }
}
