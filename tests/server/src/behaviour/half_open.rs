//! An echo that falls silent: it goes on taking bytes, and sends nothing, not even a pong or a close frame.

use super::echo::{Turned, Until};
use crate::peer::{End, Peer};
use crate::query::Target;

/// When it falls silent.
#[derive(Debug)]
pub struct HalfOpen {
    until: Until,
}

impl HalfOpen {
    /// Reads the parameters.
    pub fn parse(target: &Target) -> Result<Self, String> {
        Ok(Self { until: Until::parse(target)? })
    }

    /// Until the peer gives up.
    pub async fn run(self, peer: &mut Peer) -> End {
        match self.until.echo(peer).await {
            Turned::Over(end) => return end,
            Turned::Now(Some(last)) => peer.send(last).await,
            Turned::Now(None) => {}
        }
        peer.write_raw(&[]).await;
        peer.line.mute();
        peer.until_over().await
    }
}
