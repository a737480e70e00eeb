use crate::contender::{Contender, Socket};
use js_sys::{Float64Array, Promise};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance)]
    fn now() -> f64;
}

/// A socket. Operations do not overlap.
#[wasm_bindgen]
pub struct Line {
    socket: Rc<RefCell<Option<Socket>>>,
    opened: Promise,
}

#[wasm_bindgen]
impl Line {
    /// Does not wait; `opened` does.
    #[wasm_bindgen(constructor)]
    pub fn new(url: String) -> Self {
        let socket = Rc::new(RefCell::new(None));
        let place = Rc::clone(&socket);
        let opened = future_to_promise(async move {
            *place.borrow_mut() = Some(Socket::open(&url).await);
            Ok(JsValue::UNDEFINED)
        });
        Self { socket, opened }
    }

    #[wasm_bindgen(getter)]
    pub fn opened(&self) -> Promise {
        self.opened.clone()
    }

    /// Requests a flood, and waits for all of it.
    pub fn flood(&self, count: u32) -> Promise {
        self.with(async move |socket| {
            socket.text("go").await;
            (socket.receive(count).await as f64).into()
        })
    }

    /// The same bytes as `payload` in `line.js`.
    pub fn send(&self, kind: String, size: usize, count: u32) -> Promise {
        let text = match kind.as_str() {
            "unicode" => "€".repeat(size / 3) + &"x".repeat(size % 3),
            _ => "x".repeat(size),
        };
        self.with(async move |socket| {
            let bytes = vec![0xa5; size];
            for _ in 0..count {
                if kind == "binary" {
                    socket.binary(&bytes).await;
                } else {
                    socket.text(&text).await;
                }
            }
            JsValue::UNDEFINED
        })
    }

    /// Round trips one after the other, each in milliseconds.
    pub fn trips(&self, count: u32) -> Promise {
        self.with(async move |socket| {
            let took = Float64Array::new_with_length(count);
            for trip in 0..count {
                let start = now();
                socket.text("ping").await;
                socket.next().await;
                took.set_index(trip, now() - start);
            }
            took.into()
        })
    }

    /// By dropping it, as all of them do when their owner is dropped.
    pub fn close(&self) {
        self.socket.take();
    }

    fn with(&self, work: impl AsyncFnOnce(&mut Socket) -> JsValue + 'static) -> Promise {
        let place = Rc::clone(&self.socket);
        future_to_promise(async move {
            let mut socket = place.take().unwrap_throw();
            let answer = work(&mut socket).await;
            *place.borrow_mut() = Some(socket);
            Ok(answer)
        })
    }
}
