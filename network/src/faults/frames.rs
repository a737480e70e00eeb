//! Encodes frames that no WebSocket crate would send.

/// First byte of a final text frame.
pub const TEXT: u8 = 0x81;
/// First byte of a final binary frame.
pub const BINARY: u8 = 0x82;
/// First byte of a close frame.
pub const CLOSE: u8 = 0x88;
/// First byte of a ping frame.
pub const PING: u8 = 0x89;
/// The FIN bit of the first byte.
pub const FIN: u8 = 0x80;

/// Returns an unmasked frame with any first byte.
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![first];
    match payload.len() {
        length @ ..126 => out.push(length as u8),
        length @ ..65_536 => {
            out.push(126);
            out.extend((length as u16).to_be_bytes());
        }
        length => {
            out.push(127);
            out.extend((length as u64).to_be_bytes());
        }
    }
    out.extend(payload);
    out
}

/// Returns a masked frame, which only a client may send.
pub fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
    let mut out = vec![first, 0x80 | (payload.len().min(125) as u8)];
    out.extend(MASK);
    out.extend(payload.iter().take(125).zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    out
}

/// Returns a Close frame with any code.
pub fn close(code: u16, reason: &str) -> Vec<u8> {
    let mut payload = code.to_be_bytes().to_vec();
    payload.extend(reason.as_bytes());
    frame(CLOSE, &payload)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_take_the_shortest_form() {
        assert_eq!(frame(TEXT, b"hi"), [0x81, 2, b'h', b'i']);
        assert_eq!(frame(BINARY, &[0; 125])[..2], [0x82, 125]);
        assert_eq!(frame(BINARY, &[0; 126])[..4], [0x82, 126, 0, 126]);
        assert_eq!(frame(BINARY, &[0; 65_536])[..10], [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
    }

    #[test]
    fn a_close_frame_carries_its_code_first() {
        assert_eq!(close(4000, "bye"), [0x88, 5, 0x0f, 0xa0, b'b', b'y', b'e']);
    }
}
