//! An echo that closes, with any code and reason.

use super::echo::{Turned, Until};
use crate::peer::{End, Peer};
use crate::query::Target;

/// What to close with, and when.
#[derive(Debug)]
pub struct Close {
    code: Option<u16>,
    reason: String,
    until: Until,
}

impl Close {
    /// Reads the parameters.
    pub fn parse(target: &Target) -> Result<Self, String> {
        let reason = target.get("reason").unwrap_or_default().to_owned();
        if reason.len() > 123 {
            return Err("reason: at most 123 bytes".to_owned());
        }
        let code =
            if target.get("code") == Some("none") { None } else { Some(target.number_or("code", 1000)?) };
        Ok(Self { code, reason, until: Until::parse(target)? })
    }

    /// Until the connection is over.
    pub async fn run(self, peer: &mut Peer) -> End {
        match self.until.echo(peer).await {
            Turned::Over(end) => return end,
            Turned::Now(Some(last)) => peer.send(last).await,
            Turned::Now(None) => {}
        }
        peer.close(self.code, &self.reason).await;
        peer.until_over().await
    }
}
