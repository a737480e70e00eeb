//! The contender that this program was built with.

#[cfg(feature = "gloo-net")]
#[path = "contenders/gloo_net.rs"]
mod chosen;
#[cfg(feature = "none")]
#[path = "contenders/none.rs"]
mod chosen;
#[cfg(any(feature = "strict", feature = "steady"))]
#[path = "contenders/steady_websocket.rs"]
mod chosen;
#[cfg(feature = "tokio-tungstenite-wasm")]
#[path = "contenders/tokio_tungstenite_wasm.rs"]
mod chosen;
#[cfg(feature = "web-sys")]
#[path = "contenders/web_sys.rs"]
mod chosen;
#[cfg(feature = "websocket-web")]
#[path = "contenders/websocket_web.rs"]
mod chosen;
#[cfg(feature = "ws_stream_wasm")]
#[path = "contenders/ws_stream_wasm.rs"]
mod chosen;

pub use chosen::Socket;

/// A socket as users of its crate have it. Any error ends the run.
pub trait Contender: Sized {
    /// Opens a socket and waits until it is open.
    async fn open(url: &str) -> Self;

    /// Returns the length of the next message.
    async fn next(&mut self) -> usize;

    async fn text(&mut self, text: &str);

    async fn binary(&mut self, bytes: &[u8]);

    /// Returns the total length of this many messages.
    async fn receive(&mut self, count: u32) -> usize {
        let mut read = 0;
        for _ in 0..count {
            read += self.next().await;
        }
        read
    }
}
