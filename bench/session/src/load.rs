//! The purpose of a connection, read from its address.

use axum::http::Uri;
use futures_util::{Sink, SinkExt, Stream, StreamExt};

/// The purpose of a connection.
pub enum Load {
    /// Every message comes back.
    Echo,
    /// Each message is answered with so many of this size.
    Flood(usize, usize),
    /// Every so many messages are answered with one.
    Sink(usize),
}

impl Load {
    /// Reads it from `/echo`, `/flood?n=…&size=…` or `/sink?n=…`.
    pub fn of(uri: &Uri) -> Self {
        let number = |name: &str| {
            let mut pairs =
                uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|(key, _)| *key == name).and_then(|(_, value)| value.parse().ok()).unwrap_or(1)
        };
        match uri.path() {
            "/flood" => Self::Flood(number("n"), number("size")),
            "/sink" => Self::Sink(number("n")),
            _ => Self::Echo,
        }
    }
}

/// Serves a connection, or a session, until it ends. Each message is sent by itself: axum copies what is only fed into a
/// buffer, 240 small messages for each write, and any session costs a multiple of that.
pub async fn carry<S, M>(mut socket: S, load: &Load, text: impl Fn(String) -> M)
where
    S: Stream<Item = M> + Sink<M> + Unpin,
    M: Clone,
{
    let answer = match load {
        Load::Flood(_, size) => text("x".repeat(*size)),
        Load::Echo | Load::Sink(_) => text("done".into()),
    };
    let mut received = 0_usize;
    while let Some(message) = socket.next().await {
        received += 1;
        let (count, answer) = match load {
            Load::Echo => (1, &message),
            Load::Flood(count, _) => (*count, &answer),
            Load::Sink(every) => (usize::from(received.is_multiple_of(*every)), &answer),
        };
        for _ in 0..count {
            if socket.send(answer.clone()).await.is_err() {
                return;
            }
        }
    }
}
