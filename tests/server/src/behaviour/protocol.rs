//! Says what the handshake asked and chose, then is an echo.

use super::echo;
use crate::http::Request;
use crate::peer::{End, Peer};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

/// Until the connection is over.
pub async fn run(peer: &mut Peer, request: &Request, chosen: Option<&str>) -> End {
    let said = json!({
        "offered": request.list("sec-websocket-protocol"),
        "chosen": chosen,
        "extensions": request.header("sec-websocket-extensions"),
        "origin": request.header("origin"),
        "cookie": request.header("cookie"),
        "target": request.raw_target,
    });
    peer.send(Message::text(said.to_string())).await;
    echo::run(peer).await
}
