//! The behaviour of a fault on an open connection, parsed from a URL.

use super::run::Reading;
use super::target::Target;
use super::{Cut, violate};
use std::time::Duration;

/// The longest message of a flood, and the longest frame cut in half.
const SIZE_LIMIT: usize = 64 * 1024 * 1024;
const DROP_LIMIT: usize = 16 * 1024 * 1024;

/// When an echo ends.
#[derive(Clone, Copy, Debug)]
pub(super) enum Until {
    /// After this many messages.
    Messages(u64),
    /// At this time after the handshake.
    Time(Duration),
}

impl Until {
    fn parse(target: &Target) -> Result<Self, String> {
        Ok(match target.number("after_ms")? {
            Some(millis) => Self::Time(Duration::from_millis(millis)),
            None => Self::Messages(target.number_or("after", 0)?),
        })
    }
}

/// What follows an echo.
#[derive(Clone, Debug)]
pub(super) enum Deed {
    Close {
        code: Option<u16>,
        reason: String,
    },
    /// Ends TCP after a part of the echo's frame; `size`: the length if there is nothing to echo.
    Drop {
        part: Part,
        size: usize,
        cut: Cut,
    },
    Silence,
    Write(Vec<u8>),
}

/// A part of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Nothing,
    Half,
    Whole,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Text,
    /// Text with characters outside of Latin-1.
    Unicode,
    Binary,
}

/// A flood of messages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flood {
    /// 0 means endless.
    pub(super) count: u64,
    pub(super) size: usize,
    pub(super) kind: Kind,
    /// Messages per second; 0 means as fast as the peer reads.
    pub(super) rate: u32,
    pub(super) on_message: bool,
    pub(super) then_close: bool,
}

/// A behaviour.
#[derive(Clone, Debug)]
pub(super) enum Script {
    Echo,
    /// Reports the handshake, then echoes.
    Report,
    Room {
        name: String,
        own: bool,
    },
    Flood(Flood),
    /// Answers nothing, and changes how it reads after this many messages, for this long.
    Sink {
        read: Reading,
        after: u64,
        span: Option<Duration>,
        buffer: Option<usize>,
    },
    /// Echoes until something else happens.
    EchoUntil(Until, Deed),
    /// Echoes until this many bytes were read.
    CutReading {
        bytes: u64,
        cut: Cut,
    },
}

impl Script {
    pub(super) fn parse(target: &Target) -> Result<Self, String> {
        Ok(match target.path.as_str() {
            // The last two never open.
            "/echo" | "/" | "/refuse" | "/blackhole" => Self::Echo,
            "/protocol" => Self::Report,
            "/broadcast" => {
                let own = target.choice("own", &["1", "0"])? == "1";
                Self::Room { name: target.get("room").unwrap_or_default().to_owned(), own }
            }
            "/flood" => Self::Flood(flood(target)?),
            "/sink" => sink(target)?,
            "/close" => Self::EchoUntil(Until::parse(target)?, close(target)?),
            "/drop" => drop(target)?,
            "/accept-drop" => {
                let deed = Deed::Drop { part: Part::Nothing, size: 0, cut: cut(target)? };
                Self::EchoUntil(Until::Messages(0), deed)
            }
            "/half-open" => Self::EchoUntil(Until::parse(target)?, Deed::Silence),
            "/violate" => Self::EchoUntil(Until::parse(target)?, Deed::Write(violate::parse(target)?)),
            other => return Err(format!("no behaviour {other}")),
        })
    }

    pub(super) fn is_endless(&self) -> bool {
        matches!(self, Self::Flood(Flood { count: 0, rate: 0, .. }))
    }
}

fn flood(target: &Target) -> Result<Flood, String> {
    let size = target.number_or("size", 32)?;
    if size > SIZE_LIMIT {
        return Err(format!("size: at most {SIZE_LIMIT}"));
    }
    Ok(Flood {
        count: target.number_or("n", 1000)?,
        size,
        kind: match target.choice("kind", &["text", "binary", "unicode"])? {
            "binary" => Kind::Binary,
            "unicode" => Kind::Unicode,
            _ => Kind::Text,
        },
        rate: target.number_or("rate", 0)?,
        on_message: target.choice("start", &["open", "message"])? == "message",
        then_close: target.choice("then", &["stay", "close"])? == "close",
    })
}

fn sink(target: &Target) -> Result<Script, String> {
    let read = match target.choice("read", &["all", "stop", "slow"])? {
        "stop" => Reading::Stopped,
        "slow" => Reading::Slow(target.number_or("rate", 10_000)?.max(1)),
        _ => Reading::All,
    };
    Ok(Script::Sink {
        read,
        after: target.number_or("after", 0)?,
        span: target.number("for_ms")?.map(Duration::from_millis),
        buffer: target.number("buffer")?,
    })
}

fn close(target: &Target) -> Result<Deed, String> {
    let reason = target.get("reason").unwrap_or_default().to_owned();
    if reason.len() > 123 {
        return Err("reason: at most 123 bytes".to_owned());
    }
    let code = if target.get("code") == Some("none") { None } else { Some(target.number_or("code", 1000)?) };
    Ok(Deed::Close { code, reason })
}

fn drop(target: &Target) -> Result<Script, String> {
    let (until, cut) = (Until::parse(target)?, cut(target)?);
    let size = target.number_or("size", 1000)?.min(DROP_LIMIT);
    let part = match target.choice("when", &["before", "within", "after", "reading"])? {
        "within" => Part::Half,
        "after" => Part::Whole,
        "reading" => {
            return Ok(Script::CutReading { bytes: target.number_or("bytes", 1000)?.max(1), cut });
        }
        _ => Part::Nothing,
    };
    Ok(Script::EchoUntil(until, Deed::Drop { part, size, cut }))
}

fn cut(target: &Target) -> Result<Cut, String> {
    Ok(if target.choice("mode", &["fin", "rst"])? == "rst" { Cut::Rst } else { Cut::Fin })
}
