//! Starts the server, sends HTTP requests, and opens WebSockets; all blocking, with time limits.

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Response;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, HandshakeError, Message, WebSocket, client};

/// Longer than anything here takes.
const LIMIT: Duration = Duration::from_secs(5);

/// A running server; it exits with its standard input when dropped.
pub struct Server {
    pub child: Child,
    pub stdout: BufReader<ChildStdout>,
    pub ws: SocketAddr,
    pub http: SocketAddr,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_steady-test-server"));
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

pub fn start() -> Server {
    start_with(&[])
}

pub fn start_with(args: &[&str]) -> Server {
    let mut child = command(args).arg("--with-parent").spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    let address = |key: &str, scheme: &str| {
        ready[key].as_str().unwrap().strip_prefix(scheme).unwrap().parse::<SocketAddr>().unwrap()
    };
    let (ws, http) = (address("ws", "ws://"), address("http", "http://"));
    Server { child, stdout, ws, http }
}

/// An HTTP response.
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

pub fn connect(address: SocketAddr) -> TcpStream {
    let tcp = TcpStream::connect_timeout(&address, LIMIT).unwrap();
    tcp.set_read_timeout(Some(LIMIT)).unwrap();
    tcp.set_write_timeout(Some(LIMIT)).unwrap();
    tcp.set_nodelay(true).unwrap();
    tcp
}

/// Reads the head of an HTTP response byte by byte, so that nothing after it is consumed.
pub fn read_head(tcp: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        tcp.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

impl Server {
    pub fn request(&self, method: &str, target: &str, body: &[u8]) -> Answer {
        let mut tcp = connect(self.http);
        let head = format!(
            "{method} {target} HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        tcp.write_all(head.as_bytes()).unwrap();
        tcp.write_all(body).unwrap();
        let head = read_head(&mut tcp);
        let mut body = Vec::new();
        tcp.read_to_end(&mut body).unwrap();
        Answer { status: head[9..12].parse().unwrap(), head: head.to_lowercase(), body }
    }

    pub fn get(&self, target: &str) -> Value {
        self.json("GET", target, b"")
    }

    pub fn post(&self, target: &str) -> Value {
        self.json("POST", target, b"")
    }

    pub fn json(&self, method: &str, target: &str, body: &[u8]) -> Value {
        let answer = self.request(method, target, body);
        let value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(answer.status, 200, "{method} {target}: {value}");
        value
    }

    /// Returns the only connection of a tag, once it has ended.
    pub fn ended(&self, id: &str) -> Value {
        let log = self.get(&format!("/log?id={id}&ended=1"));
        assert_eq!(log["complete"], true, "{log}");
        assert_eq!(log["connections"].as_array().unwrap().len(), 1, "{log}");
        log["connections"][0].clone()
    }

    pub fn open(&self, path: &str) -> Client {
        self.try_open(path, &[]).unwrap().0
    }

    pub fn open_offering(&self, path: &str, protocols: &[&str]) -> (Client, Response) {
        self.try_open(path, protocols).unwrap()
    }

    /// Opens a WebSocket, or returns the error.
    pub fn try_open(&self, path: &str, protocols: &[&str]) -> Result<(Client, Response), Error> {
        self.try_open_at(self.ws, path, protocols)
    }

    pub fn try_open_at(
        &self,
        address: SocketAddr,
        path: &str,
        protocols: &[&str],
    ) -> Result<(Client, Response), Error> {
        let mut request = format!("ws://{address}{path}").into_client_request().unwrap();
        if !protocols.is_empty() {
            let offered = HeaderValue::from_str(&protocols.join(", ")).unwrap();
            request.headers_mut().insert("sec-websocket-protocol", offered);
        }
        let tcp = TcpStream::connect_timeout(&address, LIMIT).map_err(Error::Io)?;
        tcp.set_read_timeout(Some(LIMIT)).unwrap();
        tcp.set_write_timeout(Some(LIMIT)).unwrap();
        match client(request, tcp) {
            Ok((ws, response)) => Ok((Client(ws), response)),
            Err(HandshakeError::Failure(error)) => Err(error),
            Err(HandshakeError::Interrupted(_)) => Err(Error::Io(std::io::ErrorKind::TimedOut.into())),
        }
    }

    /// Returns a TCP connection after the handshake, to read raw bytes.
    pub fn open_raw(&self, path: &str) -> TcpStream {
        let mut tcp = self.ask_raw(path);
        assert!(read_head(&mut tcp).starts_with("HTTP/1.1 101 "));
        tcp
    }

    /// Returns a TCP connection on which the handshake request was sent.
    pub fn ask_raw(&self, path: &str) -> TcpStream {
        let mut tcp = connect(self.ws);
        let head = format!(
            "GET {path} HTTP/1.1\r\nhost: test\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        tcp.write_all(head.as_bytes()).unwrap();
        tcp
    }
}

/// A client that follows the protocol.
pub struct Client(pub WebSocket<TcpStream>);

impl Client {
    pub fn say(&mut self, text: &str) {
        self.0.send(Message::text(text)).unwrap();
    }

    pub fn hear(&mut self) -> String {
        match self.0.read().unwrap() {
            Message::Text(text) => text.to_string(),
            other => panic!("expected a text, got {other:?}"),
        }
    }

    /// Returns the next close frame's code and reason; 1005 without a code. Finishes the closing handshake.
    pub fn closed(&mut self) -> (u16, String) {
        let closed = loop {
            match self.0.read().unwrap() {
                Message::Close(Some(frame)) => break (frame.code.into(), frame.reason.to_string()),
                Message::Close(None) => break (1005, String::new()),
                _ => {}
            }
        };
        assert!(matches!(self.0.read(), Err(Error::ConnectionClosed)));
        closed
    }

    /// Expects that the connection ends without a closing handshake.
    pub fn dropped(&mut self) -> String {
        loop {
            match self.0.read() {
                Ok(Message::Close(frame)) => panic!("closed in order: {frame:?}"),
                Ok(_) => {}
                Err(error) => return error.to_string(),
            }
        }
    }

    /// Expects that nothing arrives for a while.
    pub fn silent_for(&mut self, millis: u64) {
        self.0.get_ref().set_read_timeout(Some(Duration::from_millis(millis))).unwrap();
        match self.0.read() {
            Err(Error::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            other => panic!("expected silence, got {other:?}"),
        }
        self.0.get_ref().set_read_timeout(Some(LIMIT)).unwrap();
    }
}

/// Expects that a raw connection stays open and silent for a while.
pub fn silent_raw(tcp: &mut TcpStream, millis: u64) {
    tcp.set_read_timeout(Some(Duration::from_millis(millis))).unwrap();
    assert_eq!(tcp.read(&mut [0; 10]).unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    tcp.set_read_timeout(Some(LIMIT)).unwrap();
}

/// Returns all bytes until the server ends the connection, and how it ended.
pub fn until_end(tcp: &mut TcpStream) -> (Vec<u8>, std::io::Result<usize>) {
    let mut bytes = Vec::new();
    let result = tcp.read_to_end(&mut bytes);
    (bytes, result)
}

/// Returns a masked client frame (the mask is zero).
pub fn client_frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![first, 0x80 | u8::try_from(payload.len()).unwrap()];
    out.extend([0; 4]);
    out.extend(payload);
    out
}
