use super::{Codec, Decode, Encode};
use crate::{Outgoing, Payload};
use js_sys::JSON;
use serde::{Serialize, de::DeserializeOwned};
use serde_wasm_bindgen::Serializer;
use std::fmt;
use wasm_bindgen::JsValue;

/// JSON text messages by the browser's own parser and `serde-wasm-bindgen`: a smaller download than
/// [`Json`](super::Json), and values can be [`JsValue`]s that stay in JavaScript (with
/// `serde_wasm_bindgen::preserve`).
#[derive(Clone, Copy, Debug, Default)]
pub struct JsJson;

/// An error of the browser's parser or of `serde-wasm-bindgen`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsJsonError(String);

impl fmt::Display for JsJsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for JsJsonError {}

/// Both throw an `Error`.
fn error(thrown: impl Into<JsValue>) -> JsJsonError {
    let thrown = thrown.into();
    let error: &js_sys::Error = wasm_bindgen::JsCast::unchecked_ref(&thrown);
    JsJsonError(error.message().into())
}

impl Codec for JsJson {
    type Error = JsJsonError;
}

impl<T: Serialize + ?Sized> Encode<T> for JsJson {
    fn encode(&self, value: &T) -> Result<Outgoing, Self::Error> {
        let value = value.serialize(&Serializer::json_compatible()).map_err(error)?;
        match JSON::stringify(&value).map_err(error)?.as_string() {
            Some(text) => Ok(text.into()),
            // JSON.stringify(undefined) is undefined.
            None => Err(JsJsonError("the value has no JSON form".to_owned())),
        }
    }
}

impl<T: DeserializeOwned> Decode<T> for JsJson {
    fn decode(&self, message: &Payload) -> Result<T, Self::Error> {
        match message.as_text() {
            Some(text) => serde_wasm_bindgen::from_value(JSON::parse(text).map_err(error)?).map_err(error),
            None => Err(JsJsonError("expected a text message, not a binary one".to_owned())),
        }
    }
}
