//! The page's component, and what the tests do to it.

mod chat;
mod use_websocket;

use dioxus::prelude::*;
use wasm_bindgen::prelude::*;

fn main() {
    dioxus::launch(Shell);
}

#[component]
fn Shell() -> Element {
    let mut shown = use_signal(|| true);
    use_hook(|| {
        let show = Callback::new(move |value: bool| shown.set(value));
        let app = js_sys::Object::new();
        for (name, value) in [("mount", true), ("unmount", false)] {
            let call = Closure::<dyn Fn()>::new(move || show.call(value)).into_js_value();
            js_sys::Reflect::set(&app, &name.into(), &call).unwrap();
        }
        js_sys::Reflect::set(&js_sys::global(), &"app".into(), &app).unwrap();
    });
    rsx! {
        if shown() {
            chat::Chat {}
        }
    }
}
