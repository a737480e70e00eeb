use crate::options::UseWebSocketOptions;
use crate::returned::UseWebSocketReturn;
use leptos::prelude::{Effect, Get, Memo, RwSignal, Set, Signal, on_cleanup, untrack};
use std::cell::RefCell;
use std::rc::Rc;
use steady_websocket::{Message, ReadyState};
use steady_websocket_hooks::{Decoder, Handle, Setter, View, end, open};

/// A WebSocket for as long as the reactive owner lives: usually, while the component is mounted.
///
/// It reconnects after a lost connection and queues what you send meanwhile. If the URL
/// is a signal and changes, it closes and opens another. On cleanup it closes. What is queued at that moment is sent
/// first if there is a connection, and lost otherwise.
///
/// # Example
///
/// ```no_run
/// use leptos::prelude::*;
/// use steady_websocket_leptos::use_websocket;
///
/// #[component]
/// fn Status(room: ReadSignal<u32>) -> impl IntoView {
///     let url = Signal::derive(move || format!("wss://example.com/rooms/{}", room.get()));
///     let socket = use_websocket(url);
///     view! { <p>{move || format!("{:?}: {:?}", socket.ready_state.get(), socket.message.get())}</p> }
/// }
/// ```
///
/// # Server-side rendering
///
/// No effect runs on the server, so there is no socket: `ready_state` is `Connecting`, and `send` is
/// an error.
pub fn use_websocket(url: impl Into<Signal<String>>) -> UseWebSocketReturn {
    use_websocket_with_options(url, UseWebSocketOptions::default())
}

/// [`use_websocket`] with options.
///
/// # Example
///
/// Every message in a list, a burst of ten thousand included:
///
/// ```no_run
/// use leptos::prelude::*;
/// use steady_websocket_leptos::{UseWebSocketOptions, use_websocket_with_options};
///
/// #[component]
/// fn List() -> impl IntoView {
///     let list = RwSignal::new(Vec::new());
///     let options =
///         UseWebSocketOptions::default().on_message(move |message| list.update(|list| list.push(message)));
///     use_websocket_with_options("wss://example.com/list", options);
///     view! { <p>{move || list.with(Vec::len)}</p> }
/// }
/// ```
pub fn use_websocket_with_options(
    url: impl Into<Signal<String>>,
    options: UseWebSocketOptions,
) -> UseWebSocketReturn {
    let read: Decoder<Message> = Rc::new(|payload| Ok(payload.into_message()));
    use_socket(url.into(), options, read)
}

pub(crate) fn use_socket<T: Clone + Send + Sync + 'static>(
    url: Signal<String>,
    options: UseWebSocketOptions<T>,
    read: Decoder<T>,
) -> UseWebSocketReturn<T> {
    let UseWebSocketOptions { protocols, manual, callbacks } = options;
    let idle = if manual { ReadyState::Closed } else { ReadyState::Connecting };
    let ready_state = RwSignal::new(idle);
    let (message, closed, error) = (RwSignal::new(None), RwSignal::new(None), RwSignal::new(None));
    let life = RwSignal::new(0u32);
    let handle = Handle::new();
    // A memo, so that a signal set to the same value opens no new socket.
    let place = Memo::new(move |_| (url.get(), protocols.map(|list| list.get()).unwrap_or_default()));
    let shown = RwSignal::new(None);
    // Effects run later: until then, a new URL must not be rendered with the state of the old socket.
    let outdated = Memo::new(move |_| shown.get().is_some_and(|shown| shown != (place.get(), life.get())));

    // A server opens no socket, and must not keep anything that belongs to one thread.
    if cfg!(target_arch = "wasm32") {
        let view = Rc::new(View {
            callbacks: Rc::new(RefCell::new(callbacks)),
            read: Rc::new(RefCell::new(read)),
            ready_state: show(ready_state),
            message: show(message),
            closed: show(closed),
            error: show(error),
        });
        Effect::new(move |_| {
            let ((url, protocols), life) = (place.get(), life.get());
            if life > 0 || !manual {
                shown.set(Some(((url.clone(), protocols.clone()), life)));
                // Signals that the application's callbacks read must not open another socket.
                untrack(|| open(handle, &view, &url, protocols));
            }
        });
        on_cleanup(move || end(handle));
    }

    UseWebSocketReturn {
        ready_state: Signal::derive(
            move || if outdated.get() { ReadyState::Connecting } else { ready_state.get() },
        ),
        message: Signal::derive(move || if outdated.get() { None } else { message.get() }),
        closed: Signal::derive(move || if outdated.get() { None } else { closed.get() }),
        error: Signal::derive(move || if outdated.get() { None } else { error.get() }),
        handle,
        life,
    }
}

fn show<T: Send + Sync + 'static>(signal: RwSignal<T>) -> Setter<T> {
    Box::new(move |value| signal.set(value))
}
