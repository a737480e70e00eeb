use crate::options::UseWebSocketOptions;
use crate::returned::UseWebSocketReturn;
use crate::use_websocket::use_socket;
use std::fmt::Display;
use steady_websocket::codec::Decode;
use steady_websocket_hooks::{Typed, decoder};
use yew::hook;

/// [`use_websocket_with_options`](crate::use_websocket_with_options) with values of type `T` instead of
/// messages.
///
/// A message that does not decode goes to
/// [`on_bad_message`](crate::UseWebSocketOptions::on_bad_message), and the stream continues.
///
/// # Example
///
/// ```no_run
/// # #[cfg(feature = "json")] mod example {
/// use serde::{Deserialize, Serialize};
/// use steady_websocket::codec::Json;
/// use steady_websocket_yew::{UseWebSocketOptions, use_websocket_as};
/// use yew::prelude::*;
///
/// #[derive(Clone, Serialize, Deserialize)]
/// struct Price { share: String, cents: u64 }
///
/// #[component]
/// fn Ticker() -> Html {
///     let prices = use_websocket_as::<Price, _>("wss://example.com", Json, UseWebSocketOptions::default());
///     let latest = prices.message.as_ref().map(|price| format!("{} {}", price.share, price.cents));
///     html! { <p>{ latest }</p> }
/// }
/// # }
/// ```
#[hook]
pub fn use_websocket_as<T, C>(
    url: impl Into<String>,
    codec: C,
    options: UseWebSocketOptions<T>,
) -> UseTypedWebSocketReturn<T, C>
where
    T: Clone + 'static,
    C: Decode<T> + Clone + 'static,
    C::Error: Display,
{
    Typed::new(use_socket(url.into(), options, decoder(codec.clone())), codec)
}

/// The return value of [`use_websocket_as`]: a [`UseWebSocketReturn`] that sends values.
pub type UseTypedWebSocketReturn<T, C> = Typed<UseWebSocketReturn<T>, C>;
