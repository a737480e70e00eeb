//! Sessions on axum.

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

/// The extractor of a route with sessions: axum's `WebSocketUpgrade`, and the request for the
/// [`authorize`](Sessions::authorize) hook.
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
    /// Answers the request. `handler` runs once for each session that begins or is taken over at this node, not for each
    /// connection.
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
        let sessions = sessions.clone();
        upgrade
            .max_message_size(buffers.message)
            .max_frame_size(buffers.message)
            .read_buffer_size(buffers.read)
            .write_buffer_size(buffers.write)
            .max_write_buffer_size(buffers.most)
            .on_upgrade(move |socket| async move {
                sessions.serve(transport(socket), request, chosen, handler).await;
            })
    }
}

fn transport(socket: WebSocket) -> impl crate::transport::Transport {
    socket
        .sink_map_err(broken)
        .with(|packet| ready(outgoing(packet).ok_or(Broken::Connection)))
        .map(|message| message.map_err(broken).and_then(incoming))
}

fn broken(error: axum::Error) -> Broken {
    // The type of the error within is of a version of tungstenite that axum does not name.
    if error.to_string().starts_with("Space limit exceeded") { Broken::TooLarge } else { Broken::Connection }
}

conversions!(Message, Utf8Bytes, CloseFrame);
