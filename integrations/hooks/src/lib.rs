//! What the `use_websocket` of every framework has in common. Applications use the hook of their framework:
//! `steady-websocket-yew` or `steady-websocket-leptos`.
//!
//! A hook makes a [`Handle`] when its component is made, fills a [`View`] with the states or signals that the
//! component reads, calls [`open`] when the component is mounted (and again when the address changes) and
//! [`end`] when it goes. Where it does not open, [`View::reset`] shows that there is no socket.

mod callbacks;
mod handle;
mod typed;
mod view;

pub use callbacks::{BadMessage, Callbacks, Decoder, decoder};
pub use handle::{Handle, end, reconnect};
pub use steady_websocket;
pub use typed::Typed;
pub use view::{Setter, View, open};
