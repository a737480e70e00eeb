//! A chat in which everybody receives every message once and in order, even if connections are lost.

use axum::{Router, extract::State, response::Response, routing::any};
use futures_util::{SinkExt, StreamExt};
use steady_websocket_server::{Limits, Message, Session, SessionUpgrade, Sessions, store::Memory};
use tokio::{net::TcpListener, sync::broadcast};

type Room = broadcast::Sender<Message>;

async fn join(upgrade: SessionUpgrade, State((sessions, room)): State<(Sessions, Room)>) -> Response {
    upgrade.accept(&sessions, |session| chat(session, room))
}

async fn chat(mut session: Session, room: Room) {
    let mut said = room.subscribe();
    loop {
        tokio::select! {
            message = session.next() => match message {
                Some(message) => drop(room.send(message)),
                None => return,
            },
            message = said.recv() => match message {
                // Ignore the error of a session that is over: its stream ends, too.
                Ok(message) => drop(session.send(message).await),
                // 1,000 messages behind: returning closes the session, and the client is informed.
                Err(_) => return,
            },
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port = std::env::args().nth(1).unwrap_or_else(|| "8080".into());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!("ws://{}/", listener.local_addr()?);
    let state = (Sessions::new(Memory::new(), Limits::default())?, Room::new(1_000));
    Ok(axum::serve(listener, Router::new().route("/", any(join)).with_state(state)).await?)
}
