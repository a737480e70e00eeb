//! Encodes wasm as text inside a JavaScript module. `src/js/package/decode.js` decodes it and explains the format.

/// Returns a module that exports the `text` and the set of `frequent` bytes.
pub fn module(wasm: &[u8]) -> String {
    let code = Code::of(wasm);
    let quoted = |text: String| text.replace('\\', r"\\").replace('"', "\\\"");
    let (text, frequent) = (quoted(code.text(wasm)), quoted(code.set()));
    format!("export const text = \"{text}\";\nexport const frequent = \"{frequent}\";\n")
}

const FIRST: u8 = b' ';
/// Printable ASCII has 95 characters; the last two introduce bytes that are not frequent.
const CHARACTERS: u8 = 95;
const SINGLE: u8 = CHARACTERS - 2;
/// Six bits are encoded as one character from here on.
const NO_BITS: u8 = b'0';

/// The number of each byte: the frequent ones in ascending order, then all others.
pub struct Code {
    numbers: [u8; 256],
}

impl Code {
    /// Returns the code for these bytes.
    pub fn of(wasm: &[u8]) -> Self {
        let mut bytes: Vec<u8> = (0..=u8::MAX).collect();
        bytes
            .sort_by_cached_key(|byte| std::cmp::Reverse(wasm.iter().filter(|other| *other == byte).count()));
        let (frequent, others) = bytes.split_at_mut(SINGLE.into());
        frequent.sort_unstable();
        others.sort_unstable();
        let mut numbers = [0; 256];
        for (number, byte) in (0..=u8::MAX).zip(bytes) {
            if let Some(place) = numbers.get_mut(usize::from(byte)) {
                *place = number;
            }
        }
        Self { numbers }
    }

    fn number(&self, byte: u8) -> u8 {
        self.numbers.get(usize::from(byte)).copied().unwrap_or_default()
    }

    /// Encodes the bytes as text.
    pub fn text(&self, wasm: &[u8]) -> String {
        let mut text = String::with_capacity(wasm.len() * 5 / 4);
        for byte in wasm {
            let number = self.number(*byte);
            if number < SINGLE {
                text.push(char::from(FIRST + number));
            } else {
                let rest = number - SINGLE;
                text.push(char::from(FIRST + SINGLE + rest / CHARACTERS));
                text.push(char::from(FIRST + rest % CHARACTERS));
            }
        }
        text
    }

    /// Encodes the set of the frequent bytes, one bit per byte value.
    fn set(&self) -> String {
        let all: Vec<u8> = (0..=u8::MAX).collect();
        let is_frequent = |byte: &u8| u8::from(self.number(*byte) < SINGLE);
        let six = |bytes: &[u8]| bytes.iter().rev().fold(0, |bits, byte| bits << 1 | is_frequent(byte));
        all.chunks(6).map(|bytes| char::from(NO_BITS + six(bytes))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `decode.js`, in Rust.
    fn decode(text: &str, frequent: &str) -> Vec<u8> {
        let often = |byte: &u8| (frequent.as_bytes()[usize::from(byte / 6)] - 48) >> (byte % 6) & 1 == 1;
        let mut order: Vec<u8> = (0..=255).collect();
        order.sort_by_key(|byte| !often(byte));
        let mut bytes = Vec::new();
        let mut high = 0;
        for character in text.bytes() {
            let code = usize::from(character) - 32;
            if code > 92 && high == 0 {
                high = 93 + (code - 93) * 95;
            } else {
                bytes.push(order[high + code]);
                high = 0;
            }
        }
        bytes
    }

    fn samples() -> Vec<Vec<u8>> {
        let all: Vec<u8> = (0..=255).chain((0..=255).rev()).collect();
        let few_and_far: Vec<u8> = (0..=255).chain([255, 200, 0, 96].repeat(9)).collect();
        vec![vec![], all, few_and_far]
    }

    #[test]
    fn every_byte_comes_back() {
        for bytes in samples() {
            let code = Code::of(&bytes);
            assert_eq!(decode(&code.text(&bytes), &code.set()), bytes);
        }
    }

    #[test]
    fn the_text_is_printable_ascii() {
        for bytes in samples() {
            let code = Code::of(&bytes);
            assert!((code.text(&bytes) + &code.set()).bytes().all(|b| (32..127).contains(&b)));
        }
    }
}
