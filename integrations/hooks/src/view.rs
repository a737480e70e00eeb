//! Opens a socket for a component and shows its state.

use crate::callbacks::{BadMessage, Callbacks, Decoder};
use crate::handle::{Handle, Socket, attach, begin};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use steady_websocket::{
    CloseInfo, Event, Events, OpenError, Payload, ReadyState, Receiver, Sender, WebSocket, spawn_local,
};

/// The state that a component reads.
pub struct View<T> {
    /// The callbacks. Read at each call, because in some frameworks each rendering replaces them.
    pub callbacks: Rc<RefCell<Callbacks<T>>>,
    /// Decodes a message. Read at each call, too.
    pub read: Rc<RefCell<Decoder<T>>>,
    /// Shows the ready state.
    pub ready_state: Setter<ReadyState>,
    /// Shows the latest message; `None` for a new socket.
    pub message: Setter<Option<T>>,
    /// Shows how it ended; `None` for a new socket.
    pub closed: Setter<Option<CloseInfo>>,
    /// Shows why it could not be opened; `None` when it could.
    pub error: Setter<Option<OpenError>>,
}

/// Sets a value that the component reads.
pub type Setter<T> = Box<dyn Fn(T)>;

impl<T> View<T> {
    /// Shows a new socket, or none: removes everything about the previous one.
    pub fn reset(&self, ready_state: ReadyState) {
        (self.ready_state)(ready_state);
        (self.message)(None);
        (self.closed)(None);
        (self.error)(None);
    }

    /// Returns a copy: a callback may render, which replaces the callbacks.
    fn callbacks(&self) -> Callbacks<T> {
        self.callbacks.borrow().clone()
    }

    fn read(&self, payload: Payload) -> Result<T, BadMessage> {
        let read = { self.read.borrow().clone() };
        read(payload)
    }
}

/// The view while one socket lives. Any setter or callback may unmount the component or open another socket; after that
/// nothing reaches the component.
struct ActiveView<T> {
    view: Rc<View<T>>,
    alive: Rc<Cell<bool>>,
}

impl<T> Clone for ActiveView<T> {
    fn clone(&self) -> Self {
        Self { view: self.view.clone(), alive: self.alive.clone() }
    }
}

impl<T> ActiveView<T> {
    fn is_over(&self) -> bool {
        !self.alive.get()
    }

    fn show<A>(&self, place: impl FnOnce(&View<T>) -> &Setter<A>, value: A) {
        if self.alive.get() {
            place(&self.view)(value);
        }
    }

    fn call<A>(&self, callback: impl FnOnce(Callbacks<T>) -> Option<Rc<dyn Fn(A)>>, argument: A) {
        if self.alive.get()
            && let Some(callback) = callback(self.view.callbacks())
        {
            callback(argument);
        }
    }
}

/// Closes the current socket and opens another.
pub fn open<T: Clone + 'static>(handle: Handle, view: &Rc<View<T>>, url: &str, protocols: Vec<String>) {
    let active = ActiveView { view: view.clone(), alive: begin(handle) };
    view.reset(ReadyState::Connecting);
    if active.is_over() {
        return;
    }
    let mut builder = WebSocket::builder(url).protocols(protocols).steady();
    if let Some(configure) = view.callbacks().configure {
        builder = configure(builder);
    }
    if active.is_over() {
        return;
    }
    let opened = builder.open();
    if active.is_over() {
        return;
    }
    match opened {
        Ok(socket) => {
            let (sender, receiver) = socket.split();
            let shown = active.clone();
            let show = Rc::new(move |state| shown.show(|view| &view.ready_state, state));
            attach(handle, Socket { sender: sender.clone(), show });
            spawn_local(messages(active.clone(), receiver));
            spawn_local(events(active, sender.events(), sender));
        }
        Err(error) => {
            active.show(|view| &view.ready_state, ReadyState::Closed);
            active.show(|view| &view.error, Some(error));
        }
    }
}

async fn messages<T: Clone>(active: ActiveView<T>, mut receiver: Receiver) {
    while let Some(first) = receiver.next_payload().await {
        let (mut next, mut latest) = (Some(first), None);
        // All messages that have arrived are delivered before the component renders once.
        while let Some(payload) = next {
            if active.is_over() {
                return;
            }
            latest = deliver(&active, payload).or(latest);
            next = receiver.take_payload();
        }
        if latest.is_some() {
            active.show(|view| &view.message, latest);
        }
    }
}

fn deliver<T: Clone>(active: &ActiveView<T>, payload: Payload) -> Option<T> {
    match active.view.read(payload) {
        Ok(value) => {
            active.call(|callbacks| callbacks.on_message, value.clone());
            Some(value)
        }
        Err(bad) => {
            active.call(|callbacks| callbacks.on_bad_message, bad);
            None
        }
    }
}

async fn events<T>(active: ActiveView<T>, mut events: Events, sender: Sender) {
    loop {
        let event = events.next().await;
        if active.is_over() {
            return;
        }
        active.show(|view| &view.ready_state, sender.ready_state());
        let Some(event) = event else { return };
        let closed = if let Event::Closed(closed) = &event { Some(closed.clone()) } else { None };
        if closed.is_some() {
            active.show(|view| &view.closed, closed.clone());
        }
        active.call(|callbacks| callbacks.on_event, event);
        if let Some(closed) = closed {
            active.call(|callbacks| callbacks.on_close, closed);
        }
    }
}
