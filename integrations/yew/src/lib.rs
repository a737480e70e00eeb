//! `use_websocket` for Yew, on [`steady_websocket`]: reconnects, delivers every message exactly once,
//! and cleans up.
//!
//! ```no_run
//! use steady_websocket_yew::use_websocket;
//! use yew::prelude::*;
//!
//! #[component]
//! fn Shout() -> Html {
//!     let socket = use_websocket("wss://example.com/echo");
//!     let shout = { let socket = socket.clone(); move |_| { let _ = socket.send("HEY"); } };
//!     html! { <button onclick={shout}>{ format!("{:?}", socket.message) }</button> }
//! }
//! ```
//!
//! | hook | for |
//! | --- | --- |
//! | [`use_websocket`] | text and bytes |
//! | [`use_websocket_with_options`] | the same, with options |
//! | [`use_websocket_as`] | values, through a [codec](steady_websocket::codec) |

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
#[doc = include_str!("../../../docs/migration/yew-hooks.md")]
struct Migration;
