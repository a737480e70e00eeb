//! A native socket beneath a steady one. Payloads are JavaScript's own values, passed by reference.

use crate::core::Text;
use crate::web;
use wasm_bindgen::prelude::*;
use web_sys::EventTarget;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(extends = EventTarget)]
    pub(super) type Native;

    #[wasm_bindgen(method, getter, structural)]
    fn protocol(this: &Native) -> String;

    #[wasm_bindgen(method, getter, structural)]
    fn extensions(this: &Native) -> String;

    #[wasm_bindgen(method, getter, structural, js_name = readyState)]
    fn ready_state(this: &Native) -> u32;

    #[wasm_bindgen(method, getter, structural, js_name = bufferedAmount)]
    fn buffered_amount(this: &Native) -> f64;

    #[wasm_bindgen(method, structural, catch)]
    fn send(this: &Native, data: &JsValue) -> Result<(), JsValue>;

    #[wasm_bindgen(method, structural, catch)]
    fn close(this: &Native) -> Result<(), JsValue>;

    #[wasm_bindgen(method, structural, catch, js_name = close)]
    fn close_with(this: &Native, code: &JsValue, reason: &str) -> Result<(), JsValue>;
}

impl web::Wire for Native {
    type Payload = JsValue;

    fn target(&self) -> &EventTarget {
        self
    }

    fn delivers(&self) -> bool {
        true
    }

    fn protocol(&self) -> Text {
        Self::protocol(self).into()
    }

    fn extensions(&self) -> Text {
        Self::extensions(self).into()
    }

    fn send(&self, payload: &JsValue) -> Result<(), JsValue> {
        Self::send(self, payload)
    }

    fn close(&self, code: Option<u16>, reason: &Text) {
        // The arguments were checked: whatever is thrown is nobody's fault, and the socket is being left.
        let _ = match code {
            None if reason.is_empty() => Self::close(self),
            code => self.close_with(&code.map_or(JsValue::UNDEFINED, Into::into), reason),
        };
    }

    fn buffered_amount(&self) -> u64 {
        Self::buffered_amount(self) as u64
    }

    fn is_parting(&self) -> bool {
        self.ready_state() >= 2
    }
}
