//! The common dialect (`tests/peers/README.md`), with axum: `steady-interop-axum PORT`.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::{Router, response::Response, routing::any};
use tokio::net::TcpListener;

const LARGE: usize = 1 << 20;

/// How the client saw the last connection end.
type Last = Arc<Mutex<String>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let port = std::env::args().nth(1).and_then(|port| port.parse().ok()).unwrap_or(0);
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let app = Router::new().route("/", any(upgrade)).with_state(Last::default());
    axum::serve(listener, app).await
}

async fn upgrade(upgrade: WebSocketUpgrade, State(last): State<Last>) -> Response {
    upgrade.protocols(["interop"]).on_upgrade(async move |socket| {
        // However it ends.
        let _ = serve(socket, &last).await;
    })
}

async fn serve(mut socket: WebSocket, last: &Last) -> Result<(), axum::Error> {
    while let Some(message) = socket.recv().await {
        match message? {
            Message::Text(text) => answer(&mut socket, &text, last).await?,
            bytes @ Message::Binary(_) => socket.send(bytes).await?,
            Message::Pong(_) => socket.send("pong".into()).await?,
            Message::Close(frame) => {
                let seen = frame.map_or_else(|| "1005 ".to_owned(), |f| format!("{} {}", f.code, f.reason));
                *last.lock().unwrap_or_else(PoisonError::into_inner) = seen;
            }
            Message::Ping(_) => {}
        }
    }
    Ok(())
}

async fn answer(socket: &mut WebSocket, text: &str, last: &Last) -> Result<(), axum::Error> {
    let mut words = text.splitn(3, ' ');
    match words.next().unwrap_or_default() {
        "!close" => {
            let code = words.next().and_then(|code| code.parse().ok());
            let reason = words.next().unwrap_or_default();
            let frame = code.map(|code| CloseFrame { code, reason: reason.into() });
            socket.send(Message::Close(frame)).await
        }
        "!ping" => socket.send(Message::Ping("?".into())).await,
        "!flood" => {
            let count: u32 = words.next().and_then(|count| count.parse().ok()).unwrap_or(0);
            for n in 0..count {
                socket.send(n.to_string().into()).await?;
            }
            Ok(())
        }
        "!large" => {
            // axum sends no fragments.
            let large: Vec<u8> = (0..LARGE).map(|n| (n * 31 + (n >> 8)) as u8).collect();
            socket.send(large.into()).await
        }
        "!last" => {
            let seen = last.lock().unwrap_or_else(PoisonError::into_inner).clone();
            socket.send(seen.into()).await
        }
        _ => socket.send(text.into()).await,
    }
}
