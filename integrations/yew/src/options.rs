use std::rc::Rc;
use steady_websocket::{Builder, Closed, Event, Message, Payload};
use yew::Callback;

/// A received message that did not decode.
#[derive(Clone, Debug)]
pub struct BadMessage {
    /// The message, as it came.
    pub message: Payload,
    /// What the codec said.
    pub error: String,
}

type Configure = Rc<dyn Fn(Builder) -> Builder>;

/// Options for [`use_websocket_with_options`](crate::use_websocket_with_options) and
/// [`use_websocket_as`](crate::use_websocket_as).
///
/// Callbacks may be new in each rendering: the latest is called. A change of the sub-protocols, as of
/// the URL, makes a new connection.
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
    pub(crate) configure: Option<Configure>,
    pub(crate) on_message: Option<Callback<T>>,
    pub(crate) on_bad_message: Option<Callback<BadMessage>>,
    pub(crate) on_event: Option<Callback<Event>>,
    pub(crate) on_close: Option<Callback<Closed>>,
}

impl<T> Default for UseWebSocketOptions<T> {
    fn default() -> Self {
        Self {
            protocols: Vec::new(),
            manual: false,
            configure: None,
            on_message: None,
            on_bad_message: None,
            on_event: None,
            on_close: None,
        }
    }
}

impl<T> Clone for UseWebSocketOptions<T> {
    fn clone(&self) -> Self {
        Self {
            protocols: self.protocols.clone(),
            manual: self.manual,
            configure: self.configure.clone(),
            on_message: self.on_message.clone(),
            on_bad_message: self.on_bad_message.clone(),
            on_event: self.on_event.clone(),
            on_close: self.on_close.clone(),
        }
    }
}

impl<T> UseWebSocketOptions<T> {
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

    /// Everything else a socket can be told: the hook's is [steady](Builder::steady), with every
    /// default, before this sees it.
    pub fn configure(mut self, configure: impl Fn(Builder) -> Builder + 'static) -> Self {
        self.configure = Some(Rc::new(configure));
        self
    }

    /// Called with every message, once, in order: a burst that renders once is whole here.
    pub fn on_message(mut self, callback: Callback<T>) -> Self {
        self.on_message = Some(callback);
        self
    }

    /// Called with every message that does not decode.
    pub fn on_bad_message(mut self, callback: Callback<BadMessage>) -> Self {
        self.on_bad_message = Some(callback);
        self
    }

    /// Called with everything else that happens.
    pub fn on_event(mut self, callback: Callback<Event>) -> Self {
        self.on_event = Some(callback);
        self
    }

    /// Called at the end, unless the component was unmounted first.
    pub fn on_close(mut self, callback: Callback<Closed>) -> Self {
        self.on_close = Some(callback);
        self
    }
}
