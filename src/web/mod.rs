//! The browser shell: real sockets, one timer, the page. Whoever owns a socket is its `Host`.

mod clock;
mod driver;
mod engine;
mod listener;
mod page;
mod timer;
mod wire;

pub(crate) use clock::seed;
pub(crate) use driver::{Driver, Host, Receipt};
pub(crate) use wire::Wire;
