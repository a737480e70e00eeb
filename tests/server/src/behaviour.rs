//! Runs faults over TCP.

use crate::peer::{End, Event, Peer};
use crate::state::Said;
use crate::wire::Cut;
use std::time::Duration;
use steady_network::faults::{Fault, Input, Offer, Output, Payload, Reading, Run};
use tokio::sync::broadcast::{Receiver, Sender, error::RecvError};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;

/// Converts a message of the WebSocket crate to one of the faults library.
#[derive(Debug)]
pub struct Carried(Message);

impl Payload for Carried {
    fn text(text: String) -> Self {
        Self(Message::text(text))
    }

    fn binary(bytes: Vec<u8>) -> Self {
        Self(Message::binary(bytes))
    }

    fn bytes(&self) -> &[u8] {
        match &self.0 {
            Message::Text(text) => text.as_bytes(),
            Message::Binary(bytes) => bytes,
            _ => &[],
        }
    }

    fn is_text(&self) -> bool {
        self.0.is_text()
    }
}

/// A room that the connection has joined.
struct Room {
    sender: Sender<Said>,
    receiver: Receiver<Said>,
    /// Whether it also receives its own messages.
    own: bool,
    missed: u64,
}

/// Serves an open connection until it ends.
pub async fn run(fault: Fault, peer: &mut Peer, offer: &Offer<'_>) -> End {
    let start = Instant::now();
    let mut run: Run<Carried> = fault.start(Duration::ZERO, offer);
    let (mut room, mut cut_reading) = (None, Cut::Fin);
    let mut end = loop {
        while let Some(output) = run.poll() {
            match output {
                Output::Send(message) => peer.send(message.0).await,
                Output::Close(code, reason) => peer.close(code, &reason).await,
                Output::Write { bytes, message } => {
                    peer.write_raw(&bytes).await;
                    if let Some(length) = message {
                        peer.entered.server.log.sent(peer.entered.number, length);
                    }
                }
                Output::End(cut) => return End::dropped(cut),
                Output::Silence => {
                    peer.write_raw(&[]).await;
                    peer.line.mute();
                }
                Output::Read(reading) => {
                    peer.line.pause(reading == Reading::Stopped);
                    peer.line.slow(if let Reading::Slow(rate) = reading { rate } else { 0 });
                }
                Output::ReceiveBuffer(bytes) => peer.line.receive_buffer(bytes),
                Output::EndAfterReading(bytes, cut) => {
                    cut_reading = cut;
                    peer.line.cut_after(bytes);
                }
                Output::Join { room: name, own } => {
                    let (sender, receiver) = peer.entered.server.room(&name);
                    room = Some(Room { sender, receiver, own, missed: 0 });
                }
                Output::Say(message) => {
                    if let Some(room) = &room {
                        let _ = room.sender.send((peer.entered.number, message.0));
                    }
                }
            }
        }
        let wait = async {
            match run.deadline() {
                Some(deadline) => peer.next_until(start + deadline).await,
                None if run.wants_room() => peer.next_or_ready().await,
                None => peer.next().await,
            }
        };
        let event = match &mut room {
            None => Ok(wait.await),
            Some(room) => tokio::select! {
                event = wait => Ok(event),
                said = hear(room) => Err((said, room.own)),
            },
        };
        let event = match event {
            Ok(event) => event,
            Err(((number, message), own)) => {
                if own || number != peer.entered.number {
                    peer.send(message).await;
                }
                continue;
            }
        };
        let now = start.elapsed();
        match event {
            Event::Message(message) => run.handle(now, Input::Message(Carried(message))),
            Event::Ready if run.wants_room() => run.handle(now, Input::Room),
            // The deadline may differ by rounding.
            Event::Ready => run.handle(run.deadline().unwrap_or(now).max(now), Input::Time),
            Event::Over(_) if peer.line.is_spent() => break End::dropped(cut_reading),
            Event::Over(end) => break end,
        }
    };
    if let (Some(Room { missed: missed @ 1.., .. }), Some(object)) = (room, end.said.as_object_mut()) {
        object.insert("missed".to_owned(), missed.into());
    }
    end
}

/// Returns the next message of the room. Missed messages are counted, because the room's memory is bounded.
async fn hear(room: &mut Room) -> Said {
    loop {
        match room.receiver.recv().await {
            Ok(message) => return message,
            Err(RecvError::Lagged(count)) => room.missed += count,
            // The channel never closes, because this member holds a sender.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}
