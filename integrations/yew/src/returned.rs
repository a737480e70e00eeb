use std::ops::Deref;
use std::rc::Rc;
use steady_websocket::{CloseInfo, Message, OpenError, ReadyState};
use steady_websocket_hooks::{self as hooks, Handle};
use yew::{Reducible, UseReducerDispatcher};

/// The return value of [`use_websocket`](crate::use_websocket): the state when the component was rendered, and a
/// [`Handle`] to send and close at any time.
pub struct UseWebSocketReturn<T = Message> {
    /// The ready state. `Connecting` also while the socket reconnects.
    pub ready_state: ReadyState,
    /// The latest message of this socket; `None` for a new one, after a change of the URL or after the end. Of a burst
    /// it is the last one. [`on_message`](crate::UseWebSocketOptions::on_message) receives every message.
    pub message: Option<T>,
    /// How the socket ended.
    pub closed: Option<CloseInfo>,
    /// Why it could not be opened.
    pub error: Option<OpenError>,
    pub(crate) handle: Handle,
    pub(crate) lives: UseReducerDispatcher<Lives>,
}

/// How often another socket was requested. A reducer, because the request may come from an older rendering.
#[derive(Default)]
pub(crate) struct Lives(pub(crate) u32);

impl Reducible for Lives {
    type Action = ();

    fn reduce(self: Rc<Self>, (): ()) -> Rc<Self> {
        Rc::new(Self(self.0.wrapping_add(1)))
    }
}

impl<T: Clone> Clone for UseWebSocketReturn<T> {
    fn clone(&self) -> Self {
        Self {
            ready_state: self.ready_state,
            message: self.message.clone(),
            closed: self.closed.clone(),
            error: self.error.clone(),
            handle: self.handle,
            lives: self.lives.clone(),
        }
    }
}

impl<T> UseWebSocketReturn<T> {
    /// Reconnects in any state: also after the end, and for the first time if
    /// [`manual`](crate::UseWebSocketOptions::manual). What an older rendering returned does the same.
    pub fn reconnect(&self) {
        if !hooks::reconnect(self.handle) {
            self.lives.dispatch(());
        }
    }
}

impl<T> Deref for UseWebSocketReturn<T> {
    type Target = Handle;

    fn deref(&self) -> &Handle {
        &self.handle
    }
}
