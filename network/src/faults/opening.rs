//! Answers to a handshake.

use super::target::Target;
use crate::handshake::accept_head;
use std::fmt::Write;
use tungstenite::handshake::derive_accept_key;

/// An answer to a handshake.
#[derive(Clone, Debug)]
pub enum Opening {
    /// A 101 answer, possibly with a flaw.
    Accept(Flaw),
    /// Another status.
    Refuse {
        /// The status.
        status: u16,
        /// The header fields.
        headers: Vec<(&'static str, String)>,
        /// The body.
        body: Vec<u8>,
    },
    /// No answer.
    Never,
    /// No answer, and no further reading.
    BlackHole,
}

/// A flaw of an otherwise valid 101 answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// None.
    None,
    /// The accept key does not match.
    AcceptKey,
    /// A sub-protocol that was not offered.
    Protocol,
    /// An extension that was not offered.
    Extension,
}

impl Flaw {
    /// Returns the 101 answer to a key.
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
            // The value must not become a second field.
            headers.push((name, value.chars().filter(|letter| !letter.is_control()).collect()));
        }
    }
    let body = target.get("body").unwrap_or_default().as_bytes().to_vec();
    Ok(Opening::Refuse { status, headers, body })
}

/// The offer and the answer of a handshake, for the fault that reports it.
#[derive(Clone, Debug, Default)]
pub struct Offer<'h> {
    /// The sub-protocols offered.
    pub protocols: Vec<&'h str>,
    /// The chosen sub-protocol.
    pub chosen: Option<&'h str>,
    /// The extensions offered.
    pub extensions: Option<&'h str>,
    /// The origin.
    pub origin: Option<&'h str>,
    /// The cookies.
    pub cookie: Option<&'h str>,
    /// The path and query.
    pub target: &'h str,
}

impl Offer<'_> {
    /// Returns it as JSON.
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
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{:04x}", letter as u32);
            }
            _ => out.push(letter),
        }
    }
    out.push('"');
    out
}
