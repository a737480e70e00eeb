use crate::options::{BadMessage, UseWebSocketOptions};
use crate::returned::UseWebSocketReturn;
use crate::running::Read;
use crate::use_websocket::use_socket;
use leptos::prelude::Signal;
use std::fmt::Display;
use std::ops::Deref;
use std::rc::Rc;
use steady_websocket::Ticket;
use steady_websocket::codec::{Codec, Decode, Encode, EncodeError};

/// [`use_websocket_with_options`](crate::use_websocket_with_options) with values of type `T` instead of
/// messages.
///
/// A message that does not decode goes to
/// [`on_bad_message`](crate::UseWebSocketOptions::on_bad_message), and the next one comes as usual.
///
/// # Example
///
/// ```no_run
/// # #[cfg(feature = "json")] mod example {
/// use leptos::prelude::*;
/// use serde::{Deserialize, Serialize};
/// use steady_websocket::codec::Json;
/// use steady_websocket_leptos::{UseWebSocketOptions, use_websocket_as};
///
/// #[derive(Clone, Serialize, Deserialize)]
/// struct Price { share: String, cents: u64 }
///
/// #[component]
/// fn Ticker() -> impl IntoView {
///     let prices = use_websocket_as::<Price, _>("wss://example.com", Json, UseWebSocketOptions::default());
///     view! { <p>{move || prices.message.get().map(|price| format!("{} {}", price.share, price.cents))}</p> }
/// }
/// # }
/// ```
pub fn use_websocket_as<T, C>(
    url: impl Into<Signal<String>>,
    codec: C,
    options: UseWebSocketOptions<T>,
) -> UseTypedWebSocketReturn<T, C>
where
    T: Clone + Send + Sync + 'static,
    C: Decode<T> + Clone + 'static,
    C::Error: Display,
{
    let reader = codec.clone();
    let read: Read<T> = Rc::new(move |message| {
        reader.decode(&message).map_err(|error| BadMessage { error: error.to_string(), message })
    });
    UseTypedWebSocketReturn { socket: use_socket(url.into(), options, read), codec }
}

/// What [`use_websocket_as`] returns: a [`UseWebSocketReturn`] that sends values. `Copy` if the codec
/// is.
pub struct UseTypedWebSocketReturn<T: Send + Sync + 'static, C> {
    socket: UseWebSocketReturn<T>,
    codec: C,
}

impl<T: Send + Sync, C: Clone> Clone for UseTypedWebSocketReturn<T, C> {
    fn clone(&self) -> Self {
        Self { socket: self.socket, codec: self.codec.clone() }
    }
}

impl<T: Send + Sync, C: Copy> Copy for UseTypedWebSocketReturn<T, C> {}

impl<T: Send + Sync, C: Codec> UseTypedWebSocketReturn<T, C> {
    /// Sends whatever the codec can write.
    pub fn send<V: ?Sized>(&self, value: &V) -> Result<Ticket, EncodeError<C::Error>>
    where
        C: Encode<V>,
    {
        let message = self.codec.encode(value).map_err(EncodeError::Encode)?;
        Ok(self.socket.send(message)?)
    }
}

impl<T: Send + Sync, C> Deref for UseTypedWebSocketReturn<T, C> {
    type Target = UseWebSocketReturn<T>;

    fn deref(&self) -> &UseWebSocketReturn<T> {
        &self.socket
    }
}
