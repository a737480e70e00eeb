//! A chat, over the test server's rooms: `trunk serve --example yew-chat examples/yew-chat/index.html`, and in another
//! terminal `cargo run -p steady-test-server -- --port 9001`. Open it twice.

mod app;

use app::{Chat, ChatProps};

fn main() {
    let url = "ws://127.0.0.1:9001/broadcast?room=lobby".into();
    yew::Renderer::<Chat>::with_props(ChatProps { url }).render();
}
