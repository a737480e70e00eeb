//! A connection we listen to, and what it tells.

use super::platform::{Buffer, Listening, Socket};
use crate::core::Closure;

/// What a native socket told us.
pub(crate) enum Heard {
    Open,
    Message(Data),
    Error,
    Close(Closure),
}

/// A message as the platform hands it over.
#[derive(Clone, Debug)]
pub(crate) enum Data {
    Text(String),
    Buffer(Buffer),
}

/// A native socket, and the listeners we have on it; dropped, they are removed.
pub(super) struct Line {
    socket: Socket,
    listening: Listening,
}

impl Line {
    pub(super) fn new(socket: Socket, hear: impl Fn(Heard) + 'static) -> Self {
        let listening = socket.listen(hear);
        Self { socket, listening }
    }

    pub(super) fn socket(&self) -> &Socket {
        &self.socket
    }

    /// Nobody listens any more, and the peer is told.
    pub(super) fn let_go(&self) {
        self.socket.unlisten(&self.listening);
        self.socket.close(None, "");
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.socket.unlisten(&self.listening);
    }
}
