//! The ladder of delays between attempts.

use super::config::{Jitter, LONGEST, Retry};
use super::random::Random;
use super::time::Millis;

/// Where a socket stands on its ladder. Pure: the same seed climbs the same way.
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

    /// A stable connection was had: the next trouble is a new trouble.
    pub(crate) fn reset(&mut self) {
        (self.tried, self.step, self.last) = (0, 0, 0);
    }

    /// One rung up: the next delay, or `None` when the attempts are used up.
    pub(crate) fn next_delay(&mut self, rules: &Retry) -> Option<Millis> {
        if rules.attempts.is_some_and(|most| self.tried >= most) {
            return None;
        }
        self.tried = self.tried.saturating_add(1);
        // By the checks on `Config` no product reaches 2⁶⁴.
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

    /// A wait of at least `floor`, spread over as much again: whoever asked us to stay away does
    /// not want everybody back at once.
    pub(crate) fn floor_with_jitter(&mut self, floor: Millis) -> Millis {
        self.random.between(floor, 2 * floor).min(LONGEST)
    }
}

#[cfg(test)]
impl Backoff {
    /// Without the random state, and without a count that nobody looks at.
    pub(super) fn normal(mut self, endless: bool) -> Self {
        self.random = Random::new(0);
        self.tried = if endless { 0 } else { self.tried };
        self
    }
}
