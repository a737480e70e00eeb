//! Breaks the protocol, with frames that no WebSocket crate would write.

use super::echo::{Turned, Until};
use crate::frames::{BINARY, CLOSE, FIN, PING, TEXT, close, frame, masked};
use crate::peer::{End, Peer};
use crate::query::Target;

/// What is broken, and when.
#[derive(Debug)]
pub struct Violate {
    bytes: Vec<u8>,
    until: Until,
}

impl Violate {
    /// Reads the parameters.
    pub fn parse(target: &Target) -> Result<Self, String> {
        let how = target.choice(
            "how",
            &[
                "opcode",
                "masked",
                "utf8",
                "oversize",
                "fragmented-control",
                "close-code",
                "data-after-close",
                "length",
                "rsv",
                "continuation",
                "interleave",
                "close-length",
                "close-utf8",
            ],
        )?;
        let bytes = bytes(how, target.number_or("code", 1005)?);
        Ok(Self { bytes, until: Until::parse(target)? })
    }

    /// Until the connection is over.
    pub async fn run(self, peer: &mut Peer) -> End {
        match self.until.echo(peer).await {
            Turned::Over(end) => return end,
            Turned::Now(Some(last)) => peer.send(last).await,
            Turned::Now(None) => {}
        }
        peer.write_raw(&self.bytes).await;
        peer.until_over().await
    }
}

fn bytes(how: &str, code: u16) -> Vec<u8> {
    match how {
        "masked" => masked(TEXT, b"masked by a server"),
        "utf8" => frame(TEXT, b"not UTF-8: \xff"),
        // RFC 6455, 5.5: a control frame's payload is 125 bytes at most.
        "oversize" => frame(PING, &[b'x'; 126]),
        "fragmented-control" => frame(PING & !FIN, b"half a ping"),
        "close-code" => close(code, ""),
        "data-after-close" => [close(1000, "over"), frame(TEXT, b"after the end")].concat(),
        // 5.2: the most significant bit of a 64-bit length must be 0.
        "length" => [BINARY, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff].to_vec(),
        // 5.2: RSV bits without a negotiated extension.
        "rsv" => frame(TEXT | 0x40, b"reserved"),
        "continuation" => frame(FIN, b"of nothing"),
        "interleave" => [frame(TEXT & !FIN, b"first"), frame(TEXT, b"second")].concat(),
        "close-length" => frame(CLOSE, &[3]),
        "close-utf8" => frame(CLOSE, &[0x03, 0xe8, 0xff]),
        _ => frame(FIN | 0x3, b"reserved opcode"),
    }
}
