//! Sessions with axum.

use crate::arrive::serve;
use crate::session::Session;
use crate::sessions::Sessions;
use crate::transport::{Broken, Packet, conversions};
use axum::extract::FromRequestParts;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use futures_util::{SinkExt, StreamExt};
use std::fmt;
use std::future::{Future, ready};

/// An axum extractor. It wraps `WebSocketUpgrade` and keeps the request for the [`authorize`](Sessions::authorize)
/// hook.
pub struct SessionUpgrade {
    request: http::request::Parts,
    upgrade: WebSocketUpgrade,
}

impl fmt::Debug for SessionUpgrade {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("SessionUpgrade").finish_non_exhaustive()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for SessionUpgrade {
    type Rejection = WebSocketUpgradeRejection;

    async fn from_request_parts(
        parts: &mut http::request::Parts,
        state: &S,
    ) -> Result<Self, Self::Rejection> {
        let upgrade = WebSocketUpgrade::from_request_parts(parts, state).await?;
        Ok(Self { request: parts.clone(), upgrade })
    }
}

impl SessionUpgrade {
    /// Upgrades the connection and returns the response. `handler` runs once for each session that is opened at this
    /// node or taken over by it, not once for each connection.
    pub fn accept<H, A>(self, sessions: &Sessions, handler: H) -> Response
    where
        H: FnOnce(Session) -> A + Send + 'static,
        A: Future<Output = ()> + Send + 'static,
    {
        let Self { request, mut upgrade } = self;
        let chosen = sessions.choose(&request.headers);
        if let Some(chosen) = chosen.as_deref().and_then(|chosen| chosen.parse().ok()) {
            upgrade.set_selected_protocol(chosen);
        }
        let buffers = crate::transport::Buffers::new(sessions.limits());
        let accepted = sessions.accepted(request, chosen.as_deref(), handler);
        upgrade
            .max_message_size(buffers.message)
            .max_frame_size(buffers.message)
            .read_buffer_size(buffers.read)
            .write_buffer_size(buffers.write)
            .max_write_buffer_size(buffers.most)
            .on_upgrade(move |socket| serve(transport(socket), accepted))
    }
}

fn transport(socket: WebSocket) -> impl crate::transport::Transport {
    // Not `sink_map_err`, which panics when it is used after an error.
    socket.with(|packet| ready(outgoing(packet).ok_or(Broken::Connection))).map(|message| incoming(message?))
}

impl From<axum::Error> for Broken {
    fn from(error: axum::Error) -> Self {
        // The inner error's type cannot be named: axum does not export its version of tungstenite.
        if error.to_string().starts_with("Space limit exceeded") { Self::TooLarge } else { Self::Connection }
    }
}

conversions!(Message, Utf8Bytes, CloseFrame);

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::any;
    use futures_util::FutureExt;
    use std::panic::AssertUnwindSafe;
    use tokio::net::TcpListener;
    use tokio::sync::mpsc;

    #[tokio::test]
    async fn a_connection_that_failed_is_closed() {
        let (closed, mut answers) = mpsc::unbounded_channel();
        let route = any(move |upgrade: WebSocketUpgrade| async move {
            upgrade.on_upgrade(|socket| async move {
                let mut transport = transport(socket);
                while transport.send(Packet::Text("x".repeat(1 << 16).into())).await.is_ok() {}
                let close = AssertUnwindSafe(transport.close()).catch_unwind();
                closed.send(close.await.is_ok()).unwrap();
            })
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("ws://{}/", listener.local_addr().unwrap());
        let server =
            tokio::spawn(async { axum::serve(listener, axum::Router::new().route("/", route)).await });
        drop(tokio_tungstenite::connect_async(address).await.unwrap());
        assert!(answers.recv().await.unwrap(), "a panic");
        server.abort();
    }
}
