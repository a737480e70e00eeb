//! The common part of `use_websocket` for all frameworks. Applications use `steady-websocket-yew` or
//! `steady-websocket-leptos`; for Dioxus, the guide has a hook to copy.
//!
//! A hook creates a [`Handle`] with its component, fills a [`View`] with the states or signals that the component reads,
//! calls [`open`] when the component is mounted (and again when the address changes) and [`end`] when it is unmounted.
//! Where it does not open a socket, it calls [`View::reset`].

mod callbacks;
mod handle;
mod typed;
mod view;

pub use callbacks::{BadMessage, Callbacks, Decoder, decoder};
pub use handle::{Handle, end, reconnect};
pub use steady_websocket;
pub use typed::Typed;
pub use view::{Setter, View, open};
