//! A native socket with its listeners.

use super::platform::{Buffer, Listeners, Socket};
use crate::core::CloseInfo;
use std::cell::Cell;

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

/// A native socket, and its listeners.
pub(super) struct Connection {
    socket: Socket,
    listeners: Listeners,
    /// Whether the listeners are attached.
    live: Cell<bool>,
}

impl Connection {
    pub(super) fn new(socket: Socket, handle: impl Fn(SocketEvent) + 'static) -> Self {
        let listeners = socket.listen(handle);
        Self { socket, listeners, live: Cell::new(true) }
    }

    pub(super) fn socket(&self) -> &Socket {
        &self.socket
    }

    /// Returns whether the listeners are attached.
    pub(super) fn is_live(&self) -> bool {
        self.live.get()
    }

    /// Removes the listeners.
    pub(super) fn stop(&self) {
        if self.live.replace(false) {
            self.socket.unlisten(&self.listeners);
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
