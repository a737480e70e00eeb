//! A chat, over the test server's rooms: `trunk serve --example leptos-chat examples/leptos-chat/index.html`, and in
//! another terminal `cargo run -p steady-test-server -- --port 9001`. Open it twice.

mod app;

use app::Chat;
use leptos::prelude::*;

fn main() {
    mount_to_body(|| view! { <Chat url="ws://127.0.0.1:9001/broadcast?room=lobby" /> });
}
