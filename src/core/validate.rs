//! The standard's checks of the arguments of the constructor and of `close()`.

use super::io::Error;

/// The longest close reason, in UTF-8 bytes: the room in a Close frame.
const LONGEST_REASON: usize = 123;

/// Checks the arguments of `close(code, reason)`; `reason` is its length in UTF-8 bytes.
pub fn close_arguments(code: Option<u16>, reason: usize) -> Result<(), Error> {
    // close(): "If code is present, but is neither an integer equal to 1000 nor an integer in the
    // range 3000 to 4999, inclusive, throw an "InvalidAccessError" DOMException."
    if let Some(code) = code
        && code != 1000
        && !(3000..=4999).contains(&code)
    {
        return Err(Error::CloseCode(code));
    }
    // close(): "If reasonBytes is longer than 123 bytes, then throw a "SyntaxError" DOMException."
    if reason > LONGEST_REASON {
        return Err(Error::ReasonTooLong(reason));
    }
    Ok(())
}

/// Checks the constructor's list of sub-protocols.
pub fn protocols<S: AsRef<str>>(list: &[S]) -> Result<(), Error> {
    // Constructor: "If any of the values in protocols occur more than once or otherwise fail to
    // match the requirements for elements that comprise the value of `Sec-WebSocket-Protocol`
    // fields as defined by The WebSocket protocol, then throw a "SyntaxError" DOMException."
    for (at, protocol) in list.iter().enumerate() {
        let name = protocol.as_ref();
        if name.is_empty() || !name.bytes().all(is_token) {
            return Err(Error::ProtocolToken(at));
        }
        // RFC 6455, 4.1: the elements "MUST all be unique strings"; tokens compare by case.
        if list.iter().take(at).any(|earlier| earlier.as_ref() == name) {
            return Err(Error::ProtocolRepeated(at));
        }
    }
    Ok(())
}

/// RFC 6455, 4.1: "characters in the range U+0021 to U+007E not including separator characters as
/// defined in [RFC2616]".
const fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn close_codes_a_script_may_use() {
        let allowed: Vec<u16> = (0..=u16::MAX).filter(|c| close_arguments(Some(*c), 0).is_ok()).collect();
        let expected: Vec<u16> = std::iter::once(1000).chain(3000..=4999).collect();
        assert_eq!(allowed, expected);
        assert_eq!(close_arguments(Some(1001), 0), Err(Error::CloseCode(1001)));
        assert_eq!(close_arguments(None, 0), Ok(()));
    }

    #[test]
    fn reasons_up_to_123_bytes() {
        assert_eq!(close_arguments(Some(1000), 123), Ok(()));
        assert_eq!(close_arguments(Some(1000), 124), Err(Error::ReasonTooLong(124)));
        assert_eq!(close_arguments(None, 124), Err(Error::ReasonTooLong(124)));
        assert_eq!(close_arguments(Some(1), 124), Err(Error::CloseCode(1)), "the code is looked at first");
    }

    #[test]
    fn a_token_has_all_that_can_be_seen_but_the_separators() {
        let tokens = (0..=u8::MAX).filter(|byte| is_token(*byte));
        let visible = (0x21..=0x7e).filter(|byte| !b"()<>@,;:\\\"/[]?={}".contains(byte));
        assert!(tokens.eq(visible));
    }

    #[test]
    fn protocols_are_unique_tokens() {
        assert_eq!(protocols::<&str>(&[]), Ok(()));
        assert_eq!(protocols(&["chat", "Chat", "v1.soap~|"]), Ok(()));
        assert_eq!(protocols(&["chat", "other", "chat"]), Err(Error::ProtocolRepeated(2)));
        for bad in ["", "a b", "a,b", "é", "tab\t", "\u{7f}", "a/b", "(x)", "\"x\"", "a=b", "{", "\u{0}"] {
            assert_eq!(protocols(&["fine", bad]), Err(Error::ProtocolToken(1)), "{bad:?}");
        }
    }
}
