use std::rc::Rc;
use steady_websocket::{Builder, CloseInfo, Event, Message};
use steady_websocket_hooks::{BadMessage, Callbacks};
use yew::Callback;

/// Options for [`use_websocket_with_options`](crate::use_websocket_with_options) and
/// [`use_websocket_as`](crate::use_websocket_as).
///
/// The callbacks of the latest rendering are called. A change of the URL or the sub-protocols makes a new connection.
///
/// ```
/// # use steady_websocket_yew::UseWebSocketOptions;
/// # use steady_websocket::{Heartbeat, Message};
/// # use yew::Callback;
/// let options: UseWebSocketOptions = UseWebSocketOptions::default()
///     .protocols(["v2.chat"])
///     .configure(|builder| builder.heartbeat(Heartbeat::new("ping").pong("pong")))
///     .on_message(Callback::from(|message: Message| drop(message)));
/// ```
pub struct UseWebSocketOptions<T = Message> {
    pub(crate) protocols: Vec<String>,
    pub(crate) manual: bool,
    pub(crate) callbacks: Callbacks<T>,
}

impl<T> Default for UseWebSocketOptions<T> {
    fn default() -> Self {
        Self { protocols: Vec::new(), manual: false, callbacks: Callbacks::default() }
    }
}

fn calling<T: 'static>(callback: Callback<T>) -> Option<Rc<dyn Fn(T)>> {
    Some(Rc::new(move |told| callback.emit(told)))
}

impl<T: 'static> UseWebSocketOptions<T> {
    /// The sub-protocols to offer, in order of preference.
    pub fn protocols<S: Into<String>>(mut self, list: impl IntoIterator<Item = S>) -> Self {
        self.protocols = list.into_iter().map(Into::into).collect();
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

    /// Called with every message, once, in order, also if a burst renders only once.
    pub fn on_message(mut self, callback: Callback<T>) -> Self {
        self.callbacks.on_message = calling(callback);
        self
    }

    /// Called with every message that does not decode.
    pub fn on_bad_message(mut self, callback: Callback<BadMessage>) -> Self {
        self.callbacks.on_bad_message = calling(callback);
        self
    }

    /// Called with every other event.
    pub fn on_event(mut self, callback: Callback<Event>) -> Self {
        self.callbacks.on_event = calling(callback);
        self
    }

    /// Called at the end, unless the component was unmounted first.
    pub fn on_close(mut self, callback: Callback<CloseInfo>) -> Self {
        self.callbacks.on_close = calling(callback);
        self
    }
}
