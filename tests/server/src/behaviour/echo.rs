//! Sends back what it receives.

use crate::peer::{End, Event, Peer};

/// Until the connection is over.
pub async fn run(peer: &mut Peer) -> End {
    loop {
        match peer.next().await {
            Event::Message(message) => peer.send(message).await,
            Event::Ready => {}
            Event::Over(end) => return end,
        }
    }
}
