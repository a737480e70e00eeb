//! One socket's life within a component.

use crate::options::{BadMessage, UseWebSocketOptions};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use steady_websocket::{Closed, Event, Events, OpenError, Payload, ReadyState, Receiver, Sender, WebSocket};
use wasm_bindgen_futures::spawn_local;
use yew::functional::UseStateSetter;

pub(crate) type Read<T> = Rc<dyn Fn(Payload) -> Result<T, BadMessage>>;

/// Where the component sees what happens.
pub(crate) struct View<T> {
    pub(crate) ready_state: UseStateSetter<ReadyState>,
    pub(crate) message: UseStateSetter<Option<T>>,
    pub(crate) closed: UseStateSetter<Option<Closed>>,
    pub(crate) error: UseStateSetter<Option<OpenError>>,
    /// The callbacks of the latest rendering.
    pub(crate) options: Rc<RefCell<UseWebSocketOptions<T>>>,
    pub(crate) read: Read<T>,
}

impl<T: Clone + 'static> View<T> {
    /// Opens a socket and begins to show it. What it returns ends both.
    pub(crate) fn open(self, url: &str, current: Rc<RefCell<Option<Sender>>>) -> impl FnOnce() + use<T> {
        let mounted = Rc::new(Cell::new(true));
        let opened = {
            let options = self.options.borrow().clone();
            let builder = WebSocket::builder(url).protocols(options.protocols).steady();
            match options.configure {
                Some(configure) => configure(builder),
                None => builder,
            }
            .open()
        };
        self.closed.set(None);
        self.error.set(opened.as_ref().err().cloned());
        if opened.is_err() {
            self.ready_state.set(ReadyState::Closed);
        }
        let sender = opened.ok().map(|socket| {
            let (sender, receiver) = socket.split();
            self.ready_state.set(sender.ready_state());
            let view = Rc::new(self);
            spawn_local(view.clone().events(sender.clone(), sender.events(), mounted.clone()));
            spawn_local(view.messages(receiver, mounted.clone()));
            sender
        });
        current.replace(sender.clone());
        move || {
            mounted.set(false);
            current.take();
            if let Some(sender) = sender {
                // What was sent before goes out before the end.
                drop(sender.close(1000, ""));
            }
        }
    }

    async fn messages(self: Rc<Self>, mut receiver: Receiver, mounted: Rc<Cell<bool>>) {
        while let Some(first) = receiver.next_payload().await {
            let (mut next, mut latest) = (Some(first), None);
            // Whatever is there already is delivered before the component is rendered, once.
            while let Some(payload) = next.filter(|_| mounted.get()) {
                latest = self.deliver(payload).or(latest);
                next = receiver.take_payload();
            }
            if !mounted.get() {
                return;
            }
            if latest.is_some() {
                self.message.set(latest);
            }
        }
    }

    fn deliver(&self, payload: Payload) -> Option<T> {
        let read = (self.read)(payload);
        // A callback may render, which replaces the options: nothing is borrowed while it runs.
        let (good, bad) = {
            let options = self.options.borrow();
            (options.on_message.clone(), options.on_bad_message.clone())
        };
        match read {
            Ok(value) => {
                if let Some(good) = good {
                    good.emit(value.clone());
                }
                Some(value)
            }
            Err(error) => {
                if let Some(bad) = bad {
                    bad.emit(error);
                }
                None
            }
        }
    }

    async fn events(self: Rc<Self>, sender: Sender, mut events: Events, mounted: Rc<Cell<bool>>) {
        loop {
            let event = events.next().await;
            if !mounted.get() {
                return;
            }
            self.ready_state.set(sender.ready_state());
            let Some(event) = event else { return };
            let (on_event, on_close) = {
                let options = self.options.borrow();
                (options.on_event.clone(), options.on_close.clone())
            };
            if let Some(on_event) = on_event {
                on_event.emit(event.clone());
            }
            if let Event::Closed(closed) = event {
                self.closed.set(Some(closed.clone()));
                if let Some(on_close) = on_close {
                    on_close.emit(closed);
                }
            }
        }
    }
}
