//! The opening handshake: the crate computes the accept key, the rest is written here so that it can be wrong.

use crate::http::{Request, reason};
use crate::query::Target;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// What is wrong with an otherwise good 101 answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Nothing.
    None,
    /// The accept key is another's.
    AcceptKey,
    /// A sub-protocol nobody asked for.
    Protocol,
    /// An extension nobody asked for.
    Extension,
}

/// The sub-protocol chosen: `protocol=NAME` if it was offered, else none; without that parameter the first offered.
pub fn choose_protocol(request: &Request, target: &Target) -> Option<String> {
    let offered = request.list("sec-websocket-protocol");
    match target.get("protocol") {
        Some(name) => offered.iter().find(|&&one| one == name).map(|&one| one.to_owned()),
        None => offered.first().map(|&one| one.to_owned()),
    }
}

/// The 101 answer.
pub fn accept(request: &Request, protocol: Option<&str>, flaw: Flaw) -> String {
    let key = request.header("sec-websocket-key").unwrap_or_default();
    let accept = match flaw {
        Flaw::AcceptKey => derive_accept_key(b"the key of another connection"),
        _ => derive_accept_key(key.as_bytes()),
    };
    let mut out = format!(
        "HTTP/1.1 101 {}\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: {accept}\r\n",
        reason(101)
    );
    match (flaw, protocol) {
        (Flaw::Protocol, _) => out.push_str("sec-websocket-protocol: nobody-asked-for-this\r\n"),
        (_, Some(name)) => out.push_str(&format!("sec-websocket-protocol: {name}\r\n")),
        (_, None) => {}
    }
    if flaw == Flaw::Extension {
        out.push_str("sec-websocket-extensions: x-nobody-asked-for-this\r\n");
    }
    out.push_str("\r\n");
    out
}
