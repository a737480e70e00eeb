//! A native socket with its listeners.

use super::platform::{Buffer, Listeners, Socket};
use crate::core::CloseInfo;
use std::cell::RefCell;

/// An event of a native socket.
pub(crate) enum SocketEvent {
    Open,
    Message(Data),
    Error,
    Close(CloseInfo),
}

/// The data of a received message.
#[derive(Clone, Debug)]
pub(crate) enum Data {
    Text(String),
    Buffer(Buffer),
}

/// A native socket, and its listeners until it is stopped.
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

    /// Returns whether the listeners are attached.
    pub(super) fn is_live(&self) -> bool {
        self.listeners.borrow().is_some()
    }

    /// Removes the listeners.
    pub(super) fn stop(&self) {
        let listeners = { self.listeners.take() };
        if let Some(listeners) = listeners {
            self.socket.unlisten(&listeners);
        }
    }

    /// Closes the socket and removes the listeners.
    pub(super) fn abandon(&self) {
        if self.is_live() {
            self.socket.close(None, "");
            self.stop();
        }
    }
}
