//! One socket's life within a component.

use crate::handle::{Handle, Socket, attach, begin};
use crate::rules::{BadMessage, Read, Rules};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use steady_websocket::{Closed, Event, Events, OpenError, Payload, ReadyState, Receiver, Sender, WebSocket};
use wasm_bindgen_futures::spawn_local;

/// Where a component sees what happens.
pub struct View<T> {
    /// What is called. Looked at each time: in some frameworks each rendering brings new callbacks.
    pub rules: Rc<RefCell<Rules<T>>>,
    /// Reads a message. Looked at each time, too.
    pub read: Rc<RefCell<Read<T>>>,
    /// Shows where the socket is in its life.
    pub ready_state: Show<ReadyState>,
    /// Shows the latest message; `None` when a new life begins.
    pub message: Show<Option<T>>,
    /// Shows how it ended; `None` when a new life begins.
    pub closed: Show<Option<Closed>>,
    /// Shows why it could not be opened; `None` when it could.
    pub error: Show<Option<OpenError>>,
}

/// Puts a value where the component reads it.
pub type Show<T> = Box<dyn Fn(T)>;

impl<T> View<T> {
    /// Shows a life that has just begun, or none: nothing of the socket before.
    pub fn reset(&self, ready_state: ReadyState) {
        (self.ready_state)(ready_state);
        (self.message)(None);
        (self.closed)(None);
        (self.error)(None);
    }

    /// A callback may render, which replaces the rules: nothing is borrowed while it runs.
    fn rules(&self) -> Rules<T> {
        self.rules.borrow().clone()
    }

    fn read(&self, payload: Payload) -> Result<T, BadMessage> {
        let read = { self.read.borrow().clone() };
        read(payload)
    }
}

/// The view for the length of one socket's life. Whatever is shown or called may unmount the component or open another
/// socket; from then on nothing reaches the component.
struct Showing<T> {
    view: Rc<View<T>>,
    alive: Rc<Cell<bool>>,
}

impl<T> Clone for Showing<T> {
    fn clone(&self) -> Self {
        Self { view: self.view.clone(), alive: self.alive.clone() }
    }
}

impl<T> Showing<T> {
    fn is_over(&self) -> bool {
        !self.alive.get()
    }

    fn show<A>(&self, place: impl FnOnce(&View<T>) -> &Show<A>, value: A) {
        if self.alive.get() {
            place(&self.view)(value);
        }
    }

    fn call<A>(&self, callback: impl FnOnce(Rules<T>) -> Option<Rc<dyn Fn(A)>>, argument: A) {
        if self.alive.get()
            && let Some(callback) = callback(self.view.rules())
        {
            callback(argument);
        }
    }
}

/// Ends the socket that is there, opens another and begins to show it.
pub fn open<T: Clone + 'static>(handle: Handle, view: &Rc<View<T>>, url: &str, protocols: Vec<String>) {
    let showing = Showing { view: view.clone(), alive: begin(handle) };
    view.reset(ReadyState::Connecting);
    if showing.is_over() {
        return;
    }
    let mut builder = WebSocket::builder(url).protocols(protocols).steady();
    if let Some(configure) = view.rules().configure {
        builder = configure(builder);
    }
    if showing.is_over() {
        return;
    }
    let opened = builder.open();
    if showing.is_over() {
        return;
    }
    match opened {
        Ok(socket) => {
            let (sender, receiver) = socket.split();
            let shown = showing.clone();
            let show = Rc::new(move |state| shown.show(|view| &view.ready_state, state));
            attach(handle, Socket { sender: sender.clone(), show });
            spawn_local(messages(showing.clone(), receiver));
            spawn_local(events(showing, sender.events(), sender));
        }
        Err(error) => {
            showing.show(|view| &view.ready_state, ReadyState::Closed);
            showing.show(|view| &view.error, Some(error));
        }
    }
}

async fn messages<T: Clone>(showing: Showing<T>, mut receiver: Receiver) {
    while let Some(first) = receiver.next_payload().await {
        let (mut next, mut latest) = (Some(first), None);
        // Whatever is there already is delivered before the component is rendered, once.
        while let Some(payload) = next {
            if showing.is_over() {
                return;
            }
            latest = deliver(&showing, payload).or(latest);
            next = receiver.take_payload();
        }
        if latest.is_some() {
            showing.show(|view| &view.message, latest);
        }
    }
}

fn deliver<T: Clone>(showing: &Showing<T>, payload: Payload) -> Option<T> {
    match showing.view.read(payload) {
        Ok(value) => {
            showing.call(|rules| rules.on_message, value.clone());
            Some(value)
        }
        Err(bad) => {
            showing.call(|rules| rules.on_bad_message, bad);
            None
        }
    }
}

async fn events<T>(showing: Showing<T>, mut events: Events, sender: Sender) {
    loop {
        let event = events.next().await;
        if showing.is_over() {
            return;
        }
        showing.show(|view| &view.ready_state, sender.ready_state());
        let Some(event) = event else { return };
        let closed = if let Event::Closed(closed) = &event { Some(closed.clone()) } else { None };
        if closed.is_some() {
            showing.show(|view| &view.closed, closed.clone());
        }
        showing.call(|rules| rules.on_event, event);
        if let Some(closed) = closed {
            showing.call(|rules| rules.on_close, closed);
        }
    }
}
