//! Sessions on tokio-tungstenite.

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
    /// Accepts a WebSocket on this stream, and serves it until it ends. `handler` runs once for each session that begins
    /// or is taken over at this node, not for each connection.
    ///
    /// Fails if the handshake does.
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
        self.clone().serve(transport(socket), request, chosen, handler).await;
        Ok(())
    }

    /// A client that takes too long for its handshake is not waited for.
    async fn handshake<T>(&self, accept: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let late = |_| Error::Io(std::io::ErrorKind::TimedOut.into());
        tokio::time::timeout(self.limits().arrival, accept).await.map_err(late)?
    }
}

fn transport<S: AsyncRead + AsyncWrite + Send + Unpin>(
    socket: WebSocketStream<S>,
) -> impl crate::transport::Transport {
    socket
        .sink_map_err(broken)
        .with(|packet| ready(outgoing(packet).ok_or(Broken::Connection)))
        .map(|message| message.map_err(broken).and_then(incoming))
}

fn broken(error: Error) -> Broken {
    if matches!(error, Error::Capacity(_)) { Broken::TooLarge } else { Broken::Connection }
}

conversions!(Message, Utf8Bytes, CloseFrame);
