use crate::options::UseWebSocketOptions;
use crate::returned::{Lives, UseWebSocketReturn};
use std::rc::Rc;
use steady_websocket::{Message, ReadyState};
use steady_websocket_hooks::{Handle, Read, Show, View, end, open};
use yew::prelude::*;

/// A WebSocket for as long as the component is mounted.
///
/// It stays connected: a lost connection is replaced, and what you send meanwhile is queued. A
/// rendering with another URL closes it and opens another. When the component is unmounted it sends
/// what it still has and closes.
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

/// [`use_websocket`] with a say in how.
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
    let read: Read<Message> = Rc::new(|payload| Ok(payload.into_message()));
    use_socket(url.into(), options, read)
}

#[hook]
pub(crate) fn use_socket<T: Clone + 'static>(
    url: String,
    options: UseWebSocketOptions<T>,
    read: Read<T>,
) -> UseWebSocketReturn<T> {
    let idle = if options.manual { ReadyState::Closed } else { ReadyState::Connecting };
    let ready_state = use_state_eq(move || idle);
    let message = use_state(|| None::<T>);
    let closed = use_state_eq(|| None);
    let error = use_state_eq(|| None);
    let lives = use_reducer(Lives::default);
    let handle = *use_memo((), |()| Handle::new());
    let latest = use_mut_ref(Default::default);
    let UseWebSocketOptions { protocols, manual, rules } = options;
    latest.replace(rules);

    let view = View {
        rules: latest,
        read,
        ready_state: show(&ready_state),
        message: show(&message),
        closed: show(&closed),
        error: show(&error),
    };
    let wanted = !manual || lives.0 > 0;
    use_effect_with((url, protocols, wanted, lives.0), move |(url, protocols, wanted, _)| {
        if *wanted {
            open(handle, &Rc::new(view), url, protocols.clone());
        }
        move || end(handle)
    });

    UseWebSocketReturn {
        ready_state: *ready_state,
        message: (*message).clone(),
        closed: (*closed).clone(),
        error: (*error).clone(),
        handle,
        lives: lives.dispatcher(),
    }
}

fn show<T: 'static>(state: &UseStateHandle<T>) -> Show<T> {
    let setter = state.setter();
    Box::new(move |value| setter.set(value))
}
