//! Minimal HTTP/1.1: parses a request head and writes an answer. Both ports need it.

use std::io::{Error, ErrorKind};
use steady_network::faults::Target;
use steady_network::status_phrase;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

const HEAD_LIMIT: usize = 32 * 1024;
const BODY_LIMIT: usize = 64 * 1024 * 1024;

/// A request head, and the bytes that arrived after it.
#[derive(Debug)]
pub struct Request {
    /// `GET`, `POST`…
    pub method: String,
    /// Path and parameters.
    pub target: Target,
    /// The target as it was sent, for the log.
    pub raw_target: String,
    headers: Vec<(String, String)>,
    /// Bytes that arrived after the head.
    pub rest: Vec<u8>,
}

impl Request {
    /// Returns the first value of a header, case-insensitively.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Returns all values of a header, split at commas.
    pub fn list(&self, name: &str) -> Vec<&str> {
        self.headers
            .iter()
            .filter(|(key, _)| key.eq_ignore_ascii_case(name))
            .flat_map(|(_, value)| value.split(','))
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .collect()
    }

    /// Returns whether this is a WebSocket handshake.
    pub fn is_upgrade(&self) -> bool {
        self.method == "GET"
            && self.list("upgrade").iter().any(|item| item.eq_ignore_ascii_case("websocket"))
            && self.header("sec-websocket-key").is_some()
    }

    /// Reads one request head; `None` if the peer ended before sending anything.
    pub async fn read(
        wire: &mut (impl AsyncRead + Unpin),
        mut bytes: Vec<u8>,
    ) -> std::io::Result<Option<Self>> {
        loop {
            if let Some(request) = Self::parse(&bytes)? {
                return Ok(Some(request));
            }
            if bytes.len() > HEAD_LIMIT {
                return Err(Error::new(ErrorKind::InvalidData, "request head too long"));
            }
            if wire.read_buf(&mut bytes).await? == 0 {
                return if bytes.is_empty() { Ok(None) } else { Err(ErrorKind::UnexpectedEof.into()) };
            }
        }
    }

    fn parse(bytes: &[u8]) -> std::io::Result<Option<Self>> {
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut head = httparse::Request::new(&mut headers);
        let length = match head.parse(bytes) {
            Ok(httparse::Status::Complete(length)) => length,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(wrong) => return Err(Error::new(ErrorKind::InvalidData, wrong)),
        };
        let raw_target = head.path.unwrap_or("/").to_owned();
        let headers = head
            .headers
            .iter()
            .map(|header| (header.name.to_owned(), String::from_utf8_lossy(header.value).into_owned()))
            .collect();
        Ok(Some(Self {
            method: head.method.unwrap_or_default().to_owned(),
            target: Target::parse(&raw_target),
            raw_target,
            headers,
            rest: bytes.get(length..).unwrap_or_default().to_vec(),
        }))
    }

    /// Reads the body; returns it and the bytes of the next request.
    pub async fn body(&mut self, wire: &mut (impl AsyncRead + Unpin)) -> std::io::Result<(Vec<u8>, Vec<u8>)> {
        let length = match self.header("content-length") {
            None => 0,
            Some(text) => text.parse().map_err(|_| Error::new(ErrorKind::InvalidData, "content-length"))?,
        };
        if length > BODY_LIMIT {
            return Err(Error::new(ErrorKind::InvalidData, "body too long"));
        }
        let mut body = std::mem::take(&mut self.rest);
        while body.len() < length {
            if wire.read_buf(&mut body).await? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
        let next = body.split_off(length);
        Ok((body, next))
    }
}

/// A response.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Headers besides content length, cross-origin and caching ones.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// Returns a response with a JSON body.
    pub fn json(status: u16, value: &serde_json::Value) -> Self {
        let mut body = value.to_string().into_bytes();
        body.push(b'\n');
        Self { status, headers: vec![("content-type", "application/json".to_owned())], body }
    }

    /// Returns an error response with a JSON body.
    pub fn wrong(status: u16, said: impl std::fmt::Display) -> Self {
        Self::json(status, &serde_json::json!({ "error": said.to_string() }))
    }

    /// Writes the response; the body only if `with_body`.
    pub async fn write(&self, wire: &mut (impl AsyncWrite + Unpin), with_body: bool) -> std::io::Result<()> {
        let mut out = format!("HTTP/1.1 {} {}\r\n", self.status, status_phrase(self.status));
        // Pages are served from another port or origin than the one they request.
        out.push_str("access-control-allow-origin: *\r\n");
        if !self.headers.iter().any(|(name, _)| *name == "cache-control") {
            out.push_str("cache-control: no-store\r\n");
        }
        for (name, value) in &self.headers {
            // A value that came from a query must not become a second header.
            let value: String = value.chars().filter(|letter| !letter.is_control()).collect();
            out.push_str(&format!("{name}: {value}\r\n"));
        }
        if self.status != 204 {
            out.push_str(&format!("content-length: {}\r\n", self.body.len()));
        }
        out.push_str("\r\n");
        wire.write_all(out.as_bytes()).await?;
        if with_body {
            wire.write_all(&self.body).await?;
        }
        wire.flush().await
    }
}
