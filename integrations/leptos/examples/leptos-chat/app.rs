//! The chat as a component.

use leptos::ev::SubmitEvent;
use leptos::html::Input;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use steady_websocket_leptos::steady_websocket::codec::Json;
use steady_websocket_leptos::{UseWebSocketOptions, use_websocket_as};

/// What is said in a room.
#[derive(Clone, Serialize, Deserialize)]
pub struct Line {
    /// By whom.
    pub who: String,
    /// What.
    pub text: String,
}

/// A room: what was said, and a field to say more.
#[component]
pub fn Chat(
    /// Where the room is.
    #[prop(into)]
    url: Signal<String>,
) -> impl IntoView {
    let lines = RwSignal::new(Vec::<Line>::new());
    let field = NodeRef::<Input>::new();
    let hear = move |line| lines.update(|lines| lines.push(line));
    let options = UseWebSocketOptions::default().on_message(hear);
    let socket = use_websocket_as::<Line, _>(url, Json, options);

    let say = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(field) = field.get() else { return };
        // While the connection is away it is queued; it fails only if the socket was closed.
        if socket.send(&Line { who: "me".into(), text: field.value() }).is_ok() {
            field.set_value("");
        }
    };
    let shown = move || {
        let line = |line: Line| view! { <li>{format!("{}: {}", line.who, line.text)}</li> };
        lines.get().into_iter().map(line).collect_view()
    };
    view! {
        <main>
            <p class="status">{move || format!("{:?}", socket.ready_state.get())}</p>
            <ul>{shown}</ul>
            <form on:submit=say>
                <input node_ref=field />
                <button>"say"</button>
            </form>
        </main>
    }
}
