//! A server that accepts only so many connections at a time.

use crate::calendar::Millis;

/// The outcome of a connection attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is accepted at this time.
    Open(Millis),
    /// It is refused immediately.
    Refused,
    /// It is accepted, and then disconnected.
    OpenThenDropped,
    /// It is never answered.
    Silence,
}

/// What happens to attempts beyond the capacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Excess {
    /// Refused immediately, as by a load balancer's 503 or a full backlog's RST.
    Refuse,
    /// Accepted and disconnected: the handshake is cheap, what follows is not.
    Drop,
    /// Not answered, as by a full backlog that drops SYNs.
    #[cfg_attr(not(test), allow(dead_code, reason = "only told in a test: a full run is long enough"))]
    Silence,
}

/// The capacity of a server.
#[derive(Clone, Debug)]
pub struct Capacity {
    /// Connections that it can set up per second.
    pub per_second: u64,
    /// How many may wait for that; 0 means 1.
    pub backlog: u64,
    /// Whether they wait; otherwise the backlog is a burst that is accepted at once.
    pub waits: bool,
    /// What happens to the others.
    pub excess: Excess,
}

/// The server, which is down until `up_at`.
#[derive(Clone, Debug)]
pub struct Server {
    capacity: Capacity,
    up_at: Millis,
    /// When it will have set up all waiting connections, in nanoseconds.
    busy_until: u64,
}

const NANOS: u64 = 1_000_000;

impl Server {
    /// Creates a server that refuses all attempts until `up_at`.
    pub const fn new(capacity: Capacity, up_at: Millis) -> Self {
        Self { capacity, up_at, busy_until: 0 }
    }

    /// Handles a connection attempt.
    pub fn knock(&mut self, now: Millis) -> Verdict {
        if now < self.up_at {
            return Verdict::Refused;
        }
        let one = 1_000 * NANOS / self.capacity.per_second.max(1);
        let now_nanos = now * NANOS;
        let start = self.busy_until.max(now_nanos);
        if start - now_nanos > self.capacity.backlog.saturating_sub(1) * one {
            return match self.capacity.excess {
                Excess::Refuse => Verdict::Refused,
                Excess::Drop => Verdict::OpenThenDropped,
                Excess::Silence => Verdict::Silence,
            };
        }
        self.busy_until = start + one;
        Verdict::Open(if self.capacity.waits { self.busy_until.div_ceil(NANOS) } else { now })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(backlog: u64, waits: bool) -> Server {
        Server::new(Capacity { per_second: 10, backlog, waits, excess: Excess::Refuse }, 1_000)
    }

    #[test]
    fn is_down_then_takes_only_so_many() {
        let mut server = server(2, true);
        assert_eq!(server.knock(999), Verdict::Refused);
        assert_eq!(server.knock(1_000), Verdict::Open(1_100));
        assert_eq!(server.knock(1_000), Verdict::Open(1_200));
        assert_eq!(server.knock(1_000), Verdict::Refused);
        assert_eq!(server.knock(1_100), Verdict::Open(1_300));
    }

    #[test]
    fn a_burst_does_not_wait() {
        let mut server = server(2, false);
        assert_eq!(server.knock(1_000), Verdict::Open(1_000));
        assert_eq!(server.knock(1_000), Verdict::Open(1_000));
        assert_eq!(server.knock(1_000), Verdict::Refused);
    }

    #[test]
    fn over_a_minute_it_takes_its_rate() {
        let mut server = server(5, true);
        let opened = (1_000..61_000).filter(|now| matches!(server.knock(*now), Verdict::Open(_))).count();
        assert_eq!(opened, 600 + 5 - 1);
    }
}
