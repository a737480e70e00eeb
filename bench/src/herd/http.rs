//! Minimal HTTP: to command the fault server, and to receive a page's reports.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(10);

/// Sends one request to `http://address`; returns the body of the answer.
pub fn request(address: &str, method: &str, path: &str) -> Result<String, String> {
    let host = address.trim_start_matches("http://");
    let talk = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(host)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        Ok(text)
    };
    let text = talk().map_err(|error| format!("the fault server: {error}"))?;
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
    if head.contains(" 200 ") { Ok(body.to_owned()) } else { Err(format!("{method} {path}: {text}")) }
}

/// A report of a page: the path it posted to, and the body.
pub struct Report {
    /// Its kind.
    pub path: String,
    /// Its content.
    pub body: String,
}

/// The address to which pages report.
pub struct Inbox(TcpListener);

impl Inbox {
    /// Listens on a free port of this machine.
    pub fn open() -> Result<Self, String> {
        let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| format!("no port: {error}"))?;
        listener.set_nonblocking(true).map_err(|error| format!("the inbox: {error}"))?;
        Ok(Self(listener))
    }

    /// Returns its address.
    pub fn address(&self) -> Result<String, String> {
        self.0.local_addr().map(|at| format!("http://{at}")).map_err(|error| format!("the inbox: {error}"))
    }

    /// Returns the next report, waiting until `deadline`.
    pub fn next(&self, deadline: Instant) -> Result<Report, String> {
        while Instant::now() < deadline {
            match self.0.accept() {
                // A browser opens connections that it then does not use.
                Ok((stream, _)) => {
                    if let Some(report) = read(stream) {
                        return Ok(report);
                    }
                }
                Err(_) => std::thread::sleep(Duration::from_millis(10)),
            }
        }
        Err("the page reported nothing in time".into())
    }
}

fn read(stream: TcpStream) -> Option<Report> {
    stream.set_nonblocking(false).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        if header.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = header.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    reader.get_mut().write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").ok()?;
    Some(Report { path, body: String::from_utf8(body).ok()? })
}
