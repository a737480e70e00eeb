//! The return value of a typed hook.

use crate::handle::Handle;
use std::ops::Deref;
use steady_websocket::Ticket;
use steady_websocket::codec::{Codec, Encode, EncodeError};

/// The return value of a typed hook: that of the plain one (`R`), which sends values. `Copy` if both are.
#[derive(Clone, Copy)]
pub struct Typed<R, C> {
    socket: R,
    codec: C,
}

impl<R, C> Typed<R, C> {
    /// Returns a wrapper that sends with `codec`.
    pub fn new(socket: R, codec: C) -> Self {
        Self { socket, codec }
    }
}

impl<R: Deref<Target = Handle>, C: Codec> Typed<R, C> {
    /// Sends a value that the codec can encode.
    pub fn send<V: ?Sized>(&self, value: &V) -> Result<Ticket, EncodeError<C::Error>>
    where
        C: Encode<V>,
    {
        let message = self.codec.encode(value).map_err(EncodeError::Encode)?;
        Ok(self.socket.send(message)?)
    }
}

impl<R, C> Deref for Typed<R, C> {
    type Target = R;

    fn deref(&self) -> &R {
        &self.socket
    }
}
