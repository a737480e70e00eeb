//! The libraries that are compared.

/// The role of a library in the comparison.
#[derive(Clone, Copy)]
pub enum Role {
    Limit,
    /// The limit a second time, which shows what the bench can tell apart.
    Copy,
    Ours,
    Peer,
}

/// JavaScript: the name, whose `source` is a module in `bench/js/contenders`, and what a page imports to use
/// it.
pub const JS: [(&str, Role, &str); 7] = [
    ("native", Role::Limit, ""),
    ("native-copy", Role::Copy, ""),
    ("strict", Role::Ours, "export { WebSocket } from 'steady-websocket'"),
    ("steady", Role::Ours, "export { SteadyWebSocket } from 'steady-websocket'"),
    ("partysocket", Role::Peer, "export { WebSocket } from 'partysocket'"),
    ("reconnecting-websocket", Role::Peer, "export { default } from 'reconnecting-websocket'"),
    ("rxjs", Role::Peer, "export { webSocket } from 'rxjs/webSocket'"),
];

/// Rust: the name, whose `source` is a feature of `bench/rust`.
pub const RUST: [(&str, Role); 8] = [
    ("web-sys", Role::Limit),
    ("web-sys-copy", Role::Copy),
    ("strict", Role::Ours),
    ("steady", Role::Ours),
    ("gloo-net", Role::Peer),
    ("ws_stream_wasm", Role::Peer),
    ("tokio-tungstenite-wasm", Role::Peer),
    ("websocket-web", Role::Peer),
];

/// The emulated network: the name, which is that of the module in `bench/js/network`.
pub const NETWORK: [(&str, Role); 3] =
    [("network", Role::Ours), ("mock-socket", Role::Peer), ("msw", Role::Peer)];

/// Sessions: the name, and the module in `bench/js`. `bench/browser/session.mjs` has the server of each.
pub const SESSION: [(&str, Role, &str); 4] = [
    ("steady", Role::Limit, "contenders/steady.js"),
    ("steady-copy", Role::Copy, "contenders/steady.js"),
    ("session", Role::Ours, "session/session.js"),
    ("socket.io", Role::Peer, "session/socket.io.js"),
];

/// Returns the name of what a contender is built from: a copy has none of its own.
pub fn source(name: &str) -> &str {
    name.strip_suffix("-copy").unwrap_or(name)
}

/// Returns all of them in the form that `bench/run.mjs` takes.
pub fn list() -> String {
    let js = JS.iter().map(|(name, role, _)| format!("js/{name}/{}", role.name()));
    let rust = RUST.iter().map(|(name, role)| format!("rust/{name}/{}", role.name()));
    let network = NETWORK.iter().map(|(name, role)| format!("network/{name}/{}", role.name()));
    let session = SESSION.iter().map(|(name, role, _)| format!("session/{name}/{}", role.name()));
    js.chain(rust).chain(network).chain(session).collect::<Vec<_>>().join(",")
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Self::Limit => "limit",
            Self::Copy => "copy",
            Self::Ours => "ours",
            Self::Peer => "peer",
        }
    }
}
