use leptos::prelude::{RwSignal, Signal, Update};
use std::ops::Deref;
use steady_websocket::{CloseInfo, Message, OpenError, ReadyState};
use steady_websocket_hooks::{self as hooks, Handle};

/// The return value of [`use_websocket`](crate::use_websocket): signals, and a [`Handle`] to send and close. `Copy`, like
/// a signal.
pub struct UseWebSocketReturn<T = Message>
where
    T: Send + Sync + 'static,
{
    /// The ready state. `Connecting` also while the socket reconnects.
    pub ready_state: Signal<ReadyState>,
    /// The latest message of this socket; `None` for a new one, after a change of the URL or after the end. Of a burst
    /// it is the last one. [`on_message`](crate::UseWebSocketOptions::on_message) receives every message.
    pub message: Signal<Option<T>>,
    /// How the socket ended.
    pub closed: Signal<Option<CloseInfo>>,
    /// Why it could not be opened.
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
    /// Reconnects in any state: also after the end, and for the first time if
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
