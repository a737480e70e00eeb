//! Sends back what it receives.

use crate::peer::{End, Event, Peer};
use crate::query::Target;
use std::time::Duration;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;

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

/// When a behaviour stops being an echo.
#[derive(Clone, Copy, Debug)]
pub enum Until {
    /// When so many messages have arrived; the last of them is not echoed here.
    Messages(u64),
    /// When so long has passed since the handshake.
    Time(Duration),
}

/// What ended an echo.
#[derive(Debug)]
pub enum Turned {
    /// The time or the message had come; here is the message, if it was one.
    Now(Option<Message>),
    /// The connection was over before.
    Over(End),
}

impl Until {
    /// Reads `after` (messages, 0 by default) and `after_ms`.
    pub fn parse(target: &Target) -> Result<Self, String> {
        Ok(match target.number("after_ms")? {
            Some(millis) => Self::Time(Duration::from_millis(millis)),
            None => Self::Messages(target.number_or("after", 0)?),
        })
    }

    /// Echoes until then.
    pub async fn echo(self, peer: &mut Peer) -> Turned {
        let (mut left, deadline) = match self {
            Self::Messages(0) => return Turned::Now(None),
            Self::Messages(count) => (count, None),
            Self::Time(time) => (u64::MAX, Some(Instant::now() + time)),
        };
        loop {
            let event = match deadline {
                Some(deadline) => peer.next_until(deadline).await,
                None => peer.next().await,
            };
            match event {
                Event::Message(message) if left == 1 => return Turned::Now(Some(message)),
                Event::Message(message) => {
                    left -= 1;
                    peer.send(message).await;
                }
                Event::Ready => return Turned::Now(None),
                Event::Over(end) => return Turned::Over(end),
            }
        }
    }
}
