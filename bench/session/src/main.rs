//! A server for the bench's group `session`: `steady-bench-session plain|session`.
//!
//! Prints its address, and ends with its standard input. `plain` serves axum's own `WebSocket`, `session` a `Session`.

mod load;

use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::Uri;
use axum::response::Response;
use axum::routing::any;
use axum::serve::ListenerExt;
use futures_util::StreamExt;
use load::{Load, carry};
use std::error::Error;
use std::future::ready;
use steady_websocket_server::store::Memory;
use steady_websocket_server::{Limits, SessionUpgrade, Sessions};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

/// The buffer that `steady-websocket-server` sets; axum's default is 128 KiB.
const READ_BUFFER: usize = 4 << 10;
const WRITE_BUFFER: usize = 8 << 10;

/// More than the case of the idle sessions opens.
const SESSIONS: usize = 20_000;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let app = match std::env::args().nth(1).as_deref() {
        Some("plain") => Router::new().fallback(any(plain)),
        Some("session") => {
            let mut limits = Limits::default();
            limits.sessions = SESSIONS;
            let sessions = Sessions::new(Memory::new(), limits)?;
            Router::new().fallback(any(move |uri, upgrade| counted(uri, upgrade, sessions)))
        }
        _ => return Err("usage: steady-bench-session plain|session".into()),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("ws://{}", listener.local_addr()?);
    // As Node does. Otherwise the last messages of a burst wait until the browser acknowledges the others, for 40 ms.
    let listener = listener.tap_io(|tcp| drop(tcp.set_nodelay(true)));
    let mut input = tokio::io::stdin();
    tokio::select! {
        served = async { axum::serve(listener, app).await } => served?,
        ended = input.read_u8() => drop(ended),
    }
    Ok(())
}

/// The address is a slice of what was read of the request: kept, it would keep all of that.
async fn plain(uri: Uri, upgrade: WebSocketUpgrade) -> Response {
    let load = Load::of(&uri);
    let upgrade = upgrade.read_buffer_size(READ_BUFFER).write_buffer_size(WRITE_BUFFER);
    upgrade.on_upgrade(move |socket: WebSocket| async move {
        let socket = socket.filter_map(|received| {
            ready(match received {
                Ok(message @ (Message::Text(_) | Message::Binary(_))) => Some(message),
                _ => None,
            })
        });
        carry(socket, &load, Message::text).await;
    })
}

async fn counted(uri: Uri, upgrade: SessionUpgrade, sessions: Sessions) -> Response {
    let load = Load::of(&uri);
    upgrade.accept(&sessions, move |session| async move {
        carry(session, &load, Into::into).await;
    })
}
