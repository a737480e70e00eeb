//! The native socket beneath a Rust one.

use super::error::OpenError;
use super::message::Parcel;
use crate::core::Text;
use crate::web::Wire;
use js_sys::Uint8Array;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BinaryType, EventTarget};

pub(crate) struct Native(web_sys::WebSocket);

#[wasm_bindgen]
extern "C" {
    /// The native class once more: what is not given is `undefined` to it, so one method does for all.
    #[wasm_bindgen(js_name = WebSocket)]
    type Plain;

    #[wasm_bindgen(constructor, catch, js_class = WebSocket)]
    fn new(url: &str, protocols: &JsValue) -> Result<Plain, Thrown>;

    #[wasm_bindgen(method, catch)]
    fn close(this: &Plain, code: Option<u16>, reason: Option<&str>) -> Result<(), JsValue>;

    /// A `DOMException`, or whatever else.
    type Thrown;

    #[wasm_bindgen(method, getter)]
    fn code(this: &Thrown) -> u16;
}

impl Native {
    pub(super) fn new(url: &str, protocols: &JsValue) -> Result<Self, OpenError> {
        let plain = Plain::new(url, protocols).map_err(|thrown| explain(&thrown, url))?;
        let native: web_sys::WebSocket = plain.unchecked_into();
        native.set_binary_type(BinaryType::Arraybuffer);
        Ok(Self(native))
    }

    pub(super) fn raw(&self) -> web_sys::WebSocket {
        self.0.clone()
    }
}

/// The protocols were checked before; what else may the constructor have thrown?
fn explain(thrown: &Thrown, url: &str) -> OpenError {
    match thrown.code() {
        // `SECURITY_ERR`
        18 => OpenError::Forbidden(url.to_owned()),
        // No `DOMException`: there is no such class.
        0 => OpenError::NoBrowser,
        _ => OpenError::Url(url.to_owned()),
    }
}

impl Wire for Native {
    type Payload = Parcel;

    fn target(&self) -> &EventTarget {
        &self.0
    }

    fn protocol(&self) -> Text {
        self.0.protocol()
    }

    fn extensions(&self) -> Text {
        self.0.extensions()
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
        let native: &Plain = self.0.unchecked_ref();
        let _ = native.close(code, code.map(|_| reason));
    }

    fn buffered_amount(&self) -> u64 {
        self.0.buffered_amount().into()
    }

    fn is_parting(&self) -> bool {
        self.0.ready_state() >= web_sys::WebSocket::CLOSING
    }
}
