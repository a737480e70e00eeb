use crate::running::{self, Key};
use leptos::prelude::{RwSignal, Signal, Update};
use steady_websocket::{Closed, Message, OpenError, Outgoing, ReadyState, SendError, Sender, Ticket};

/// What [`use_websocket`](crate::use_websocket) returns. `Copy`, like a signal: move it wherever you
/// need it.
pub struct UseWebSocketReturn<T = Message>
where
    T: Send + Sync + 'static,
{
    /// Where the socket is in its life. `Connecting` also while a lost connection is being replaced.
    pub ready_state: Signal<ReadyState>,
    /// The latest message. A convenience: of a burst it is the last one. Every message goes to
    /// [`on_message`](crate::UseWebSocketOptions::on_message).
    pub message: Signal<Option<T>>,
    /// How it ended, if it has.
    pub closed: Signal<Option<Closed>>,
    /// Why it could not even be opened.
    pub error: Signal<Option<OpenError>>,
    pub(crate) key: Key,
    pub(crate) life: RwSignal<u32>,
}

impl<T: Send + Sync> Clone for UseWebSocketReturn<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync> Copy for UseWebSocketReturn<T> {}

impl<T: Send + Sync> UseWebSocketReturn<T> {
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
            self.life.update(|life| *life = life.wrapping_add(1));
        }
    }

    /// The socket's own sending half, for everything else. Nothing on the server, before the first
    /// effects ran, and after cleanup.
    pub fn sender(&self) -> Option<Sender> {
        running::sender(self.key)
    }
}
