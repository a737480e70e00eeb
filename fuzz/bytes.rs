//! Reads what a target needs from the fuzzer's bytes.

use steady_session::{Bits, GREATEST, Refusal};

/// The rest of the input; zeros after its end.
pub struct Bytes<'a>(pub &'a [u8]);

impl Bytes<'_> {
    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// Mostly a small number, sometimes one at an edge.
    pub fn number(&mut self) -> u64 {
        let byte = self.byte();
        let more = u64::from(self.byte());
        match byte {
            0..200 => byte.into(),
            200..220 => more << (byte - 200),
            220..230 => GREATEST - more.min(3),
            230..240 => GREATEST + more,
            _ => u64::MAX - more.min(3),
        }
    }

    pub fn bits(&mut self) -> Bits {
        Bits([self.byte() % 8; 16])
    }

    pub fn text(&mut self) -> String {
        let length = usize::from(self.byte()).min(self.0.len());
        let (text, rest) = self.0.split_at(length);
        self.0 = rest;
        String::from_utf8_lossy(text).into_owned()
    }

    pub fn refusal(&mut self) -> Refusal {
        let words = ["unknown", "expired", "closed", "identity", "counts", "store", "broken", "full"];
        let word = words.get(usize::from(self.byte() % 8)).copied().unwrap_or_default();
        Refusal::parse(word).expect("a reason")
    }
}
