//! The fault server's address, its control port, and time. Shared with the hooks' tests.
#![allow(dead_code, reason = "each uses what it needs")]

use js_sys::{JSON, Promise, Reflect};
use std::cell::Cell;
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = fetch)]
    fn fetch(url: &str, init: &JsValue) -> Promise;
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(run: &js_sys::Function, millis: u32);
}

async fn get(url: &str, method: &str) -> JsValue {
    let init = JSON::parse(&format!(r#"{{"method":"{method}"}}"#)).unwrap();
    let response = JsFuture::from(fetch(url, &init)).await.unwrap();
    let text = field(&response, "text").unchecked_into::<js_sys::Function>();
    let text: JsValue = text.call0(&response).unwrap();
    let text = JsFuture::from(text.unchecked_into::<Promise>()).await.unwrap();
    JSON::parse(&text.as_string().unwrap()).unwrap()
}

async fn address(key: &str) -> String {
    field(&get("/test-server.json", "GET").await, key).as_string().unwrap()
}

/// Returns the URL of a behaviour.
pub async fn url(path: &str) -> String {
    address("ws").await + path
}

/// Sends a POST to the control port.
pub async fn control(path: &str) -> JsValue {
    get(&(address("http").await + path), "POST").await
}

/// Reads from the control port.
pub async fn ask(path: &str) -> JsValue {
    get(&(address("http").await + path), "GET").await
}

/// Returns a member of an object.
pub fn field(object: &JsValue, key: &str) -> JsValue {
    Reflect::get(object, &key.into()).unwrap()
}

/// Returns a name that no other connection has.
pub fn tag() -> String {
    format!("rust-{}", (js_sys::Math::random() * 1e15) as u64)
}

/// Waits.
pub async fn sleep(millis: u32) {
    let promise = Promise::new(&mut |resolve, _| set_timeout(&resolve, millis));
    JsFuture::from(promise).await.unwrap();
}

/// Returns whether the future completes within the time.
pub async fn within<F: Future>(millis: u32, future: F) -> Option<F::Output> {
    let (mut future, mut time) = (pin!(future), pin!(sleep(millis)));
    std::future::poll_fn(|context: &mut Context<'_>| {
        if let Poll::Ready(done) = future.as_mut().poll(context) {
            return Poll::Ready(Some(done));
        }
        let time: Pin<&mut _> = time.as_mut();
        time.poll(context).map(|()| None)
    })
    .await
}

/// Counts the calls of a function of two arguments, until it is dropped.
pub struct Counted {
    owner: JsValue,
    name: &'static str,
    native: JsValue,
    calls: Rc<Cell<u32>>,
    _counts: Closure<dyn Fn(JsValue, JsValue) -> JsValue>,
}

impl Counted {
    pub fn new(owner: JsValue, name: &'static str) -> Self {
        let native = field(&owner, name);
        let calls = Rc::new(Cell::new(0));
        let (count, this) = (calls.clone(), owner.clone());
        let called: js_sys::Function = native.clone().unchecked_into();
        let counts = Closure::<dyn Fn(JsValue, JsValue) -> JsValue>::new(move |run, how| {
            count.set(count.get() + 1);
            called.call2(&this, &run, &how).unwrap()
        });
        Reflect::set(&owner, &name.into(), counts.as_ref()).unwrap();
        Self { owner, name, native, calls, _counts: counts }
    }

    pub fn calls(&self) -> u32 {
        self.calls.get()
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        Reflect::set(&self.owner, &self.name.into(), &self.native).unwrap();
    }
}
