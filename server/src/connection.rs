//! A connection that has a session.

use crate::message::Message;
use crate::shared::Shared;
use crate::state::{Backlog, Outgoing};
use crate::transport::{Broken, Packet, Transport};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use std::sync::Arc;
use std::time::Duration;
use steady_session::{Connection, Incoming, ServerInput, incoming};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::timeout;

/// How long to wait for the peer's close frame.
pub(crate) const CLOSE_WITHIN: Duration = Duration::from_secs(2);

/// Close code: the connection ended without a close frame.
pub(crate) const ABNORMAL: u16 = 1006;

/// Close code: a message was too large.
pub(crate) const TOO_LARGE: u16 = 1009;

/// Close code: the server restarts.
pub(crate) const RESTART: u16 = 1012;

/// Transfers messages in both directions until the connection is closed or fails.
pub(crate) async fn run<T: Transport>(
    transport: T,
    shared: &Arc<Shared>,
    on: Connection,
    outgoing: UnboundedReceiver<Outgoing>,
    answers: &Backlog,
) {
    let (mut sink, mut stream) = transport.split();
    let mut stopping = shared.hub.stopping.subscribe();
    let stopped = async {
        // Cannot fail: this task owns the sender.
        let _ = stopping.wait_for(|stopping| *stopping).await;
    };
    let code = tokio::select! {
        code = read(&mut stream, shared, on, answers) => code,
        code = write(&mut sink, outgoing, answers) => code,
        () = stopped => RESTART,
    };
    if matches!(code, RESTART | TOO_LARGE) {
        let _ = timeout(CLOSE_WITHIN, sink.send(Packet::Close(code, String::new()))).await;
    }
    // Fails if the machine no longer knows the connection.
    let _ = shared.step(ServerInput::Disconnected(on, code));
    finish(&mut sink, &mut stream).await;
}

/// Passes received frames to the machine. Returns the connection's close code.
async fn read<T: Transport>(
    stream: &mut SplitStream<T>,
    shared: &Arc<Shared>,
    on: Connection,
    answers: &Backlog,
) -> u16 {
    let silence = shared.hub.limits.silence;
    let half = silence / 2;
    let mut pinged = false;
    loop {
        // Do not read from a client that does not read the answers to its frames.
        if timeout(silence, answers.is_short()).await.is_err() {
            return ABNORMAL;
        }
        let packet = match timeout(half, stream.next()).await {
            Ok(Some(Ok(packet))) => packet,
            Ok(Some(Err(Broken::TooLarge))) => return TOO_LARGE,
            Ok(Some(Err(Broken::Connection)) | None) => return ABNORMAL,
            Err(_) if pinged => return ABNORMAL,
            Err(_) => {
                pinged = true;
                // Fails before the session is established; that phase has its own deadline.
                let _ = shared.step(ServerInput::Ping);
                continue;
            }
        };
        pinged = false;
        let taken = match packet {
            Packet::Text(text) => match incoming(&text) {
                Incoming::Control(frame) => shared.step(ServerInput::Control(on, frame.into())),
                Incoming::Data(data) => {
                    // One character shorter if the text was escaped.
                    let text = text.slice_ref(data);
                    deliver(shared, on, Message::Text(text))
                }
            },
            Packet::Binary(data) => deliver(shared, on, Message::Binary(data)),
            Packet::Close(code, _) => return code,
            Packet::Other => Ok(()),
        };
        // The machine ignores input from an old connection and does not fail.
        debug_assert!(taken.is_ok(), "{taken:?}");
    }
}

fn deliver(shared: &Arc<Shared>, on: Connection, message: Message) -> Result<(), steady_session::Error> {
    let cost = message.cost();
    shared.step_with(ServerInput::Message(on, cost), Some(message))
}

/// Sends the session's frames. Returns the code it closes the connection with.
async fn write<T: Transport>(
    sink: &mut SplitSink<T, Packet>,
    mut outgoing: UnboundedReceiver<Outgoing>,
    answers: &Backlog,
) -> u16 {
    while let Some(first) = outgoing.recv().await {
        let mut next = Some(first);
        while let Some(one) = next {
            let packet = match one {
                Outgoing::Message(message) => Packet::counted(message),
                Outgoing::Control(text) => {
                    answers.sent();
                    Packet::Text(text.into())
                }
                Outgoing::Close(code, reason) => {
                    let _ = timeout(CLOSE_WITHIN, sink.send(Packet::Close(code, reason))).await;
                    return code;
                }
            };
            if sink.feed(packet).await.is_err() {
                return ABNORMAL;
            }
            next = outgoing.try_recv().ok();
        }
        if sink.flush().await.is_err() {
            return ABNORMAL;
        }
    }
    ABNORMAL
}

/// Completes the closing handshake.
pub(crate) async fn finish<T: Transport>(sink: &mut SplitSink<T, Packet>, stream: &mut SplitStream<T>) {
    let handshake = async {
        let _ = sink.close().await;
        while let Some(Ok(packet)) = stream.next().await {
            if matches!(packet, Packet::Close(..)) {
                break;
            }
        }
    };
    let _ = timeout(CLOSE_WITHIN, handshake).await;
}

/// Closes a connection that gets no session.
pub(crate) async fn refuse<T: Transport>(mut transport: T, frame: Option<steady_session::Frame>, code: u16) {
    let last = async {
        if let Some(frame) = frame {
            transport.feed(Packet::Text(frame.to_string().into())).await?;
        }
        transport.send(Packet::Close(code, String::new())).await
    };
    if let Ok(Ok(())) = timeout(CLOSE_WITHIN, last).await {
        let (mut sink, mut stream) = transport.split();
        finish(&mut sink, &mut stream).await;
    }
}
