//! The browser shell: real sockets, timers, the page. Whoever owns a socket is its `Host`.

mod clock;
mod driver;
mod engine;
mod listener;
mod page;
mod timer;
mod wire;

pub(crate) use clock::{now, seed};
pub(crate) use driver::{Driver, Host, Receipt};
pub(crate) use page::is_offline;
pub(crate) use wire::Wire;
