//! Sends many messages, numbered, as fast as the peer takes them or at a rate.

use super::echo;
use crate::peer::{End, Event, Peer};
use crate::query::Target;
use std::time::Duration;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;

const SIZE_LIMIT: usize = 64 * 1024 * 1024;

#[derive(Clone, Copy, Debug)]
enum Kind {
    Text,
    /// Text that no browser can keep in one byte a character.
    Unicode,
    Binary,
}

/// How many, how long, how fast.
#[derive(Debug)]
pub struct Flood {
    /// 0 is without end.
    n: u64,
    size: usize,
    kind: Kind,
    /// Messages per second; 0 is as fast as the peer takes them.
    rate: u32,
    on_message: bool,
    then_close: bool,
}

impl Flood {
    /// Reads the parameters.
    pub fn parse(target: &Target) -> Result<Self, String> {
        let size = target.number_or("size", 32)?;
        if size > SIZE_LIMIT {
            return Err(format!("size: at most {SIZE_LIMIT}"));
        }
        Ok(Self {
            n: target.number_or("n", 1000)?,
            size,
            kind: match target.choice("kind", &["text", "binary", "unicode"])? {
                "binary" => Kind::Binary,
                "unicode" => Kind::Unicode,
                _ => Kind::Text,
            },
            rate: target.number_or("rate", 0)?,
            on_message: target.choice("start", &["open", "message"])? == "message",
            then_close: target.choice("then", &["stay", "close"])? == "close",
        })
    }

    /// Until the connection is over.
    pub async fn run(self, peer: &mut Peer) -> End {
        loop {
            if self.on_message {
                match peer.next().await {
                    Event::Message(_) => {}
                    Event::Ready => continue,
                    Event::Over(end) => return end,
                }
            }
            if let Err(end) = self.pour(peer).await {
                return end;
            }
            if self.then_close {
                peer.close(Some(1000), "").await;
                return peer.until_over().await;
            }
            if !self.on_message {
                return echo::run(peer).await;
            }
        }
    }

    async fn pour(&self, peer: &mut Peer) -> Result<(), End> {
        let start = Instant::now();
        let mut sent = 0;
        while self.n == 0 || sent < self.n {
            let event = match self.due(start, sent) {
                None => peer.next_or_ready().await,
                Some(due) => peer.next_until(due).await,
            };
            match event {
                Event::Ready => {
                    peer.send(self.message(sent)).await;
                    sent += 1;
                }
                Event::Message(_) => {}
                Event::Over(end) => return Err(end),
            }
        }
        Ok(())
    }

    fn due(&self, start: Instant, sent: u64) -> Option<Instant> {
        let nanos = sent.saturating_mul(1_000_000_000).checked_div(self.rate.into())?;
        Some(start + Duration::from_nanos(nanos))
    }

    /// Begins with its number, so that order and loss can be seen.
    fn message(&self, number: u64) -> Message {
        if matches!(self.kind, Kind::Binary) {
            // A message of the next four thousand million has the same number.
            let mut bytes = (number as u32).to_be_bytes().to_vec();
            bytes.resize(self.size, 0xa5);
            return Message::binary(bytes);
        }
        let mut text = format!("{number} ");
        text.truncate(self.size);
        if matches!(self.kind, Kind::Unicode) {
            text.extend(std::iter::repeat_n('€', (self.size - text.len()) / '€'.len_utf8()));
        }
        text.extend(std::iter::repeat_n('x', self.size - text.len()));
        Message::text(text)
    }
}
