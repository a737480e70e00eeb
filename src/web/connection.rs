//! A native socket with our listeners on it, and what they are told.

use super::platform::{Buffer, Listeners, Socket};
use crate::core::CloseInfo;
use std::cell::RefCell;

/// What a native socket tells.
pub(crate) enum SocketEvent {
    Open,
    Message(Data),
    Error,
    Close(CloseInfo),
}

/// A message as the platform hands it over.
#[derive(Clone, Debug)]
pub(crate) enum Data {
    Text(String),
    Buffer(Buffer),
}

/// A native socket, and the listeners that we have on it while it is of interest.
pub(super) struct Connection {
    socket: Socket,
    listeners: RefCell<Option<Listeners>>,
}

impl Connection {
    pub(super) fn new(socket: Socket, handle: impl Fn(SocketEvent) + 'static) -> Self {
        let listeners = RefCell::new(Some(socket.listen(handle)));
        Self { socket, listeners }
    }

    pub(super) fn socket(&self) -> &Socket {
        &self.socket
    }

    /// Whether we listen.
    pub(super) fn is_live(&self) -> bool {
        self.listeners.borrow().is_some()
    }

    /// Stops listening.
    pub(super) fn stop(&self) {
        let listeners = { self.listeners.take() };
        if let Some(listeners) = listeners {
            self.socket.unlisten(&listeners);
        }
    }

    /// Closes, and stops listening.
    pub(super) fn abandon(&self) {
        if self.is_live() {
            self.socket.close(None, "");
            self.stop();
        }
    }
}
