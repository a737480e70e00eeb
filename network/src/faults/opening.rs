//! How a handshake is answered.

use super::target::Target;
use crate::handshake::accept_head;
use std::fmt::Write;
use tungstenite::handshake::derive_accept_key;

/// How a handshake is answered.
#[derive(Clone, Debug)]
pub enum Opening {
    /// With 101, and perhaps a flaw.
    Accept(Flaw),
    /// With another answer.
    Refuse {
        /// Its status.
        status: u16,
        /// Its header fields.
        headers: Vec<(&'static str, String)>,
        /// Its body.
        body: Vec<u8>,
    },
    /// Not at all.
    Never,
    /// Not at all, and nothing more is read.
    BlackHole,
}

/// What is wrong with an otherwise good 101 answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Nothing.
    None,
    /// The accept key is another's.
    AcceptKey,
    /// A sub-protocol that was not offered.
    Protocol,
    /// An extension that was not offered.
    Extension,
}

impl Flaw {
    /// The 101 answer to a key.
    pub fn answer(self, key: &str, protocol: Option<&str>) -> String {
        let accept = match self {
            Self::AcceptKey => derive_accept_key(b"the key of another connection"),
            _ => derive_accept_key(key.as_bytes()),
        };
        let protocol = if self == Self::Protocol { Some("nobody-asked-for-this") } else { protocol };
        let extensions = (self == Self::Extension).then_some("x-nobody-asked-for-this");
        accept_head(&accept, protocol, extensions, &[])
    }
}

pub(super) fn refuse(target: &Target) -> Result<Opening, String> {
    Ok(match target.choice("how", &["status", "accept-key", "protocol", "extension", "never"])? {
        "accept-key" => Opening::Accept(Flaw::AcceptKey),
        "protocol" => Opening::Accept(Flaw::Protocol),
        "extension" => Opening::Accept(Flaw::Extension),
        "never" => Opening::Never,
        _ => status(target)?,
    })
}

fn status(target: &Target) -> Result<Opening, String> {
    let status = target.number_or("status", 503)?;
    if !(200..=999).contains(&status) {
        return Err("status: 200 to 999".to_owned());
    }
    let mut headers = vec![("content-type", "text/plain; charset=utf-8".to_owned())];
    for (name, parameter) in [("location", "location"), ("retry-after", "retry_after")] {
        if let Some(value) = target.get(parameter) {
            // It must not become a second field.
            headers.push((name, value.chars().filter(|letter| !letter.is_control()).collect()));
        }
    }
    let body = target.get("body").unwrap_or_default().as_bytes().to_vec();
    Ok(Opening::Refuse { status, headers, body })
}

/// What a handshake offered and got, for the fault that reports it.
#[derive(Clone, Debug, Default)]
pub struct Offer<'h> {
    /// The sub-protocols offered.
    pub protocols: Vec<&'h str>,
    /// The one chosen.
    pub chosen: Option<&'h str>,
    /// The extensions offered.
    pub extensions: Option<&'h str>,
    /// The origin.
    pub origin: Option<&'h str>,
    /// The cookies.
    pub cookie: Option<&'h str>,
    /// Path and query.
    pub target: &'h str,
}

impl Offer<'_> {
    /// As JSON.
    pub(super) fn json(&self) -> String {
        let offered: Vec<String> = self.protocols.iter().map(|name| string(name)).collect();
        let optional = |text: Option<&str>| text.map_or("null".to_owned(), string);
        format!(
            r#"{{"offered":[{}],"chosen":{},"extensions":{},"origin":{},"cookie":{},"target":{}}}"#,
            offered.join(","),
            optional(self.chosen),
            optional(self.extensions),
            optional(self.origin),
            optional(self.cookie),
            string(self.target)
        )
    }
}

fn string(text: &str) -> String {
    let mut out = String::from('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            '\0'..=' ' if letter != ' ' => {
                // Writing to a string does not fail.
                let _ = write!(out, "\\u{:04x}", letter as u32);
            }
            _ => out.push(letter),
        }
    }
    out.push('"');
    out
}
