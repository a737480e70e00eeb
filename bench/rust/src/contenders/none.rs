//! No socket: the size of an app without one.

use super::Contender;

pub struct Socket(usize);

impl Contender for Socket {
    async fn open(url: &str) -> Self {
        Self(url.len())
    }

    async fn next(&mut self) -> usize {
        self.0
    }

    async fn text(&mut self, text: &str) {
        self.0 += text.len();
    }

    async fn binary(&mut self, bytes: &[u8]) {
        self.0 += bytes.len();
    }
}
