//! Passes what it receives on to everyone in a room.

use crate::peer::{End, Event, Peer};
use crate::query::Target;
use crate::state::Said;
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// A member of a room.
#[derive(Debug)]
pub struct Broadcast {
    room: String,
    own: bool,
}

impl Broadcast {
    /// Reads `room` and `own`.
    pub fn parse(target: &Target) -> Result<Self, String> {
        let own = target.choice("own", &["1", "0"])? == "1";
        Ok(Self { room: target.get("room").unwrap_or_default().to_owned(), own })
    }

    /// Until the connection is over.
    pub async fn run(self, peer: &mut Peer) -> End {
        let (room, mut said) = peer.entered.server.room(&self.room);
        let number = peer.entered.number;
        let mut missed = 0;
        let mut end = loop {
            let heard = tokio::select! {
                event = peer.next() => match event {
                    Event::Message(message) => {
                        let _ = room.send((number, message));
                        continue;
                    }
                    Event::Ready => continue,
                    Event::Over(end) => break end,
                },
                heard = hear(&mut said, &mut missed) => heard,
            };
            if self.own || heard.0 != number {
                peer.send(heard.1).await;
            }
        };
        if let (1.., Some(object)) = (missed, end.said.as_object_mut()) {
            object.insert("missed".to_owned(), missed.into());
        }
        end
    }
}

/// The next message said in the room; how many went by unheard is counted, since the room's memory is bounded.
async fn hear(said: &mut Receiver<Said>, missed: &mut u64) -> Said {
    loop {
        match said.recv().await {
            Ok(message) => return message,
            Err(RecvError::Lagged(count)) => *missed += count,
            // Not while this member holds a sender of its own.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}
