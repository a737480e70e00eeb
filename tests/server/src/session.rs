//! `/session`: an application with sessions behind this server's faults.
//!
//! It runs in this process as it would run on its own. Each connection is relayed to it, so that a fault reaches the
//! connection, and never the application.

use crate::peer::{End, Event, Peer};
use crate::record::Seen;
use crate::state::Server;
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use std::sync::Arc;
use steady_websocket_server::store::Memory;
use steady_websocket_server::{LimitError, Limits, Message as Payload, Session, Sessions};
use tokio::io::{DuplexStream, duplex};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

/// The path.
pub const PATH: &str = "/session";
/// How much either side may send that is not handled, and the limit of one message.
const WINDOW: usize = 1 << 20;
/// The buffer to the application and back: larger than both windows, so that neither end waits for the other.
const HELD: usize = 8 * WINDOW;

/// Returns the application's sessions.
pub fn sessions() -> Result<Sessions, LimitError> {
    let mut limits = Limits::default();
    limits.window = WINDOW as u64;
    Sessions::new(Memory::new(), limits)
}

/// Relays a connection to the application until one of them ends it.
pub async fn run(id: &str, target: &str, protocol: Option<&str>, peer: &mut Peer) -> End {
    let server = Arc::clone(&peer.entered.server);
    let mut application = match reach(&server, id, target, protocol).await {
        Ok(application) => application,
        Err(error) => {
            peer.close(Some(1011), "").await;
            return End {
                said: json!({ "how": "no session", "error": error.to_string() }),
                ..End::plain("")
            };
        }
    };
    let mut open = true;
    loop {
        let message = tokio::select! {
            event = peer.next() => match event {
                Event::Message(message) => {
                    // Its end is reported by the next read.
                    let _ = application.send(message).await;
                    continue;
                }
                Event::Over(end) => return end,
                Event::Ready => continue,
            },
            message = application.next(), if open => message,
        };
        match message {
            Some(Ok(message @ (Message::Text(_) | Message::Binary(_)))) => peer.send(message).await,
            Some(Ok(Message::Close(frame))) => {
                let (code, reason) = frame.map_or((None, String::new()), |frame| {
                    (Some(frame.code.into()), frame.reason.to_string())
                });
                peer.close(code, &reason).await;
            }
            Some(Ok(_)) => {}
            Some(Err(_)) | None => {
                open = false;
                peer.close(Some(1011), "").await;
            }
        }
    }
}

/// Opens a connection to the application.
async fn reach(
    server: &Arc<Server>,
    id: &str,
    target: &str,
    protocol: Option<&str>,
) -> Result<WebSocketStream<DuplexStream>, Error> {
    let (near, far) = duplex(HELD);
    let (sessions, handled_by) = (server.sessions.clone(), Arc::clone(server));
    let (id, target) = (id.to_owned(), target.to_owned());
    tokio::spawn(async move {
        let application = move |session| echo(session, handled_by, id, target);
        // A handshake that fails is reported by the other end.
        let _ = sessions.accept(far, application).await;
    });
    let mut request = "ws://session/".into_client_request()?;
    if let Some(protocol) = protocol {
        request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_str(protocol)?);
    }
    let config = WebSocketConfig::default().max_message_size(Some(HELD)).max_frame_size(Some(HELD));
    Ok(client_async_with_config(request, near, Some(config)).await?.0)
}

/// The application: it logs each message that it handles, and sends it back.
async fn echo(mut session: Session, server: Arc<Server>, id: String, target: String) {
    let number = server.log.arrived(&id, &target, "session of /session", crate::log::KEEP);
    while let Some(received) = session.receive().await {
        let message = received.message().clone();
        server.log.received(
            number,
            &match &message {
                Payload::Text(text) => Seen::Text(text),
                Payload::Binary(bytes) => Seen::Binary(bytes),
            },
        );
        // To a client that is closing nothing can be sent; what it sent before is handled.
        let _ = session.feed(message).await;
        if received.handled().is_err() {
            break;
        }
    }
    let end = session.ended().await;
    server.log.ended(number, json!({ "how": "session ended", "reason": format!("{:?}", end.reason) }));
}
