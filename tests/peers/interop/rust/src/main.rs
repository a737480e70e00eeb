//! The common dialect (`tests/peers/README.md`), with tokio-tungstenite: `steady-interop-server PORT`.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, Frame};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async};

const LARGE: usize = 1 << 20;
const FRAGMENT: usize = 1 << 16;

/// How the client saw the last connection end.
type Last = Arc<Mutex<String>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let port = std::env::args().nth(1).and_then(|port| port.parse().ok()).unwrap_or(0);
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let last = Last::default();
    loop {
        let (stream, _) = listener.accept().await?;
        let last = Arc::clone(&last);
        tokio::spawn(async move {
            // Probes of the port do not speak WebSocket.
            if let Ok(socket) = accept_hdr_async(stream, choose).await {
                let _ = serve(socket, &last).await;
            }
        });
    }
}

#[allow(clippy::result_large_err, reason = "the callback's type is tungstenite's")]
fn choose(
    request: &Request,
    mut response: Response,
) -> Result<Response, tokio_tungstenite::tungstenite::handshake::server::ErrorResponse> {
    let offered = request.headers().get("sec-websocket-protocol").and_then(|list| list.to_str().ok());
    if offered.is_some_and(|list| list.split(',').any(|one| one.trim() == "interop")) {
        response.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("interop"));
    }
    Ok(response)
}

type Socket = WebSocketStream<TcpStream>;

async fn serve(mut socket: Socket, last: &Last) -> Result<(), Error> {
    while let Some(message) = socket.next().await {
        match message? {
            Message::Text(text) => hear(&mut socket, &text, last).await?,
            bytes @ Message::Binary(_) => socket.send(bytes).await?,
            Message::Pong(_) => socket.send("pong".into()).await?,
            Message::Close(frame) => {
                let told = frame
                    .map_or_else(|| "1005 ".to_owned(), |f| format!("{} {}", u16::from(f.code), f.reason));
                *last.lock().unwrap_or_else(PoisonError::into_inner) = told;
            }
            Message::Ping(_) | Message::Frame(_) => {}
        }
    }
    Ok(())
}

async fn hear(socket: &mut Socket, text: &str, last: &Last) -> Result<(), Error> {
    let mut words = text.splitn(3, ' ');
    match words.next().unwrap_or_default() {
        "!close" => {
            let code: Option<u16> = words.next().and_then(|code| code.parse().ok());
            let reason = words.next().unwrap_or_default().to_owned();
            let frame = code.map(|code| CloseFrame { code: CloseCode::from(code), reason: reason.into() });
            socket.close(frame).await
        }
        "!ping" => socket.send(Message::Ping("?".into())).await,
        "!flood" => {
            let count: u32 = words.next().and_then(|count| count.parse().ok()).unwrap_or(0);
            for n in 0..count {
                socket.feed(n.to_string().into()).await?;
            }
            socket.flush().await
        }
        "!large" => {
            let large: Vec<u8> = (0..LARGE).map(|n| (n * 31 + (n >> 8)) as u8).collect();
            let fragments = large.chunks(FRAGMENT);
            let end = fragments.len() - 1;
            for (at, part) in fragments.enumerate() {
                let kind = if at == 0 { Data::Binary } else { Data::Continue };
                let frame = Frame::message(part.to_vec(), OpCode::Data(kind), at == end);
                socket.send(Message::Frame(frame)).await?;
            }
            Ok(())
        }
        "!last" => {
            let told = last.lock().unwrap_or_else(PoisonError::into_inner).clone();
            socket.send(told.into()).await
        }
        _ => socket.send(text.into()).await,
    }
}
