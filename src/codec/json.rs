use super::{Codec, Decode, Encode};
use crate::{Outgoing, Payload};
use serde::{Serialize, de::DeserializeOwned};

/// JSON text messages by `serde_json`. Also decodes JSON in binary messages.
#[derive(Clone, Copy, Debug, Default)]
pub struct Json;

impl Codec for Json {
    type Error = serde_json::Error;
}

impl<T: Serialize + ?Sized> Encode<T> for Json {
    fn encode(&self, value: &T) -> Result<Outgoing, Self::Error> {
        serde_json::to_string(value).map(Outgoing::from)
    }
}

impl<T: DeserializeOwned> Decode<T> for Json {
    fn decode(&self, message: &Payload) -> Result<T, Self::Error> {
        match message.as_text() {
            Some(text) => serde_json::from_str(text),
            None => serde_json::from_slice(&message.to_vec()),
        }
    }
}
