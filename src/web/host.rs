//! The platform outside of browsers: none, until a thread installs a [`Platform`]. The names are those of `browser`.

use super::connection::SocketEvent;
use crate::core::Page;
use crate::socket::OpenError;
use js_sys::{ArrayBuffer, Uint8Array};
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use wasm_bindgen::JsValue;

/// A platform in place of the browser. It may call back at any time; dropping a returned guard undoes the call.
pub(crate) trait Platform {
    /// Returns the milliseconds of the monotonic clock.
    fn monotonic(&self) -> f64;
    /// Returns the milliseconds of the wall clock.
    fn wall(&self) -> f64;
    /// Returns a random number from 0 to below 1.
    fn random(&self) -> f64;
    /// Calls `run` once, after so many milliseconds. `None`: it was posted as a task, which cannot be cancelled.
    fn after(&self, delay: i32, run: Rc<dyn Fn()>) -> Option<Box<dyn Guard>>;
    /// Runs the future; does not poll it within this call.
    fn spawn(&self, future: Pin<Box<dyn Future<Output = ()>>>);
    fn is_offline(&self) -> bool;
    /// Calls `handle` for page events.
    fn listen(&self, handle: fn(Page)) -> Box<dyn Guard>;
    /// Starts a connection.
    fn connect(&self, url: &str, protocols: &[String]) -> Result<Rc<dyn HostSocket>, OpenError>;
}

/// Undoes a call to the platform when it is dropped.
pub(crate) trait Guard {}

/// A connection of a platform.
pub(crate) trait HostSocket {
    /// Calls `handle` for its events.
    fn listen(&self, handle: Rc<dyn Fn(SocketEvent)>) -> Box<dyn Guard>;
    fn url(&self) -> String;
    fn protocol(&self) -> String;
    fn extensions(&self) -> String;
    /// Sends a message; returns whether it was accepted.
    fn send(&self, message: NativeData<'_>) -> bool;
    fn close(&self, code: Option<u16>, reason: &str);
    fn buffered_amount(&self) -> u64;
    fn is_closing(&self) -> bool;
}

/// A message for a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) enum NativeData<'m> {
    Text(&'m str),
    Bytes(&'m [u8]),
}

thread_local! {
    static PLATFORM: RefCell<Option<Rc<dyn Platform>>> = const { RefCell::new(None) };
}

/// Sets or removes the platform of this thread.
#[cfg(any(test, feature = "network"))]
pub(crate) fn install(platform: Option<Rc<dyn Platform>>) {
    // At the end of a thread it may be gone before the sockets and networks that the thread has kept.
    let former = PLATFORM.try_with(|current| current.replace(platform));
    drop(former);
}

fn platform() -> Option<Rc<dyn Platform>> {
    PLATFORM.try_with(|current| current.borrow().clone()).ok().flatten()
}

pub(crate) fn is_there() -> bool {
    platform().is_some()
}

pub(crate) fn monotonic() -> f64 {
    platform().map_or(0.0, |platform| platform.monotonic())
}

pub(crate) fn wall() -> f64 {
    platform().map_or(0.0, |platform| platform.wall())
}

pub(crate) fn random() -> f64 {
    platform().map_or(0.0, |platform| platform.random())
}

pub(crate) type Timeout = Box<dyn Guard>;

pub(crate) fn after(delay: i32, run: impl Fn() + 'static) -> Option<Timeout> {
    platform()?.after(delay, Rc::new(run))
}

pub(crate) fn spawn_local(future: impl Future<Output = ()> + 'static) {
    if let Some(platform) = platform() {
        platform.spawn(Box::pin(future));
    }
}

pub(crate) fn is_offline() -> bool {
    platform().is_some_and(|platform| platform.is_offline())
}

pub(crate) struct PageListeners {
    _guard: Option<Box<dyn Guard>>,
}

impl PageListeners {
    pub(crate) fn new(handle: fn(Page)) -> Self {
        Self { _guard: platform().map(|platform| platform.listen(handle)) }
    }
}

pub(crate) type NativeProtocols = Vec<String>;

pub(crate) const NO_PROTOCOLS: NativeProtocols = Vec::new();

pub(crate) fn native_protocols(list: &[String]) -> NativeProtocols {
    list.to_vec()
}

pub(crate) struct Socket(Rc<dyn HostSocket>);

pub(crate) type Listeners = Cell<Option<Box<dyn Guard>>>;

impl Socket {
    pub(crate) fn new(url: &str, protocols: &NativeProtocols) -> Result<Self, OpenError> {
        platform().ok_or(OpenError::NoBrowser)?.connect(url, protocols).map(Self)
    }

    pub(crate) fn listen(&self, handle: impl Fn(SocketEvent) + 'static) -> Listeners {
        Cell::new(Some(self.0.listen(Rc::new(handle))))
    }

    pub(crate) fn unlisten(&self, listeners: &Listeners) {
        drop(listeners.take());
    }

    pub(crate) fn url(&self) -> String {
        self.0.url()
    }

    pub(crate) fn protocol(&self) -> String {
        self.0.protocol()
    }

    pub(crate) fn extensions(&self) -> String {
        self.0.extensions()
    }

    pub(crate) fn send_text(&self, text: &str) -> bool {
        self.0.send(NativeData::Text(text))
    }

    pub(crate) fn send_bytes(&self, bytes: &[u8]) -> bool {
        self.0.send(NativeData::Bytes(bytes))
    }

    pub(crate) fn send_js(&self, value: &JsValue) -> bool {
        self.0.send(NativeData::Bytes(&read_js(value)))
    }

    pub(crate) fn close(&self, code: Option<u16>, reason: &str) {
        self.0.close(code, reason);
    }

    pub(crate) fn buffered_amount(&self) -> u64 {
        self.0.buffered_amount()
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.0.is_closing()
    }

    pub(crate) fn raw(&self) -> Option<web_sys::WebSocket> {
        None
    }
}

pub(crate) type Buffer = Vec<u8>;

pub(crate) fn byte_length(buffer: &Buffer) -> u64 {
    buffer.len() as u64
}

pub(crate) fn to_vec(buffer: &Buffer) -> Vec<u8> {
    buffer.clone()
}

/// Fills `target`; the buffer is at least as long.
pub(crate) fn copy_to(buffer: &Buffer, target: &mut [u8]) {
    target.copy_from_slice(buffer.get(..target.len()).unwrap_or_default());
}

pub(crate) fn as_js(_: &Buffer) -> Option<&ArrayBuffer> {
    None
}

// There are no JavaScript values on the host; wasm-bindgen panics.

pub(crate) fn into_js(buffer: Buffer) -> JsValue {
    Uint8Array::from(buffer.as_slice()).buffer().into()
}

pub(crate) fn read_js(value: &JsValue) -> Vec<u8> {
    Uint8Array::new(value).to_vec()
}
