//! A chat that loses nothing: what is said reaches everybody once and in order, whatever their connections do.

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
                // A session that is over says so as a stream, too.
                Ok(message) => drop(session.send(message).await),
                // 1,000 messages behind: the session is closed, and its client learns so.
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
    let state = (Sessions::new(Memory::new(), Limits::default()), Room::new(1_000));
    Ok(axum::serve(listener, Router::new().route("/", any(join)).with_state(state)).await?)
}
