//! The native socket beneath a Rust one.

use super::error::OpenError;
use super::message::Parcel;
use crate::core::Text;
use crate::web::Wire;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BinaryType, EventTarget};

pub(crate) struct Native(web_sys::WebSocket);

impl Native {
    pub(super) fn new(url: &str, protocols: &Array) -> Result<Self, OpenError> {
        let native = web_sys::WebSocket::new_with_str_sequence(url, protocols)
            .map_err(|thrown| explain(&thrown, url))?;
        native.set_binary_type(BinaryType::Arraybuffer);
        Ok(Self(native))
    }

    pub(super) fn raw(&self) -> web_sys::WebSocket {
        self.0.clone()
    }
}

#[wasm_bindgen]
extern "C" {
    type Closable;

    /// One method for both: nothing is said of what is not given.
    #[wasm_bindgen(method, catch)]
    fn close(this: &Closable, code: Option<u16>, reason: Option<&str>) -> Result<(), JsValue>;

    /// A `DOMException`, or whatever else.
    type Thrown;

    #[wasm_bindgen(method, getter)]
    fn name(this: &Thrown) -> Option<String>;
}

/// The protocols were checked before; what else may the constructor have thrown?
fn explain(thrown: &JsValue, url: &str) -> OpenError {
    match thrown.unchecked_ref::<Thrown>().name().as_deref() {
        Some("SecurityError") => OpenError::Forbidden(url.to_owned()),
        Some("ReferenceError") => OpenError::NoBrowser,
        _ => OpenError::Url(url.to_owned()),
    }
}

impl Wire for Native {
    type Payload = Parcel;

    fn target(&self) -> &EventTarget {
        &self.0
    }

    fn protocol(&self) -> Text {
        self.0.protocol().into()
    }

    fn extensions(&self) -> Text {
        self.0.extensions().into()
    }

    fn send(&self, parcel: &Parcel) -> bool {
        let sent = match parcel {
            Parcel::Text(text) => self.0.send_with_str(text),
            // The native send takes no view of shared memory.
            Parcel::Bytes(bytes) if cfg!(target_feature = "atomics") => {
                self.0.send_with_array_buffer(&Uint8Array::from(bytes.as_slice()).buffer())
            }
            Parcel::Bytes(bytes) => self.0.send_with_u8_array(bytes),
            // Any kind: the name is all that tells these methods apart.
            Parcel::Js(value) => self.0.send_with_array_buffer(value.unchecked_ref()),
        };
        sent.is_ok()
    }

    fn close(&self, code: Option<u16>, reason: &str) {
        // It throws for bad arguments only, and these were checked.
        let native: &Closable = self.0.unchecked_ref();
        let _ = native.close(code, code.map(|_| reason));
    }

    fn buffered_amount(&self) -> u64 {
        self.0.buffered_amount().into()
    }

    fn is_parting(&self) -> bool {
        self.0.ready_state() >= web_sys::WebSocket::CLOSING
    }
}
