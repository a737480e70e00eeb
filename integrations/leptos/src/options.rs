use leptos::prelude::Signal;
use std::rc::Rc;
use steady_websocket::{Builder, CloseInfo, Event, Message};
use steady_websocket_hooks::{BadMessage, Callbacks};

/// Options for [`use_websocket_with_options`](crate::use_websocket_with_options) and
/// [`use_websocket_as`](crate::use_websocket_as).
///
/// ```
/// # use steady_websocket_leptos::UseWebSocketOptions;
/// # use steady_websocket::{Heartbeat, Message};
/// let options: UseWebSocketOptions = UseWebSocketOptions::default()
///     .protocols(vec!["v2.chat".to_owned()])
///     .configure(|builder| builder.heartbeat(Heartbeat::new("ping").pong("pong")))
///     .on_message(|message: Message| drop(message));
/// ```
pub struct UseWebSocketOptions<T = Message> {
    pub(crate) protocols: Option<Signal<Vec<String>>>,
    pub(crate) manual: bool,
    pub(crate) callbacks: Callbacks<T>,
}

impl<T> Default for UseWebSocketOptions<T> {
    fn default() -> Self {
        Self { protocols: None, manual: false, callbacks: Callbacks::default() }
    }
}

impl<T> UseWebSocketOptions<T> {
    /// The sub-protocols to offer, in order of preference. If the signal changes, another connection is
    /// made.
    pub fn protocols(mut self, list: impl Into<Signal<Vec<String>>>) -> Self {
        self.protocols = Some(list.into());
        self
    }

    /// Waits for [`reconnect`](crate::UseWebSocketReturn::reconnect) instead of connecting at once.
    pub fn manual(mut self) -> Self {
        self.manual = true;
        self
    }

    /// Sets any other option. The builder passed in is [steady](Builder::steady) with all defaults.
    pub fn configure(mut self, configure: impl Fn(Builder) -> Builder + 'static) -> Self {
        self.callbacks.configure = Some(Rc::new(configure));
        self
    }

    /// Called with every message, once, in order; the signal shows only the last one of a burst.
    pub fn on_message(mut self, callback: impl Fn(T) + 'static) -> Self {
        self.callbacks.on_message = Some(Rc::new(callback));
        self
    }

    /// Called with every message that does not decode.
    pub fn on_bad_message(mut self, callback: impl Fn(BadMessage) + 'static) -> Self {
        self.callbacks.on_bad_message = Some(Rc::new(callback));
        self
    }

    /// Called with every other event.
    pub fn on_event(mut self, callback: impl Fn(Event) + 'static) -> Self {
        self.callbacks.on_event = Some(Rc::new(callback));
        self
    }

    /// Called at the end, unless the owner was cleaned up first.
    pub fn on_close(mut self, callback: impl Fn(CloseInfo) + 'static) -> Self {
        self.callbacks.on_close = Some(Rc::new(callback));
        self
    }
}
