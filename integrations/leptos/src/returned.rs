use leptos::prelude::{RwSignal, Signal, Update};
use std::ops::Deref;
use steady_websocket::{CloseInfo, Message, OpenError, ReadyState};
use steady_websocket_hooks::{self as hooks, Handle};

/// What [`use_websocket`](crate::use_websocket) returns: signals, and a [`Handle`] to send and close by.
/// `Copy`, like a signal: move it wherever you need it.
pub struct UseWebSocketReturn<T = Message>
where
    T: Send + Sync + 'static,
{
    /// Where the socket is in its life. `Connecting` also while a lost connection is being replaced.
    pub ready_state: Signal<ReadyState>,
    /// The latest message of this socket; another one, with another URL or after the end, begins with none. A
    /// convenience: of a burst it is the last one. Every message goes to
    /// [`on_message`](crate::UseWebSocketOptions::on_message).
    pub message: Signal<Option<T>>,
    /// How it ended, if it has.
    pub closed: Signal<Option<CloseInfo>>,
    /// Why it could not even be opened.
    pub error: Signal<Option<OpenError>>,
    pub(crate) handle: Handle,
    pub(crate) life: RwSignal<u32>,
}

impl<T: Send + Sync> Clone for UseWebSocketReturn<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync> Copy for UseWebSocketReturn<T> {}

impl<T: Send + Sync> UseWebSocketReturn<T> {
    /// Connects afresh, whatever came before: also after the end, and for the first time if
    /// [`manual`](crate::UseWebSocketOptions::manual).
    pub fn reconnect(&self) {
        if !hooks::reconnect(self.handle) {
            self.life.update(|life| *life = life.wrapping_add(1));
        }
    }
}

impl<T: Send + Sync> Deref for UseWebSocketReturn<T> {
    type Target = Handle;

    fn deref(&self) -> &Handle {
        &self.handle
    }
}
