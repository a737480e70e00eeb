//! How Chromium throttles a page's WebSockets, for the comparison with real ones.
//!
//! After its `WebSocketPerProcessThrottler` and `WebSocketEndpointLockManager`: an attempt is delayed by 1 to 5 s ·
//! 2^min(pending + failed ÷ (succeeded + 1), 16) ÷ 65536, then waits for its turn, because an address has one
//! handshake at a time and 10 ms between two.

use crate::calendar::Millis;
use crate::random::Random;

const UNLOCK: Millis = 10;

/// One browser with one page.
#[derive(Clone, Debug)]
pub struct Chromium {
    chance: Random,
    pending: u64,
    failed: u64,
    succeeded: u64,
    free_at: Millis,
}

impl Chromium {
    /// Returns a browser whose page has opened this many sockets.
    pub const fn new(opened: u64, seed: u64) -> Self {
        Self { chance: Random::new(seed), pending: 0, failed: 0, succeeded: opened, free_at: 0 }
    }

    /// Returns how long a new attempt is delayed.
    pub fn begin(&mut self) -> Millis {
        self.pending += 1;
        let power = (self.pending + self.failed / (self.succeeded + 1)).min(16);
        ((1_000 + self.chance.below(4_001)) << power) / 65_536
    }

    /// Returns when a delayed attempt reaches the network, if its handshake takes `long`.
    pub fn take_turn(&mut self, now: Millis, long: Millis) -> Millis {
        let start = self.free_at.max(now);
        self.free_at = start + long + UNLOCK;
        start
    }

    /// Records that a handshake ended.
    pub const fn end(&mut self, opened: bool) {
        self.pending = self.pending.saturating_sub(1);
        if opened {
            self.succeeded += 1;
        } else {
            self.failed += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Chromium;

    #[test]
    fn one_is_let_through_and_a_crowd_is_held_back() {
        let mut browser = Chromium::new(250, 1);
        assert_eq!(browser.begin(), 0);
        for _ in 0..20 {
            browser.begin();
        }
        assert!((1_000..=5_000).contains(&browser.begin()));
        assert_eq!((browser.take_turn(5, 2), browser.take_turn(5, 2), browser.take_turn(50, 2)), (5, 17, 50));
    }

    #[test]
    fn failures_hold_back_unless_there_were_successes() {
        let (mut lucky, mut unlucky) = (Chromium::new(250, 1), Chromium::new(0, 1));
        for browser in [&mut lucky, &mut unlucky] {
            for _ in 0..20 {
                browser.begin();
                browser.end(false);
            }
        }
        assert_eq!(lucky.begin(), 0);
        assert!(unlucky.begin() >= 1_000);
    }
}
