use super::{Codec, Decode, Encode};
use crate::{Outgoing, Payload};
use rmp_serde::decode::Error as Unreadable;
use serde::{Serialize, de::DeserializeOwned};
use std::error::Error;

/// MessagePack binary messages by `rmp-serde`. Structs are encoded as maps, so that fields may be added.
#[derive(Clone, Copy, Debug, Default)]
pub struct MsgPack;

impl Codec for MsgPack {
    type Error = Box<dyn Error>;
}

impl<T: Serialize + ?Sized> Encode<T> for MsgPack {
    fn encode(&self, value: &T) -> Result<Outgoing, Self::Error> {
        Ok(rmp_serde::to_vec_named(value)?.into())
    }
}

impl<T: DeserializeOwned> Decode<T> for MsgPack {
    fn decode(&self, message: &Payload) -> Result<T, Self::Error> {
        match message.as_text() {
            None => Ok(rmp_serde::from_slice(&message.to_vec())?),
            Some(_) => {
                Err(Unreadable::Uncategorized("expected a binary message, not a text one".into()).into())
            }
        }
    }
}
