//! One socket's life within a component.

use crate::handle::{Handle, Life, begin, end};
use crate::rules::{Read, Rules};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use steady_websocket::{Closed, Event, Events, OpenError, Payload, ReadyState, Receiver, Sender, WebSocket};
use wasm_bindgen_futures::spawn_local;

/// Where a component sees what happens.
pub struct View<T> {
    /// What is called. Looked at each time: in some frameworks each rendering brings new callbacks.
    pub rules: Rc<RefCell<Rules<T>>>,
    /// Reads a message.
    pub read: Read<T>,
    /// Shows where the socket is in its life.
    pub ready_state: Show<ReadyState>,
    /// Shows the latest message.
    pub message: Show<Option<T>>,
    /// Shows how it ended; `None` when a new life begins.
    pub closed: Show<Option<Closed>>,
    /// Shows why it could not be opened; `None` when it could.
    pub error: Show<Option<OpenError>>,
}

/// Puts a value where the component reads it.
pub type Show<T> = Box<dyn Fn(T)>;

impl<T> View<T> {
    /// A callback may render, which replaces the rules: nothing is borrowed while it runs.
    fn rules(&self) -> Rules<T> {
        self.rules.borrow().clone()
    }
}

/// Ends the socket that is there, opens another and begins to show it.
pub fn open<T: Clone + 'static>(handle: Handle, view: &Rc<View<T>>, url: &str, protocols: Vec<String>) {
    end(handle);
    let mut builder = WebSocket::builder(url).protocols(protocols).steady();
    if let Some(configure) = view.rules().configure {
        builder = configure(builder);
    }
    (view.closed)(None);
    let socket = match builder.open() {
        Ok(socket) => socket,
        Err(error) => {
            (view.ready_state)(ReadyState::Closed);
            return (view.error)(Some(error));
        }
    };
    (view.error)(None);
    let (sender, receiver) = socket.split();
    (view.ready_state)(sender.ready_state());
    let mounted = Rc::new(Cell::new(true));
    spawn_local(events(view.clone(), sender.clone(), sender.events(), mounted.clone()));
    spawn_local(messages(view.clone(), receiver, mounted.clone()));
    begin(handle, Life { sender, mounted });
}

async fn messages<T: Clone>(view: Rc<View<T>>, mut receiver: Receiver, mounted: Rc<Cell<bool>>) {
    while let Some(first) = receiver.next_payload().await {
        let (mut next, mut latest) = (Some(first), None);
        // Whatever is there already is delivered before the component is rendered, once.
        while let Some(payload) = next.filter(|_| mounted.get()) {
            latest = deliver(&view, payload).or(latest);
            next = receiver.take_payload();
        }
        if !mounted.get() {
            return;
        }
        if latest.is_some() {
            (view.message)(latest);
        }
    }
}

fn deliver<T: Clone>(view: &View<T>, payload: Payload) -> Option<T> {
    match (view.read)(payload) {
        Ok(value) => {
            if let Some(told) = view.rules().on_message {
                told(value.clone());
            }
            Some(value)
        }
        Err(bad) => {
            if let Some(told) = view.rules().on_bad_message {
                told(bad);
            }
            None
        }
    }
}

async fn events<T>(view: Rc<View<T>>, sender: Sender, mut events: Events, mounted: Rc<Cell<bool>>) {
    loop {
        let event = events.next().await;
        if !mounted.get() {
            return;
        }
        (view.ready_state)(sender.ready_state());
        let Some(event) = event else { return };
        if let Some(told) = view.rules().on_event {
            told(event.clone());
        }
        if let Event::Closed(closed) = event {
            (view.closed)(Some(closed.clone()));
            if let Some(told) = view.rules().on_close {
                told(closed);
            }
        }
    }
}
