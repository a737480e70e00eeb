//! How long a connection may be silent.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Instant, Sleep};

/// Instants beyond it may overflow.
const LONGEST: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// What a connection waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wait {
    /// A packet, for half of the time; then the client is pinged.
    Packet,
    /// A packet after the ping, for the other half.
    Pong,
    /// That the client reads, for all of the time: until then it is not read from.
    Reader,
}

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// Ping the client.
    Ping,
    /// End the connection.
    End,
}

/// Measures the silence of a connection. Moving a timer at each packet would cost more than reading the packet, so the
/// timer fires when a packet could be missing, and is only then moved behind the last one.
pub(crate) struct Silence<'a> {
    limit: Duration,
    wait: Wait,
    since: Instant,
    timer: Pin<&'a mut Sleep>,
}

impl<'a> Silence<'a> {
    /// Uses a timer that has not started.
    pub(crate) fn new(limit: Duration, timer: Pin<&'a mut Sleep>) -> Self {
        Self { limit: limit.min(LONGEST), wait: Wait::Packet, since: Instant::now(), timer }
    }

    /// Records that packets were received.
    pub(crate) fn heard(&mut self) {
        self.begin(Wait::Packet);
    }

    /// Records whether reading is suspended until the client reads.
    pub(crate) fn suspended(&mut self, suspended: bool) {
        if suspended != (self.wait == Wait::Reader) {
            self.begin(if suspended { Wait::Reader } else { Wait::Packet });
        }
    }

    fn begin(&mut self, wait: Wait) {
        self.wait = wait;
        self.since = Instant::now();
    }

    fn deadline(&self) -> Instant {
        self.since + if self.wait == Wait::Reader { self.limit } else { self.limit / 2 }
    }

    /// Returns what is due.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Due> {
        let deadline = self.deadline();
        if self.timer.deadline() > deadline {
            self.timer.as_mut().reset(deadline);
        }
        loop {
            ready!(self.timer.as_mut().poll(context));
            let deadline = self.deadline();
            if Instant::now() >= deadline {
                break;
            }
            self.timer.as_mut().reset(deadline);
        }
        if self.wait != Wait::Packet {
            return Poll::Ready(Due::End);
        }
        self.begin(Wait::Pong);
        Poll::Ready(Due::Ping)
    }
}
