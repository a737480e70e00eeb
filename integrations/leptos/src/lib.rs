//! `use_websocket` for Leptos, on [`steady_websocket`]: reconnects, delivers every message exactly once,
//! and cleans up.
//!
//! ```no_run
//! use leptos::prelude::*;
//! use steady_websocket_leptos::use_websocket;
//!
//! #[component]
//! fn Shout() -> impl IntoView {
//!     let socket = use_websocket("wss://example.com/echo");
//!     view! { <button on:click=move |_| { let _ = socket.send("HEY"); }>{move || format!("{:?}", socket.message.get())}</button> }
//! }
//! ```
//!
//! | hook | for |
//! | --- | --- |
//! | [`use_websocket`] | text and bytes |
//! | [`use_websocket_with_options`] | the same, with options |
//! | [`use_websocket_as`] | values, through a [codec](steady_websocket::codec) |
//!
//! On the server no socket is opened: the signals keep their initial values, and sending is an error.

mod options;
mod returned;
mod typed;
mod use_websocket;

pub use options::UseWebSocketOptions;
pub use returned::UseWebSocketReturn;
pub use steady_websocket;
pub use steady_websocket_hooks::{BadMessage, Handle, Typed};
pub use typed::{UseTypedWebSocketReturn, use_websocket_as};
pub use use_websocket::{use_websocket, use_websocket_with_options};

/// The right-hand side of the migration page compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/migration/leptos-use.md")]
struct Migration;
