//! The opening handshake: both messages, and how each side validates the other's.

use crate::codec::Message;
use crate::error::Error;
use crate::url::Url;
use tungstenite::handshake::derive_accept_key;

/// What a client requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connect {
    /// A `ws:` or `wss:` URL. TLS is not emulated: the wire shows what it would carry.
    pub url: String,
    /// The sub-protocols offered.
    pub protocols: Vec<String>,
    /// The origin of the page.
    pub origin: Option<String>,
    /// Further header fields.
    pub headers: Vec<(String, String)>,
}

impl Connect {
    /// Returns a request for a URL, without options.
    pub fn to(url: impl Into<String>) -> Self {
        Self { url: url.into(), protocols: Vec::new(), origin: None, headers: Vec::new() }
    }

    pub(crate) fn check(&self) -> Result<Url, Error> {
        let url = Url::parse(&self.url)?;
        for (index, protocol) in self.protocols.iter().enumerate() {
            if !is_token(protocol) {
                return Err(Error::argument("protocols", format!("has no valid name: {protocol:?}")));
            }
            if self.protocols.iter().take(index).any(|other| other == protocol) {
                return Err(Error::argument("protocols", format!("has a name twice: {protocol}")));
            }
        }
        if let Some(origin) = &self.origin {
            check_value("origin", origin)?;
        }
        check_headers(&self.headers)?;
        Ok(url)
    }

    /// Formats the request with a key.
    pub(crate) fn head(&self, url: &Url, key: &str) -> String {
        let mut head = format!(
            "GET {} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n",
            url.target(),
            url.authority()
        );
        let mut field = |name: &str, value: &str| head.push_str(&format!("{name}: {value}\r\n"));
        if let Some(origin) = &self.origin {
            field("Origin", origin);
        }
        // A browser waits for a 401 first, and then connects again.
        if let Some(authorization) = url.authorization() {
            field("Authorization", &authorization);
        }
        field("Sec-WebSocket-Version", "13");
        field("Sec-WebSocket-Key", key);
        if !self.protocols.is_empty() {
            field("Sec-WebSocket-Protocol", &self.protocols.join(", "));
        }
        for (name, value) in &self.headers {
            field(name, value);
        }
        head.push_str("\r\n");
        head
    }
}

/// A handshake request that has arrived at a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The requested URL.
    pub url: String,
    /// The header fields, as sent.
    pub headers: Vec<(String, String)>,
    /// The sub-protocols offered.
    pub protocols: Vec<String>,
    /// The origin.
    pub origin: Option<String>,
}

impl Request {
    /// Returns the value of the first header field with that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }
}

/// The answer that accepts a handshake.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accept {
    /// The chosen sub-protocol, which must have been offered; `None` chooses none.
    pub protocol: Option<String>,
    /// The accepted extensions, in the form of the header field.
    pub extensions: Option<String>,
    /// Further header fields.
    pub headers: Vec<(String, String)>,
}

impl Accept {
    /// Returns an answer that chooses the first offered sub-protocol.
    pub fn first_protocol(request: &Request) -> Self {
        Self { protocol: request.protocols.first().cloned(), ..Self::default() }
    }

    pub(crate) fn head(&self, request: &Request) -> Result<String, Error> {
        if let Some(protocol) = &self.protocol
            && !request.protocols.contains(protocol)
        {
            return Err(Error::argument("protocol", format!("was not offered: {protocol}")));
        }
        if let Some(extensions) = &self.extensions {
            check_value("extensions", extensions)?;
            if request.header("sec-websocket-extensions").is_none() {
                return Err(Error::argument("extensions", format!("were not offered: {extensions}")));
            }
        }
        check_headers(&self.headers)?;
        let accept = derive_accept_key(request.header("sec-websocket-key").unwrap_or_default().as_bytes());
        Ok(accept_head(&accept, self.protocol.as_deref(), self.extensions.as_deref(), &self.headers))
    }
}

/// Returns a 101 answer, with a flaw if the fault wants one.
pub(crate) fn accept_head(
    accept: &str,
    protocol: Option<&str>,
    extensions: Option<&str>,
    headers: &[(String, String)],
) -> String {
    let mut head = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n"
    );
    let mut field = |name: &str, value: &str| head.push_str(&format!("{name}: {value}\r\n"));
    if let Some(protocol) = protocol {
        field("Sec-WebSocket-Protocol", protocol);
    }
    if let Some(extensions) = extensions {
        field("Sec-WebSocket-Extensions", extensions);
    }
    for (name, value) in headers {
        field(name, value);
    }
    head.push_str("\r\n");
    head
}

/// The answer that refuses a handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refuse {
    /// The status, from 200 to 999.
    pub status: u16,
    /// Further header fields.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Refuse {
    /// Returns a refusal with a status only.
    pub fn with(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    pub(crate) fn bytes(&self) -> Result<Vec<u8>, Error> {
        if !(200..=999).contains(&self.status) {
            return Err(Error::argument("status", format!("is none from 200 to 999: {}", self.status)));
        }
        check_headers(&self.headers)?;
        let mut head = format!(
            "HTTP/1.1 {} {}\r\nContent-Length: {}\r\nConnection: close\r\n",
            self.status,
            status_phrase(self.status),
            self.body.len()
        );
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend(&self.body);
        Ok(bytes)
    }
}

/// The phrase of a status line. Browsers ignore it.
pub fn status_phrase(status: u16) -> &'static str {
    match status {
        101 => "Switching Protocols",
        200 => "OK",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        426 => "Upgrade Required",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Status",
    }
}

/// Returns where the head of a request or a response ends, once it is complete.
pub(crate) fn head_end(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
}

/// Reads a request.
pub(crate) fn read_request(head: &[u8], url: &Url) -> Result<Request, &'static str> {
    let mut fields = [httparse::EMPTY_HEADER; 100];
    let mut parsed = httparse::Request::new(&mut fields);
    parsed.parse(head).map_err(|_| "is no HTTP request")?;
    let headers = text_fields(parsed.headers);
    if parsed.method != Some("GET") || !is_upgrade(&headers) {
        return Err("is no WebSocket handshake");
    }
    if find(&headers, "sec-websocket-version") != Some("13") {
        return Err("is of another version of the protocol");
    }
    let protocols = list(&headers, "sec-websocket-protocol");
    let origin = find(&headers, "origin").map(str::to_owned);
    Ok(Request { url: url.to_string(), headers, protocols, origin })
}

/// The sub-protocol and the extensions in a valid answer.
pub(crate) fn read_answer(head: &[u8], key: &str, asked: &Connect) -> Result<(String, String), &'static str> {
    let mut fields = [httparse::EMPTY_HEADER; 100];
    let mut parsed = httparse::Response::new(&mut fields);
    parsed.parse(head).map_err(|_| "is no HTTP answer")?;
    if parsed.code != Some(101) {
        return Err("has another status than 101");
    }
    let headers = text_fields(parsed.headers);
    if !is_upgrade(&headers) {
        return Err("does not upgrade");
    }
    if find(&headers, "sec-websocket-accept") != Some(&derive_accept_key(key.as_bytes())) {
        return Err("has a wrong accept key");
    }
    let extensions = list(&headers, "sec-websocket-extensions").join(", ");
    if !extensions.is_empty() && find(&asked.headers, "sec-websocket-extensions").is_none() {
        return Err("has an extension that nobody offered");
    }
    let chosen: Vec<String> = list(&headers, "sec-websocket-protocol");
    match chosen.as_slice() {
        [] if asked.protocols.is_empty() => Ok((String::new(), extensions)),
        [] => Err("has no sub-protocol although some were offered"),
        [one] if asked.protocols.contains(one) => Ok((one.clone(), extensions)),
        _ => Err("has a sub-protocol that nobody offered"),
    }
}

fn is_upgrade(headers: &[(String, String)]) -> bool {
    let has = |name, value: &str| list(headers, name).iter().any(|one| one.eq_ignore_ascii_case(value));
    has("upgrade", "websocket") && has("connection", "upgrade")
}

fn text_fields(fields: &[httparse::Header<'_>]) -> Vec<(String, String)> {
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    fields.iter().map(|field| (field.name.to_owned(), text(field.value))).collect()
}

pub(crate) fn find<'h>(headers: &'h [(String, String)], name: &str) -> Option<&'h str> {
    headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

fn list(headers: &[(String, String)], name: &str) -> Vec<String> {
    headers
        .iter()
        .filter(|(key, _)| key.eq_ignore_ascii_case(name))
        .flat_map(|(_, value)| value.split(','))
        .map(|item| item.trim().to_owned())
        .filter(|item| !item.is_empty())
        .collect()
}

/// RFC 9110, 5.6.2.
fn is_token(text: &str) -> bool {
    let part = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(part)
}

fn check_headers(headers: &[(String, String)]) -> Result<(), Error> {
    for (name, value) in headers {
        if !is_token(name) {
            return Err(Error::argument("headers", format!("has no valid name: {name:?}")));
        }
        check_value("headers", value)?;
    }
    Ok(())
}

fn check_value(argument: &'static str, value: &str) -> Result<(), Error> {
    if value.bytes().any(|byte| byte < b' ' && byte != b'\t' || byte == 0x7f) {
        return Err(Error::argument(argument, format!("has a control character: {value:?}")));
    }
    Ok(())
}

/// Checks a message's length.
pub(crate) fn check_message(message: &Message, limit: usize) -> Result<(), Error> {
    if message.len() > limit {
        return Err(Error::Limit { limit: "message", value: limit });
    }
    Ok(())
}
