//! Seeded randomness: the same seed gives the same delays on every machine.

/// SplitMix64: eight bytes of state, no bad seeds, ample for spreading delays.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Uniform in `low..=high`; `low` if the range is empty. Spans are below 2³² by the checks on
    /// [`Config`](super::Config), so 32 random bits and one multiplication suffice.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        let count = high.saturating_sub(low).saturating_add(1).min(1 << 32);
        let bits = self.next() >> 32;
        low + ((bits * count) >> 32)
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn reaches_both_ends_and_nothing_beyond() {
        let mut random = Random::new(1);
        let mut seen = [false; 4];
        for _ in 0..200 {
            seen[random.between(10, 13) as usize - 10] = true;
        }
        assert_eq!(seen, [true; 4]);
    }

    #[test]
    fn an_empty_range_is_its_low_end() {
        assert_eq!(Random::new(7).between(5, 5), 5);
        assert_eq!(Random::new(7).between(5, 2), 5);
    }

    #[test]
    fn matches_the_reference_sequence() {
        // The first outputs of SplitMix64 from seed 1234567, as its author published them.
        let mut random = Random::new(1_234_567);
        assert_eq!(random.next(), 6_457_827_717_110_365_317);
        assert_eq!(random.next(), 3_203_168_211_198_807_973);
    }
}
