//! Where an address or a list of sub-protocols comes from: known, or asked for at each attempt.

use super::error::OpenError;
use crate::core;
use js_sys::Array;
use std::future::Future;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;

type Then<T> = Box<dyn FnOnce(Option<T>)>;

/// An object, so that an app whose addresses are known does not carry the asking.
pub(super) trait Source<T> {
    /// Calls back with the thing, now or later; with nothing if it is not to be had.
    fn get(&self, then: Then<T>);
}

pub(super) struct Known<T>(pub(super) T);

impl<T: Clone> Source<T> for Known<T> {
    fn get(&self, then: Then<T>) {
        then(Some(self.0.clone()));
    }
}

pub(super) struct Asked<F>(pub(super) F);

impl<T, F, A> Source<T> for Asked<F>
where
    T: 'static,
    F: Fn() -> A,
    A: Future<Output: Provided<T>> + 'static,
{
    fn get(&self, then: Then<T>) {
        let answer = (self.0)();
        spawn_local(async move { then(answer.await.provided()) });
    }
}

/// Sub-protocols as the native constructor takes them, if it will.
pub(super) struct Offer(pub(super) Result<Array, OpenError>);

impl Default for Offer {
    fn default() -> Self {
        Self(Ok(Array::new()))
    }
}

/// A source of sub-protocols. What checks them is reached through it, so that an app that offers none does not
/// carry it.
pub(super) struct Offering<S>(pub(super) S);

impl<S: Source<Vec<String>>> Source<Offer> for Offering<S> {
    fn get(&self, then: Then<Offer>) {
        self.0.get(Box::new(|list| then(list.map(|list| Offer(offer(&list))))));
    }
}

fn offer(list: &[String]) -> Result<Array, OpenError> {
    match core::protocols(list) {
        Ok(()) => Ok(list.iter().map(|one| JsValue::from_str(one)).collect()),
        Err(core::Error::ProtocolRepeated(at)) => Err(OpenError::ProtocolRepeated(at)),
        Err(core::Error::ProtocolToken(at)) => Err(OpenError::ProtocolToken(at)),
        Err(_) => Err(OpenError::NoBrowser),
    }
}

/// What a provider may answer: the thing, or a `Result` of it. An error is a failed attempt.
pub trait Provided<T>: sealed::Sealed {
    #[doc(hidden)]
    fn provided(self) -> Option<T>;
}

impl Provided<String> for String {
    fn provided(self) -> Option<String> {
        Some(self)
    }
}

impl Provided<Vec<String>> for Vec<String> {
    fn provided(self) -> Option<Vec<String>> {
        Some(self)
    }
}

impl<T: Provided<T>, E> Provided<T> for Result<T, E> {
    fn provided(self) -> Option<T> {
        self.ok()
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for String {}
    impl Sealed for Vec<String> {}
    impl<T, E> Sealed for Result<T, E> {}
}

/// Where a socket connects to: a URL, or a closure that is asked for one at every attempt, so that
/// a token in it is fresh.
///
/// ```no_run
/// # use steady_websocket::{OpenError, WebSocket};
/// # async fn fresh_token() -> Result<String, std::io::Error> { Ok(String::new()) }
/// # fn example() -> Result<(), OpenError> {
/// let plain = WebSocket::open("wss://example.com/chat")?;
/// let fresh = WebSocket::builder(|| async {
///     fresh_token().await.map(|token| format!("wss://example.com/chat?token={token}"))
/// })
/// .steady()
/// .open()?;
/// # Ok(()) }
/// ```
pub struct Address(pub(super) Box<dyn Source<String>>);

impl From<&str> for Address {
    fn from(url: &str) -> Self {
        url.to_owned().into()
    }
}

impl From<String> for Address {
    fn from(url: String) -> Self {
        Self(Box::new(Known(url)))
    }
}

impl<F, A> From<F> for Address
where
    F: Fn() -> A + 'static,
    A: Future<Output: Provided<String>> + 'static,
{
    fn from(ask: F) -> Self {
        Self(Box::new(Asked(ask)))
    }
}
