//! One socket's life within an owner.

use crate::options::{BadMessage, Rules};
use leptos::prelude::{RwSignal, Set};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use steady_websocket::{Closed, Event, Events, OpenError, Payload, ReadyState, Receiver, Sender, WebSocket};
use wasm_bindgen_futures::spawn_local;

/// What a hook's return value holds instead of the socket: it may move between a server's threads,
/// where no socket is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key(u64);

impl Key {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

struct Life {
    sender: Sender,
    mounted: Rc<Cell<bool>>,
}

thread_local! {
    static LIVES: RefCell<BTreeMap<Key, Life>> = const { RefCell::new(BTreeMap::new()) };
}

pub(crate) fn sender(key: Key) -> Option<Sender> {
    LIVES.with_borrow(|lives| lives.get(&key).map(|life| life.sender.clone()))
}

/// Ends the present life, if there is one.
pub(crate) fn end(key: Key) {
    let life = LIVES.with_borrow_mut(|lives| lives.remove(&key));
    if let Some(Life { sender, mounted }) = life {
        mounted.set(false);
        // What was sent before goes out before the end.
        drop(sender.close(1000, ""));
    }
}

pub(crate) type Read<T> = Rc<dyn Fn(Payload) -> Result<T, BadMessage>>;

/// Where the owner sees what happens.
pub(crate) struct View<T: Send + Sync + 'static> {
    pub(crate) ready_state: RwSignal<ReadyState>,
    pub(crate) message: RwSignal<Option<T>>,
    pub(crate) closed: RwSignal<Option<Closed>>,
    pub(crate) error: RwSignal<Option<OpenError>>,
    pub(crate) rules: Rules<T>,
    pub(crate) read: Read<T>,
}

impl<T: Clone + Send + Sync + 'static> View<T> {
    /// Opens a socket and begins to show it.
    pub(crate) fn open(self: &Rc<Self>, key: Key, url: &str, protocols: Vec<String>) {
        let mut builder = WebSocket::builder(url).protocols(protocols).steady();
        if let Some(configure) = &self.rules.configure {
            builder = configure(builder);
        }
        self.closed.set(None);
        let socket = match builder.open() {
            Ok(socket) => socket,
            Err(error) => {
                self.ready_state.set(ReadyState::Closed);
                return self.error.set(Some(error));
            }
        };
        self.error.set(None);
        let (sender, receiver) = socket.split();
        self.ready_state.set(sender.ready_state());
        let mounted = Rc::new(Cell::new(true));
        spawn_local(self.clone().events(sender.clone(), sender.events(), mounted.clone()));
        spawn_local(self.clone().messages(receiver, mounted.clone()));
        LIVES.with_borrow_mut(|lives| lives.insert(key, Life { sender, mounted }));
    }

    async fn messages(self: Rc<Self>, mut receiver: Receiver, mounted: Rc<Cell<bool>>) {
        while let Some(first) = receiver.next_payload().await {
            let (mut next, mut latest) = (Some(first), None);
            // Whatever is there already is delivered before the signal changes, once.
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
        match (self.read)(payload) {
            Ok(value) => {
                if let Some(told) = &self.rules.on_message {
                    told(value.clone());
                }
                Some(value)
            }
            Err(bad) => {
                if let Some(told) = &self.rules.on_bad_message {
                    told(bad);
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
            if let Some(told) = &self.rules.on_event {
                told(event.clone());
            }
            if let Event::Closed(closed) = event {
                self.closed.set(Some(closed.clone()));
                if let Some(told) = &self.rules.on_close {
                    told(closed);
                }
            }
        }
    }
}
