//! Typed messages.
//!
//! ```no_run
//! # #[cfg(feature = "json")]
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use steady_websocket::{WebSocket, codec::Json};
//!
//! #[derive(serde::Serialize)]
//! struct Say<'a> { text: &'a str }
//! #[derive(serde::Deserialize)]
//! struct Said { who: String, text: String }
//!
//! let (tx, rx) = WebSocket::open("wss://example.com/chat")?.split();
//! let (tx, mut rx) = (tx.typed(Json), rx.typed::<Said, _>(Json));
//! tx.send(&Say { text: "hello" }).await?;
//! while let Some(said) = rx.next().await {
//!     match said {
//!         Ok(Said { who, text }) => println!("{who}: {text}"),
//!         // The stream goes on.
//!         Err(bad) => println!("not for us: {bad:?}"),
//!     }
//! }
//! # Ok(()) }
//! ```

#[cfg(feature = "js-json")]
mod js_json;
#[cfg(feature = "json")]
mod json;
#[cfg(feature = "msgpack")]
mod msgpack;
mod typed;

#[cfg(feature = "js-json")]
pub use js_json::{JsJson, JsJsonError};
#[cfg(feature = "json")]
pub use json::Json;
#[cfg(feature = "msgpack")]
pub use msgpack::MsgPack;
pub use typed::{DecodeError, EncodeError, Typed};

use crate::{Outgoing, Payload};

/// Converts between values and messages. Implement it for formats beyond serde.
pub trait Codec {
    /// The error of a conversion.
    type Error;
}

/// Encodes values of a type.
pub trait Encode<T: ?Sized>: Codec {
    /// Encodes a value.
    fn encode(&self, value: &T) -> Result<Outgoing, Self::Error>;
}

/// Decodes values of a type.
pub trait Decode<T>: Codec {
    /// Decodes a message.
    fn decode(&self, message: &Payload) -> Result<T, Self::Error>;
}
