//! Wasm as text inside a JavaScript module. `src/js/package/decode.js` says why it looks so, and undoes it.

/// A module that exports the `text` and the `length` of what it stands for.
pub fn module(wasm: &[u8]) -> String {
    let text = encode(wasm).replace('\\', r"\\").replace('"', "\\\"");
    format!("export const text = \"{text}\";\nexport const length = {};\n", wasm.len())
}

const FIRST: u8 = b' ';
/// Printable ASCII has 95 characters; the last two announce the other bytes.
const CHARACTERS: u8 = 95;
const SINGLE: u8 = CHARACTERS - 2;

fn encode(wasm: &[u8]) -> String {
    let mut text = String::with_capacity(wasm.len() * 5 / 4);
    for byte in wasm {
        let value = byte.wrapping_add(4);
        if value < SINGLE {
            text.push(char::from(FIRST + value));
        } else {
            let rest = value - SINGLE;
            text.push(char::from(FIRST + SINGLE + rest / CHARACTERS));
            text.push(char::from(FIRST + rest % CHARACTERS));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `decode.js`, in Rust.
    fn decode(text: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut high = 0;
        for character in text.bytes() {
            let code = u16::from(character) - 32;
            if code > 92 && high == 0 {
                high = 93 + (code - 93) * 95;
            } else {
                bytes.push(((high + code + 252) % 256) as u8);
                high = 0;
            }
        }
        bytes
    }

    #[test]
    fn every_byte_comes_back() {
        let all: Vec<u8> = (0..=255).chain((0..=255).rev()).collect();
        assert_eq!(decode(&encode(&all)), all);
    }

    #[test]
    fn the_text_is_printable_ascii() {
        let all: Vec<u8> = (0..=255).collect();
        assert!(encode(&all).bytes().all(|b| (32..127).contains(&b)));
    }
}
