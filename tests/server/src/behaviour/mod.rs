//! What a connection does, chosen by its URL.

mod broadcast;
mod close;
mod drop;
mod echo;
mod flood;
mod half_open;
mod protocol;
mod refuse;
mod sink;
mod violate;

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
    /// Not at all, nor is anything read any more.
    BlackHole,
}

/// A behaviour and its parameters.
#[derive(Debug)]
pub enum Behaviour {
    /// Sends back what it receives.
    Echo,
    /// Says what the handshake chose, then is an echo.
    Protocol,
    /// Passes what it receives on to a room.
    Broadcast(broadcast::Broadcast),
    /// Sends many messages.
    Flood(flood::Flood),
    /// Answers nothing, and reads as told.
    Sink(sink::Sink),
    /// An echo that closes.
    Close(close::Close),
    /// Does not accept the handshake.
    Refuse(refuse::Refuse),
    /// An echo that ends TCP without a closing handshake.
    Drop(drop::Drop),
    /// An echo that falls silent.
    HalfOpen(half_open::HalfOpen),
    /// Takes the connection, and nothing else.
    BlackHole,
    /// Breaks the protocol.
    Violate(violate::Violate),
}

impl Behaviour {
    /// Reads a target; an error says which parameter is wrong.
    pub fn parse(target: &Target) -> Result<Self, String> {
        Ok(match target.path.as_str() {
            "/echo" | "/" => Self::Echo,
            "/protocol" => Self::Protocol,
            "/broadcast" => Self::Broadcast(broadcast::Broadcast::parse(target)?),
            "/flood" => Self::Flood(flood::Flood::parse(target)?),
            "/sink" => Self::Sink(sink::Sink::parse(target)?),
            "/close" => Self::Close(close::Close::parse(target)?),
            "/refuse" => Self::Refuse(refuse::Refuse::parse(target)?),
            "/drop" => Self::Drop(drop::Drop::parse(target)?),
            "/accept-drop" => Self::Drop(drop::Drop::at_once(target)?),
            "/half-open" => Self::HalfOpen(half_open::HalfOpen::parse(target)?),
            "/blackhole" => Self::BlackHole,
            "/violate" => Self::Violate(violate::Violate::parse(target)?),
            other => return Err(format!("no behaviour {other}")),
        })
    }

    /// How the handshake is answered.
    pub fn opening(&self) -> Opening {
        match self {
            Self::Refuse(refuse) => refuse.opening(),
            Self::BlackHole => Opening::BlackHole,
            _ => Opening::Accept(Flaw::None),
        }
    }

    /// Serves an open connection until it is over.
    pub async fn run(self, peer: &mut Peer, request: &Request, chosen: Option<&str>) -> End {
        match self {
            // The last two never open.
            Self::Echo | Self::Refuse(_) | Self::BlackHole => echo::run(peer).await,
            Self::Protocol => protocol::run(peer, request, chosen).await,
            Self::Broadcast(broadcast) => broadcast.run(peer).await,
            Self::Flood(flood) => flood.run(peer).await,
            Self::Sink(sink) => sink.run(peer).await,
            Self::Close(close) => close.run(peer).await,
            Self::Drop(drop) => drop.run(peer).await,
            Self::HalfOpen(half_open) => half_open.run(peer).await,
            Self::Violate(violate) => violate.run(peer).await,
        }
    }
}
