//! An open WebSocket connection as a behaviour sees it.

use crate::record::Seen;
use crate::state::{Command, Entered};
use crate::wire::{Cut, Line, Wire, drain};
use futures_util::{Sink, SinkExt, Stream};
use serde_json::{Value, json};
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, frame::coding::CloseCode};
use tokio_tungstenite::tungstenite::{Error, Message, error::ProtocolError};

/// How long the peer may take to answer a close frame.
const CLOSING: Duration = Duration::from_secs(10);

/// How a connection ended, and how to end TCP.
#[derive(Debug)]
pub struct End {
    /// The text for the log.
    pub said: Value,
    /// How to end TCP.
    pub cut: Cut,
}

impl End {
    /// The server ended the connection on purpose.
    pub fn dropped(cut: Cut) -> Self {
        let mode = if cut == Cut::Rst { "rst" } else { "fin" };
        Self { said: json!({ "how": "dropped", "mode": mode }), cut }
    }

    /// Any other reason, in a word.
    pub fn plain(how: &str) -> Self {
        Self { said: json!({ "how": how }), cut: Cut::Fin }
    }
}

/// What a behaviour waits for.
#[derive(Debug)]
pub enum Event {
    /// A text or binary message.
    Message(Message),
    /// There is room to send, or the deadline was reached; only if requested.
    Ready,
    /// The connection ended.
    Over(End),
}

/// An open connection.
#[derive(Debug)]
pub struct Peer {
    ws: WebSocketStream<Wire>,
    /// The TCP connection.
    pub line: Arc<Line>,
    /// Its registration.
    pub entered: Arc<Entered>,
    orders: mpsc::Receiver<Command>,
    unflushed: bool,
    closing: Option<Instant>,
    closed: Option<Value>,
}

enum Turn {
    Frame(Option<Result<Message, Error>>),
    Order(Command),
    Ready,
}

impl Peer {
    /// Creates an open connection after the handshake.
    pub fn new(
        ws: WebSocketStream<Wire>,
        line: Arc<Line>,
        entered: Arc<Entered>,
        orders: mpsc::Receiver<Command>,
    ) -> Self {
        Self { ws, line, entered, orders, unflushed: false, closing: None, closed: None }
    }

    /// Returns the next message or the end; control frames and commands of the control port are handled here.
    pub async fn next(&mut self) -> Event {
        self.event(false, None).await
    }

    /// Returns the next message or the end, or that there is room to send.
    pub async fn next_or_ready(&mut self) -> Event {
        self.event(true, None).await
    }

    /// Returns the next message or the end, or that the deadline was reached.
    pub async fn next_until(&mut self, time: Instant) -> Event {
        self.event(false, Some(time)).await
    }

    async fn event(&mut self, want_room: bool, time: Option<Instant>) -> Event {
        loop {
            let want_room = want_room && self.closed.is_none();
            let deadline = time.into_iter().chain(self.closing).min();
            // Only this wait is cancelled at the deadline: cancelling the handling of a message would lose it.
            let turn = self.turn(want_room);
            let turn = match deadline {
                None => turn.await,
                Some(deadline) => match timeout_at(deadline, turn).await {
                    Ok(turn) => turn,
                    Err(_) if self.closing.is_some_and(|closing| closing <= Instant::now()) => {
                        return Event::Over(End::plain("closing handshake not answered"));
                    }
                    Err(_) => return Event::Ready,
                },
            };
            match turn {
                Turn::Ready => return Event::Ready,
                Turn::Order(Command::Say(message)) => self.send(message).await,
                Turn::Order(Command::Close(code, reason)) => self.close(code, &reason).await,
                Turn::Frame(Some(Ok(message))) => {
                    self.note(&message);
                    if message.is_text() || message.is_binary() {
                        return Event::Message(message);
                    }
                }
                Turn::Frame(Some(Err(error))) => return Event::Over(self.failed(&error).await),
                Turn::Frame(None) => return Event::Over(self.over().await),
            }
        }
    }

    async fn turn(&mut self, want_room: bool) -> Turn {
        poll_fn(|cx| {
            if let Poll::Ready(frame) = Pin::new(&mut self.ws).poll_next(cx) {
                return Poll::Ready(Turn::Frame(frame));
            }
            // A command is received only when it can be carried out without waiting, or a caller that cancels this
            // wait would lose it.
            if Pin::new(&mut self.ws).poll_ready(cx).is_ready() {
                if let Poll::Ready(Some(order)) = self.orders.poll_recv(cx) {
                    return Poll::Ready(Turn::Order(order));
                }
                if want_room {
                    return Poll::Ready(Turn::Ready);
                }
            }
            // Only when nothing is left to read, so that a burst is answered in few writes.
            if self.unflushed && Pin::new(&mut self.ws).poll_flush(cx).is_ready() {
                self.unflushed = false;
            }
            Poll::Pending
        })
        .await
    }

    /// Queues a message, and waits for room while the peer does not read. A failure shows in the next event.
    pub async fn send(&mut self, message: Message) {
        let length = message.len();
        if self.ws.feed(message).await.is_ok() {
            self.unflushed = true;
            self.entered.server.log.sent(self.entered.number, length);
        }
    }

    /// Starts the closing handshake. Any code is sent as it is, legal or not.
    pub async fn close(&mut self, code: Option<u16>, reason: &str) {
        let frame = code.map(|code| CloseFrame { code: CloseCode::from(code), reason: reason.into() });
        self.closing.get_or_insert_with(|| Instant::now() + CLOSING);
        self.closed.get_or_insert_with(
            || json!({ "how": "closed", "by": "server", "code": code, "reason": reason }),
        );
        self.unflushed = true;
        let _ = self.ws.close(frame).await;
    }

    /// Writes raw bytes after what the WebSocket crate has buffered.
    pub async fn write_raw(&mut self, bytes: &[u8]) {
        let _ = self.ws.flush().await;
        self.unflushed = false;
        let wire = self.ws.get_mut();
        if wire.write_all(bytes).await.is_ok() {
            let _ = wire.flush().await;
        }
    }

    fn note(&mut self, message: &Message) {
        let seen = match message {
            Message::Text(text) => Seen::Text(text),
            Message::Binary(bytes) => Seen::Binary(bytes),
            Message::Ping(bytes) => Seen::Ping(bytes),
            Message::Pong(bytes) => Seen::Pong(bytes),
            Message::Close(frame) => {
                let (code, reason) =
                    frame.as_ref().map_or((1005, ""), |it| (it.code.into(), it.reason.as_str()));
                self.closed.get_or_insert_with(
                    || json!({ "how": "closed", "by": "client", "code": code, "reason": reason }),
                );
                Seen::Close(code, reason)
            }
            Message::Frame(_) => return,
        };
        self.entered.server.log.received(self.entered.number, &seen);
    }

    async fn over(&mut self) -> End {
        // A muted connection looks alive to the peer until the peer gives up.
        if self.line.is_mute() {
            drain(self.ws.get_mut()).await;
        }
        let said = self.closed.take().unwrap_or_else(|| json!({ "how": "eof", "by": "client" }));
        End { said, cut: Cut::Fin }
    }

    async fn failed(&mut self, error: &Error) -> End {
        if self.line.is_spent() {
            return End::dropped(Cut::Fin);
        }
        match error {
            Error::ConnectionClosed | Error::AlreadyClosed => self.over().await,
            Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
                End { said: json!({ "how": "eof", "by": "client" }), cut: Cut::Fin }
            }
            Error::Protocol(wrong) => {
                let said = json!({ "how": "protocol error", "by": "client", "error": wrong.to_string() });
                End { said, cut: Cut::Fin }
            }
            Error::Io(failure) => {
                let said = json!({ "how": "broken", "by": "client", "error": failure.kind().to_string() });
                End { said, cut: Cut::Fin }
            }
            other => End { said: json!({ "how": "error", "error": other.to_string() }), cut: Cut::Fin },
        }
    }
}
