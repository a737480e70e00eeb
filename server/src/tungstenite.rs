//! Sessions with tokio-tungstenite.

use crate::arrive::serve;
use crate::session::Session;
use crate::sessions::Sessions;
use crate::transport::{Broken, Buffers, Packet, conversions};
use futures_util::{SinkExt, StreamExt};
use http::HeaderValue;
use http::header::SEC_WEBSOCKET_PROTOCOL;
use std::future::{Future, ready};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::protocol::frame::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async_with_config};

impl Sessions {
    /// Accepts a WebSocket connection on this stream and runs it until it ends. `handler` runs once for each session
    /// that is opened at this node or taken over by it, not once for each connection.
    ///
    /// Returns an error if the handshake fails. Dropping the future ends the connection, but not its session.
    pub async fn accept<S, H, A>(&self, stream: S, handler: H) -> Result<(), Error>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin,
        H: FnOnce(Session) -> A + Send + 'static,
        A: Future<Output = ()> + Send + 'static,
    {
        let buffers = Buffers::new(self.limits());
        let config = WebSocketConfig::default()
            .max_message_size(Some(buffers.message))
            .max_frame_size(Some(buffers.message))
            .read_buffer_size(buffers.read)
            .write_buffer_size(buffers.write)
            .max_write_buffer_size(buffers.most);
        let mut asked = None;
        let mut chosen = None;
        #[expect(clippy::result_large_err, reason = "tungstenite's type; nothing is refused here")]
        let answer = |request: &Request, mut response: Response| {
            asked = Some(request.clone());
            chosen = self.choose(request.headers());
            if let Some(value) = chosen.as_deref().and_then(|chosen| HeaderValue::from_str(chosen).ok()) {
                response.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, value);
            }
            Ok(response)
        };
        let socket = self.handshake(accept_hdr_async_with_config(stream, answer, Some(config))).await?;
        let (request, ()) = asked.unwrap_or_default().into_parts();
        serve(transport(socket), self.accepted(request, chosen.as_deref(), handler)).await;
        Ok(())
    }

    /// Limits the time of the handshake to [`Limits::open_within`](crate::Limits::open_within).
    async fn handshake<T>(&self, accept: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let late = |_| Error::Io(std::io::ErrorKind::TimedOut.into());
        tokio::time::timeout(self.limits().open_within, accept).await.map_err(late)?
    }
}

fn transport<S: AsyncRead + AsyncWrite + Send + Unpin>(
    socket: WebSocketStream<S>,
) -> impl crate::transport::Transport {
    // Not `sink_map_err`, which panics when it is used after an error.
    socket.with(|packet| ready(outgoing(packet).ok_or(Broken::Connection))).map(|message| incoming(message?))
}

impl From<Error> for Broken {
    fn from(error: Error) -> Self {
        if matches!(error, Error::Capacity(_)) { Self::TooLarge } else { Self::Connection }
    }
}

conversions!(Message, Utf8Bytes, CloseFrame);

#[cfg(test)]
mod tests {
    use super::*;
    use tokio_tungstenite::tungstenite::protocol::Role;

    #[tokio::test]
    async fn a_connection_that_failed_is_closed() {
        let (here, there) = tokio::io::duplex(1 << 10);
        let mut transport = transport(WebSocketStream::from_raw_socket(here, Role::Server, None).await);
        drop(there);
        let message = || Packet::Text("x".repeat(1 << 16).into());
        assert_eq!(transport.send(message()).await, Err(Broken::Connection));
        // Closing may fail or not.
        let _ = transport.close().await;
    }
}
