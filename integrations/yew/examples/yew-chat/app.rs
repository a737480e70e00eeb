//! The chat as a component.

use serde::{Deserialize, Serialize};
use steady_websocket_yew::steady_websocket::codec::Json;
use steady_websocket_yew::{UseWebSocketOptions, use_websocket_as};
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// What is said in a room.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// By whom.
    pub who: String,
    /// What.
    pub text: String,
}

/// Where the room is.
#[derive(Clone, PartialEq, Properties)]
pub struct ChatProps {
    /// Its address.
    pub url: AttrValue,
}

/// A room: what was said, and a field to say more.
#[component]
pub fn Chat(props: &ChatProps) -> Html {
    let lines = use_mut_ref(Vec::<Line>::new);
    let field = use_node_ref();
    let hear = {
        let lines = lines.clone();
        Callback::from(move |line| lines.borrow_mut().push(line))
    };
    let options = UseWebSocketOptions::default().on_message(hear);
    let socket = use_websocket_as::<Line, _>(props.url.to_string(), Json, options);

    let say = {
        let (socket, field) = (socket.clone(), field.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let Some(field) = field.cast::<HtmlInputElement>() else { return };
            // While the connection is away it is queued; it fails only if the socket was closed.
            if socket.send(&Line { who: "me".into(), text: field.value() }).is_ok() {
                field.set_value("");
            }
        })
    };
    let lines = lines.borrow();
    html! {
        <main>
            <p class="status">{ format!("{:?}", socket.ready_state) }</p>
            <ul>{ for lines.iter().map(|line| html! { <li>{ format!("{}: {}", line.who, line.text) }</li> }) }</ul>
            <form onsubmit={say}><input ref={field} /><button>{ "say" }</button></form>
        </main>
    }
}
