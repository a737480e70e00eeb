//! A typical app: it waits for a click, sends its number to the server, and shows the answer.
//!
//! Built without a socket it still has a listener, a future that waits for it, and formatted text: code that every
//! app has must not be counted as the socket's.

#[cfg(target_arch = "wasm32")]
#[allow(async_fn_in_trait, dead_code)]
mod contender;

#[cfg(target_arch = "wasm32")]
mod app {
    use crate::contender::{Contender, Socket};
    use js_sys::Promise;
    use wasm_bindgen::prelude::*;
    use wasm_bindgen_futures::{JsFuture, spawn_local};
    use web_sys::{Event, HtmlElement, window};

    async fn click(body: &HtmlElement) -> JsValue {
        let clicked = Promise::new(&mut |resolve, _| {
            let listener = Closure::once_into_js(move |event: Event| {
                let _ = resolve.call1(&JsValue::NULL, &event.type_().into());
            });
            body.set_onclick(Some(listener.unchecked_ref()));
        });
        JsFuture::from(clicked).await.unwrap_throw()
    }

    pub fn run() {
        spawn_local(async {
            let body = window().and_then(|window| window.document()?.body()).unwrap_throw();
            let mut socket = Socket::open(&body.id()).await;
            for clicks in 1.. {
                let kind = click(&body).await.as_string().unwrap_or_default();
                socket.text(&format!("{clicks} × {kind}")).await;
                let answer = format!("{} bytes", socket.next().await);
                body.set_text_content(Some(&answer));
            }
        });
    }
}

fn main() {
    #[cfg(target_arch = "wasm32")]
    app::run();
}
