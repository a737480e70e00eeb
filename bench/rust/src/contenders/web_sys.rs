//! The limit: one closure that receives the messages, and nothing else.

use super::Contender;
use js_sys::{Promise, Uint8Array};
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{BinaryType, MessageEvent, WebSocket};

#[derive(Default)]
struct Heard {
    messages: Cell<u32>,
    bytes: Cell<usize>,
    wanted: Cell<u32>,
    waker: RefCell<Option<Waker>>,
}

pub struct Socket {
    socket: WebSocket,
    heard: Rc<Heard>,
    _listener: Closure<dyn FnMut(MessageEvent)>,
}

impl Contender for Socket {
    async fn open(url: &str) -> Self {
        let socket = WebSocket::new(url).unwrap_throw();
        socket.set_binary_type(BinaryType::Arraybuffer);
        let heard = Rc::new(Heard::default());
        let hears = Rc::clone(&heard);
        let listener = Closure::new(move |event: MessageEvent| hears.take(&event.data()));
        socket.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        let opened = Promise::new(&mut |resolve, _| socket.set_onopen(Some(&resolve)));
        JsFuture::from(opened).await.unwrap_throw();
        Self { socket, heard, _listener: listener }
    }

    async fn next(&mut self) -> usize {
        self.receive(1).await
    }

    async fn receive(&mut self, count: u32) -> usize {
        let heard = &self.heard;
        heard.wanted.set(count);
        poll_fn(|context| {
            if heard.messages.get() >= count {
                return Poll::Ready(());
            }
            *heard.waker.borrow_mut() = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
        heard.messages.set(heard.messages.get() - count);
        heard.bytes.take()
    }

    async fn text(&mut self, text: &str) {
        self.socket.send_with_str(text).unwrap_throw();
    }

    async fn binary(&mut self, bytes: &[u8]) {
        self.socket.send_with_u8_array(bytes).unwrap_throw();
    }
}

impl Heard {
    fn take(&self, data: &JsValue) {
        let length = match data.as_string() {
            Some(text) => text.len(),
            None => Uint8Array::new(data).to_vec().len(),
        };
        self.bytes.set(self.bytes.get() + length);
        self.messages.set(self.messages.get() + 1);
        if self.messages.get() >= self.wanted.get()
            && let Some(waker) = self.waker.take()
        {
            waker.wake();
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.socket.set_onmessage(None);
        let _ = self.socket.close();
    }
}
