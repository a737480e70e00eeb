//! Answers nothing; reads everything, slowly, or not at all.

use crate::peer::{End, Event, Peer};
use crate::query::Target;
use std::time::Duration;
use tokio::time::Instant;

#[derive(Clone, Copy, Debug)]
enum Read {
    All,
    Stop,
    Slow(u64),
}

/// How it reads, from when and for how long.
#[derive(Debug)]
pub struct Sink {
    read: Read,
    after: u64,
    span: Option<Duration>,
    buffer: Option<usize>,
}

impl Sink {
    /// Reads the parameters.
    pub fn parse(target: &Target) -> Result<Self, String> {
        let read = match target.choice("read", &["all", "stop", "slow"])? {
            "stop" => Read::Stop,
            "slow" => Read::Slow(target.number_or("rate", 10_000)?.max(1)),
            _ => Read::All,
        };
        Ok(Self {
            read,
            after: target.number_or("after", 0)?,
            span: target.number("for_ms")?.map(Duration::from_millis),
            buffer: target.number("buffer")?,
        })
    }

    /// Until the connection is over.
    pub async fn run(self, peer: &mut Peer) -> End {
        if let Some(bytes) = self.buffer {
            peer.line.receive_buffer(bytes);
        }
        for _ in 0..self.after {
            if let Event::Over(end) = peer.next().await {
                return end;
            }
        }
        match self.read {
            Read::All => {}
            Read::Stop => peer.line.pause(true),
            Read::Slow(rate) => peer.line.slow(rate),
        }
        if let Some(span) = self.span {
            let deadline = Instant::now() + span;
            loop {
                match peer.next_until(deadline).await {
                    Event::Ready => break,
                    Event::Message(_) => {}
                    Event::Over(end) => return end,
                }
            }
            peer.line.pause(false);
            peer.line.slow(0);
        }
        peer.until_over().await
    }
}
