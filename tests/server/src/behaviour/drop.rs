//! An echo that ends the TCP connection without a closing handshake.

use super::echo::{self, Turned, Until};
use crate::frames::{BINARY, TEXT, frame};
use crate::peer::{End, Peer};
use crate::query::Target;
use crate::wire::Cut;
use tokio_tungstenite::tungstenite::Message;

#[derive(Clone, Copy, Debug)]
enum When {
    Before,
    Within,
    After,
    /// While reading, when so many bytes have been read.
    Reading(u64),
}

/// Where in the stream of frames, and how.
#[derive(Debug)]
pub struct Drop {
    when: When,
    until: Until,
    cut: Cut,
    size: usize,
}

impl Drop {
    /// Reads the parameters.
    pub fn parse(target: &Target) -> Result<Self, String> {
        let when = match target.choice("when", &["before", "within", "after", "reading"])? {
            "within" => When::Within,
            "after" => When::After,
            "reading" => When::Reading(target.number_or("bytes", 1000)?.max(1)),
            _ => When::Before,
        };
        let size: usize = target.number_or("size", 1000)?;
        Ok(Self { when, until: Until::parse(target)?, cut: cut(target)?, size: size.min(16 * 1024 * 1024) })
    }

    /// Right behind the handshake.
    pub fn at_once(target: &Target) -> Result<Self, String> {
        Ok(Self { when: When::Before, until: Until::Messages(0), cut: cut(target)?, size: 0 })
    }

    /// Until the connection is over.
    pub async fn run(self, peer: &mut Peer) -> End {
        if let When::Reading(bytes) = self.when {
            peer.line.cut_after(bytes);
            let end = echo::run(peer).await;
            return if peer.line.is_spent() { End::dropped(self.cut) } else { end };
        }
        let message = match self.until.echo(peer).await {
            Turned::Over(end) => return end,
            Turned::Now(message) => message,
        };
        let length = message.as_ref().map_or(self.size, Message::len);
        let bytes = match message {
            Some(Message::Binary(bytes)) => frame(BINARY, &bytes),
            Some(Message::Text(text)) => frame(TEXT, text.as_bytes()),
            _ => frame(TEXT, "x".repeat(self.size).as_bytes()),
        };
        let part = match self.when {
            When::Within => bytes.len().div_ceil(2),
            When::After => bytes.len(),
            _ => 0,
        };
        // Even with nothing of its own to say, what was echoed before has to leave first.
        peer.write_raw(bytes.get(..part).unwrap_or_default()).await;
        if part == bytes.len() {
            peer.entered.server.log.sent(peer.entered.number, length);
        }
        End::dropped(self.cut)
    }
}

fn cut(target: &Target) -> Result<Cut, String> {
    Ok(if target.choice("mode", &["fin", "rst"])? == "rst" { Cut::Rst } else { Cut::Fin })
}
