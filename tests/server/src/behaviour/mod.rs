//! What a connection does, chosen by its URL.

mod echo;

use crate::handshake::Flaw;
use crate::http::{Answer, Request};
use crate::peer::{End, Peer};
use crate::query::Target;

/// How the handshake is answered.
#[derive(Debug)]
pub enum Opening {
    /// With 101, and perhaps a flaw.
    Accept(Flaw),
    /// With another answer.
    Refuse(Answer),
    /// Not at all.
    Never,
}

/// A behaviour and its parameters.
#[derive(Debug)]
pub enum Behaviour {
    /// Sends back what it receives.
    Echo,
}

impl Behaviour {
    /// Reads a target; an error says which parameter is wrong.
    pub fn parse(target: &Target) -> Result<Self, String> {
        Ok(match target.path.as_str() {
            "/echo" | "/" => Self::Echo,
            other => return Err(format!("no behaviour {other}")),
        })
    }

    /// How the handshake is answered.
    pub fn opening(&self) -> Opening {
        Opening::Accept(Flaw::None)
    }

    /// Serves an open connection until it is over.
    pub async fn run(self, peer: &mut Peer, _request: &Request, _protocol: Option<&str>) -> End {
        match self {
            Self::Echo => echo::run(peer).await,
        }
    }
}
