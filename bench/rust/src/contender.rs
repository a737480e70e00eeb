//! The one contender that this program was built with.

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

/// A socket as its crate's users have it. Nothing here goes wrong; what does anyway ends the run.
pub trait Contender: Sized {
    /// A socket that is open.
    async fn open(url: &str) -> Self;

    /// The next message, as the crate hands it out: how long it is.
    async fn next(&mut self) -> usize;

    async fn text(&mut self, text: &str);

    async fn binary(&mut self, bytes: &[u8]);

    /// So many messages: how long they are together.
    async fn receive(&mut self, count: u32) -> usize {
        let mut read = 0;
        for _ in 0..count {
            read += self.next().await;
        }
        read
    }
}
