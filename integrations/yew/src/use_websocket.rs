use crate::options::UseWebSocketOptions;
use crate::returned::{Lives, UseWebSocketReturn};
use std::rc::Rc;
use steady_websocket::{Message, ReadyState};
use steady_websocket_hooks::{Decoder, Handle, Setter, View, end, open};
use yew::prelude::*;

/// A WebSocket for as long as the component is mounted.
///
/// It reconnects after a lost connection and queues what you send meanwhile. A
/// rendering with another URL closes it and opens another. When the component is unmounted, it closes. What is
/// queued at that moment is sent first if there is a connection, and lost otherwise.
///
/// # Example
///
/// ```no_run
/// use steady_websocket_yew::use_websocket;
/// use yew::prelude::*;
///
/// #[component]
/// fn Status() -> Html {
///     let socket = use_websocket("wss://example.com/status");
///     html! { <p>{ format!("{:?}: {:?}", socket.ready_state, socket.message) }</p> }
/// }
/// ```
///
/// # Server-side rendering
///
/// No effect runs on the server, so there is no socket: `ready_state` is `Connecting`, and `send` is
/// an error.
#[hook]
pub fn use_websocket(url: impl Into<String>) -> UseWebSocketReturn {
    use_websocket_with_options(url, UseWebSocketOptions::default())
}

/// [`use_websocket`] with options.
///
/// # Example
///
/// Every message in a list, a burst of ten thousand included:
///
/// ```no_run
/// use steady_websocket::Message;
/// use steady_websocket_yew::{UseWebSocketOptions, use_websocket_with_options};
/// use yew::prelude::*;
///
/// #[component]
/// fn List() -> Html {
///     let list = use_mut_ref(Vec::new);
///     let push = {
///         let list = list.clone();
///         Callback::from(move |message: Message| list.borrow_mut().push(message))
///     };
///     let options = UseWebSocketOptions::default().on_message(push);
///     let _socket = use_websocket_with_options("wss://example.com/list", options);
///     html! { <p>{ list.borrow().len() }</p> }
/// }
/// ```
#[hook]
pub fn use_websocket_with_options(
    url: impl Into<String>,
    options: UseWebSocketOptions,
) -> UseWebSocketReturn {
    let read: Decoder<Message> = Rc::new(|payload| Ok(payload.into_message()));
    use_socket(url.into(), options, read)
}

#[hook]
pub(crate) fn use_socket<T: Clone + 'static>(
    url: String,
    options: UseWebSocketOptions<T>,
    read: Decoder<T>,
) -> UseWebSocketReturn<T> {
    let ready_state = use_state_eq(|| ReadyState::Connecting);
    let message = use_state_eq(Latest::default);
    let closed = use_state_eq(|| None);
    let error = use_state_eq(|| None);
    let lives = use_reducer(Lives::default);
    let handle = *use_memo((), |()| Handle::new());
    let latest = use_mut_ref(Default::default);
    let reader = use_mut_ref(|| read.clone());
    let UseWebSocketOptions { protocols, manual, callbacks } = options;
    latest.replace(callbacks);
    reader.replace(read);

    let view = View {
        callbacks: latest,
        read: reader,
        ready_state: show(&ready_state, |value| value),
        message: show(&message, Latest),
        closed: show(&closed, |value| value),
        error: show(&error, |value| value),
    };
    let wanted = !manual || lives.0 > 0;
    let idle = if wanted { ReadyState::Connecting } else { ReadyState::Closed };
    let place = (url, protocols, wanted, lives.0);
    let opened = use_mut_ref(|| None);
    // Until the effect has run, the states are those of the previous socket, and are not shown.
    let fresh = opened.borrow().as_ref() != Some(&place);
    use_effect_with(place, move |place| {
        opened.replace(Some(place.clone()));
        let (url, protocols, wanted, _) = place;
        if *wanted {
            open(handle, &Rc::new(view), url, protocols.clone());
        } else {
            view.reset(idle);
        }
        move || end(handle)
    });

    let lives = lives.dispatcher();
    if fresh {
        return UseWebSocketReturn {
            ready_state: idle,
            message: None,
            closed: None,
            error: None,
            handle,
            lives,
        };
    }
    UseWebSocketReturn {
        ready_state: *ready_state,
        message: message.0.clone(),
        closed: (*closed).clone(),
        error: (*error).clone(),
        handle,
        lives,
    }
}

/// The latest message. Two are never equal, because `T` need not be comparable: each one renders.
struct Latest<T>(Option<T>);

impl<T> Default for Latest<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> PartialEq for Latest<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0.is_none() && other.0.is_none()
    }
}

fn show<A: 'static, S: 'static>(state: &UseStateHandle<S>, wrap: impl Fn(A) -> S + 'static) -> Setter<A> {
    let setter = state.setter();
    Box::new(move |value| setter.set(wrap(value)))
}
