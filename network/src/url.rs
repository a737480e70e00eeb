//! URLs of WebSocket servers.

use crate::error::Error;
use crate::faults::decode;

/// A parsed `ws:` or `wss:` URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Url {
    pub(crate) secure: bool,
    /// User name and password as written, percent-encoded.
    pub(crate) credentials: Option<String>,
    /// In lower case.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// Begins with a slash.
    pub(crate) path: String,
    /// Without the question mark.
    pub(crate) query: Option<String>,
}

impl Url {
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let wrong = |problem: &str| Error::argument("url", format!("{problem}: {text}"));
        let (scheme, rest) = text.split_once("://").ok_or_else(|| wrong("has no scheme"))?;
        let secure = match scheme.to_ascii_lowercase().as_str() {
            "ws" | "http" => false,
            "wss" | "https" => true,
            _ => return Err(wrong("has a scheme other than ws and wss")),
        };
        let rest = rest.split_once('#').map_or(rest, |(before, _)| before);
        if !rest.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(wrong("has a character that must be percent-encoded"));
        }
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let (credentials, authority) = match authority.rsplit_once('@') {
            Some((credentials, authority)) => (Some(credentials.to_owned()), authority),
            None => (None, authority),
        };
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => {
                (host, port.parse().map_err(|_| wrong("has a port that is no number"))?)
            }
            _ => (authority, if secure { 443 } else { 80 }),
        };
        if host.is_empty() {
            return Err(wrong("has no host"));
        }
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (target, None),
        };
        let path = if path.is_empty() { "/" } else { path }.to_owned();
        Ok(Self { secure, credentials, host: host.to_ascii_lowercase(), port, path, query })
    }

    pub(crate) fn is_same_host(&self, other: &Self) -> bool {
        (&self.host, self.port) == (&other.host, other.port)
    }

    /// Returns the target of a request line.
    pub(crate) fn target(&self) -> String {
        match &self.query {
            Some(query) => format!("{}?{query}", self.path),
            None => self.path.clone(),
        }
    }

    /// Returns the value of the `Authorization` field.
    pub(crate) fn authorization(&self) -> Option<String> {
        let credentials = self.credentials.as_deref()?;
        let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
        let plain = format!("{}:{}", decode(user, false), decode(password, false));
        Some(format!("Basic {}", data_encoding::BASE64.encode(plain.as_bytes())))
    }

    /// Returns the value of the `Host` field.
    pub(crate) fn authority(&self) -> String {
        if self.port == if self.secure { 443 } else { 80 } {
            self.host.clone()
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

/// Without credentials, as a server sees it.
impl std::fmt::Display for Url {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scheme = if self.secure { "wss" } else { "ws" };
        write!(f, "{scheme}://{}{}", self.authority(), self.target())
    }
}
