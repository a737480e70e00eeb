//! The browser: what [`host`](super) is to the tests.

mod clock;
mod listener;
mod page;
mod socket;
mod timer;

/// Returns whether there is a platform.
pub(crate) const fn is_there() -> bool {
    true
}

pub(crate) use clock::{monotonic, random, wall};
pub(crate) use page::{PageListeners, is_offline};
pub(crate) use socket::{
    Buffer, Listeners, NO_PROTOCOLS, NativeProtocols, Socket, as_js, byte_length, copy_to, into_js,
    native_protocols, read_js, to_vec,
};
pub(crate) use timer::{Timeout, after};
pub(crate) use wasm_bindgen_futures::spawn_local;
