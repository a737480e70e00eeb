//! The browser's own `WebSocket`.

use super::listener::{Listener, listen, unlisten};
use crate::core::CloseInfo;
use crate::socket::OpenError;
use crate::web::connection::{Data, SocketEvent};
use js_sys::{Array, ArrayBuffer, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BinaryType, CloseEvent, MessageEvent};

pub(crate) struct Socket(web_sys::WebSocket);

#[wasm_bindgen]
extern "C" {
    /// The native class, declared again with optional arguments.
    #[wasm_bindgen(js_name = WebSocket)]
    type NativeWebSocket;

    #[wasm_bindgen(constructor, catch, js_class = WebSocket)]
    fn new(url: &str, protocols: &JsValue) -> Result<NativeWebSocket, Thrown>;

    #[wasm_bindgen(method, catch)]
    fn close(this: &NativeWebSocket, code: Option<u16>, reason: Option<&str>) -> Result<(), JsValue>;

    /// A `DOMException`, or any other value.
    type Thrown;

    #[wasm_bindgen(method, getter)]
    fn code(this: &Thrown) -> u16;
}

/// Sub-protocols for the native constructor.
pub(crate) type NativeProtocols = JsValue;

/// No sub-protocols.
pub(crate) const NO_PROTOCOLS: NativeProtocols = JsValue::UNDEFINED;

pub(crate) fn native_protocols(list: &[String]) -> NativeProtocols {
    list.iter().map(|one| JsValue::from_str(one)).collect::<Array>().into()
}

impl Socket {
    /// Starts a connection.
    pub(crate) fn new(url: &str, protocols: &NativeProtocols) -> Result<Self, OpenError> {
        let plain = NativeWebSocket::new(url, protocols).map_err(|thrown| explain(&thrown, url))?;
        let native: web_sys::WebSocket = plain.unchecked_into();
        native.set_binary_type(BinaryType::Arraybuffer);
        Ok(Self(native))
    }

    pub(crate) fn listen(&self, handle: impl Fn(SocketEvent) + 'static) -> Listeners {
        let listener = Listener::new(move |event: JsValue| handle(read(event)));
        listen(&self.0, &EVENTS, &listener);
        listener
    }

    pub(crate) fn unlisten(&self, listener: &Listeners) {
        unlisten(&self.0, &EVENTS, listener);
    }

    /// Returns the URL, as normalized by the browser.
    pub(crate) fn url(&self) -> String {
        self.0.url()
    }

    /// Returns the sub-protocol that the server chose.
    pub(crate) fn protocol(&self) -> String {
        self.0.protocol()
    }

    /// Returns the extensions in use.
    pub(crate) fn extensions(&self) -> String {
        self.0.extensions()
    }

    pub(crate) fn send_text(&self, text: &str) -> bool {
        self.0.send_with_str(text).is_ok()
    }

    pub(crate) fn send_bytes(&self, bytes: &[u8]) -> bool {
        if cfg!(target_feature = "atomics") {
            // The native send rejects views of shared memory.
            self.send_js(&Uint8Array::from(bytes).buffer())
        } else {
            self.0.send_with_u8_array(bytes).is_ok()
        }
    }

    /// Sends a value of any type; the native method is the same for all.
    pub(crate) fn send_js(&self, value: &JsValue) -> bool {
        self.0.send_with_array_buffer(value.unchecked_ref()).is_ok()
    }

    /// Starts the closing handshake. The arguments were checked.
    pub(crate) fn close(&self, code: Option<u16>, reason: &str) {
        // It only throws for invalid arguments.
        let native: &NativeWebSocket = self.0.unchecked_ref();
        let _ = native.close(code, code.map(|_| reason));
    }

    /// Returns the native `bufferedAmount`.
    pub(crate) fn buffered_amount(&self) -> u64 {
        self.0.buffered_amount().into()
    }

    /// Returns whether the native socket is closing or closed; there is no event for it.
    pub(crate) fn is_closing(&self) -> bool {
        self.0.ready_state() >= web_sys::WebSocket::CLOSING
    }

    pub(crate) fn raw(&self) -> Option<web_sys::WebSocket> {
        Some(self.0.clone())
    }
}

/// Interprets an exception of the constructor. The protocols were checked before.
fn explain(thrown: &Thrown, url: &str) -> OpenError {
    match thrown.code() {
        // `SECURITY_ERR`
        18 => OpenError::Forbidden(url.to_owned()),
        // No `DOMException`: the class does not exist.
        0 => OpenError::NoBrowser,
        _ => OpenError::Url(url.to_owned()),
    }
}

/// The listener on a socket: one for all its events.
pub(crate) type Listeners = Listener;

const EVENTS: [&str; 4] = ["open", "message", "error", "close"];

fn read(event: JsValue) -> SocketEvent {
    let message: &MessageEvent = event.unchecked_ref();
    // Before the name, because reading that copies it. No other event has data.
    let data = message.data();
    if let Some(text) = data.as_string() {
        return SocketEvent::Message(Data::Text(text));
    }
    if !data.is_undefined() {
        return SocketEvent::Message(Data::Buffer(data.unchecked_into()));
    }
    match message.type_().as_bytes() {
        [b'o', ..] => SocketEvent::Open,
        [b'c', ..] => {
            let event: CloseEvent = event.unchecked_into();
            let (code, reason, was_clean) = (event.code(), event.reason(), event.was_clean());
            SocketEvent::Close(CloseInfo { code, reason, was_clean })
        }
        _ => SocketEvent::Error,
    }
}

/// The bytes of a received message in JavaScript.
pub(crate) type Buffer = ArrayBuffer;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = Uint8Array)]
    type ByteView;

    #[wasm_bindgen(constructor, js_class = Uint8Array)]
    fn view(of: &JsValue) -> ByteView;

    /// Copies the bytes: wasm-bindgen converts the returned view.
    #[wasm_bindgen(method, js_name = valueOf)]
    fn to_bytes(this: &ByteView) -> Vec<u8>;
}

pub(crate) fn byte_length(buffer: &Buffer) -> u64 {
    buffer.byte_length().into()
}

pub(crate) fn to_vec(buffer: &Buffer) -> Vec<u8> {
    read_js(buffer)
}

/// Returns a copy of the bytes of a buffer or of a view.
pub(crate) fn read_js(value: &JsValue) -> Vec<u8> {
    ByteView::view(value).to_bytes()
}

/// Fills `target`; the buffer is at least as long.
pub(crate) fn copy_to(buffer: &Buffer, target: &mut [u8]) {
    // A slice in wasm32 is always shorter than 4 GiB.
    let count = u32::try_from(target.len()).unwrap_or(u32::MAX);
    Uint8Array::new_with_byte_offset_and_length(buffer, 0, count).copy_to(target);
}

pub(crate) fn as_js(buffer: &Buffer) -> Option<&ArrayBuffer> {
    Some(buffer)
}

pub(crate) fn into_js(buffer: Buffer) -> JsValue {
    buffer.into()
}
