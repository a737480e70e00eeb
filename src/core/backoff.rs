//! Exponential backoff with jitter.

use super::config::{Jitter, LONGEST, Retry};
use super::random::Random;
use super::time::Millis;

/// The state of the backoff. The same seed gives the same delays.
#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    random: Random,
    tried: u32,
    step: Millis,
    last: Millis,
}

impl Backoff {
    pub(crate) const fn new(seed: u64) -> Self {
        Self { random: Random::new(seed), tried: 0, step: 0, last: 0 }
    }

    /// Starts over after a stable connection.
    pub(crate) fn reset(&mut self) {
        (self.tried, self.step, self.last) = (0, 0, 0);
    }

    /// Returns the next delay, or `None` when all attempts are used.
    pub(crate) fn next_delay(&mut self, rules: &Retry) -> Option<Millis> {
        if rules.attempts.is_some_and(|most| self.tried >= most) {
            return None;
        }
        self.tried = self.tried.saturating_add(1);
        // The checks of `Config` keep every product below 2⁶⁴.
        self.step = match self.step {
            0 => rules.first,
            step => (step * u64::from(rules.growth)).div_ceil(100).min(rules.ceiling),
        };
        let delay = match rules.jitter {
            Jitter::Full => self.random.between(rules.floor, self.step),
            Jitter::Equal => self.random.between(self.step / 2, self.step),
            Jitter::Decorrelated => {
                let most = (3 * self.last.max(rules.first)).min(rules.ceiling);
                self.random.between(rules.first, most)
            }
            Jitter::None => self.step,
        };
        self.last = delay.max(rules.floor);
        Some(self.last)
    }

    /// Returns a delay between `floor` and twice as much, so that clients of a busy server do not all return
    /// at once.
    pub(crate) fn floor_with_jitter(&mut self, floor: Millis) -> Millis {
        self.random.between(floor, 2 * floor).min(LONGEST)
    }
}

#[cfg(test)]
impl Backoff {
    /// Returns a copy without the random state and without an unused count.
    pub(super) fn normal(mut self, endless: bool) -> Self {
        self.random = Random::new(0);
        self.tried = if endless { 0 } else { self.tried };
        self
    }
}
