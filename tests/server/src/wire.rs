//! The TCP connection, with faults that can be switched on: muted, not reading, reading slowly, cut.
//!
//! Faults of the transport are made here, below the WebSocket crate, so that it goes on parsing and every behaviour
//! can be combined with every fault.

use std::future::Future;
use std::io::{Error, ErrorKind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::{Instant, Sleep, sleep_until, timeout};

pub use steady_network::faults::Cut;

/// One TCP connection and its faults; shared by the connection's task and the control port.
#[derive(Debug)]
pub struct Line {
    tcp: TcpStream,
    mute: AtomicBool,
    paused: AtomicBool,
    /// Bytes read per second; 0 means unlimited.
    rate: AtomicU64,
    /// Bytes that may still be read before the connection is cut.
    budget: AtomicU64,
    reader: Mutex<Option<Waker>>,
    killed: Mutex<Option<Cut>>,
    kill: Notify,
}

impl Line {
    /// Creates a connection without faults.
    pub fn new(tcp: TcpStream) -> Arc<Self> {
        // Many tests send small frames one by one.
        let _ = tcp.set_nodelay(true);
        Arc::new(Self {
            tcp,
            mute: AtomicBool::new(false),
            paused: AtomicBool::new(false),
            rate: AtomicU64::new(0),
            budget: AtomicU64::new(u64::MAX),
            reader: Mutex::new(None),
            killed: Mutex::new(None),
            kill: Notify::new(),
        })
    }

    /// From now on nothing that is written leaves.
    pub fn mute(&self) {
        self.mute.store(true, Relaxed);
    }

    /// Returns whether the connection is muted.
    pub fn is_mute(&self) -> bool {
        self.mute.load(Relaxed)
    }

    /// Stops or resumes reading.
    pub fn pause(&self, paused: bool) {
        self.paused.store(paused, Relaxed);
        self.wake();
    }

    /// Limits reading to this many bytes per second; 0 means no limit.
    pub fn slow(&self, bytes_per_second: u64) {
        self.rate.store(bytes_per_second, Relaxed);
        self.wake();
    }

    /// Cuts the connection after this many more bytes were read.
    pub fn cut_after(&self, bytes: u64) {
        self.budget.store(bytes, Relaxed);
    }

    /// Returns whether the budget of `cut_after` is used up.
    pub fn is_spent(&self) -> bool {
        self.budget.load(Relaxed) == 0
    }

    /// Requests a small receive buffer, so that a reader that stops has an effect soon.
    pub fn receive_buffer(&self, bytes: usize) {
        let _ = socket2::SockRef::from(&self.tcp).set_recv_buffer_size(bytes);
    }

    /// Tells the connection's task to end.
    pub fn kill(&self, cut: Cut) {
        *self.killed.lock().unwrap_or_else(PoisonError::into_inner) = Some(cut);
        self.kill.notify_one();
    }

    /// Completes after `kill`.
    pub async fn killed(&self) -> Cut {
        loop {
            if let Some(cut) = *self.killed.lock().unwrap_or_else(PoisonError::into_inner) {
                return cut;
            }
            self.kill.notified().await;
        }
    }

    /// Ends the connection in the requested way.
    pub async fn end(self: &Arc<Self>, cut: Cut) {
        if cut == Cut::Rst {
            let _ = socket2::SockRef::from(&self.tcp).set_linger(Some(Duration::ZERO));
            return;
        }
        let _ = socket2::SockRef::from(&self.tcp).shutdown(std::net::Shutdown::Write);
        // Linux resets a connection closed with unread bytes, which could overtake what was written last.
        self.pause(false);
        self.slow(0);
        self.cut_after(u64::MAX);
        let _ = timeout(Duration::from_secs(1), drain(&mut Wire::new(self))).await;
    }

    fn wake(&self) {
        if let Some(waker) = self.reader.lock().unwrap_or_else(PoisonError::into_inner).take() {
            waker.wake();
        }
    }

    /// Returns whether the peer has ended, without reading.
    fn is_left(&self, cx: &mut Context<'_>) -> bool {
        match pin!(self.tcp.ready(Interest::READABLE)).poll(cx) {
            Poll::Ready(Ok(ready)) => ready.is_read_closed(),
            Poll::Ready(Err(_)) => true,
            Poll::Pending => false,
        }
    }
}

/// Reads and discards until the peer ends.
pub async fn drain(wire: &mut Wire) {
    let mut waste = vec![0; 16 * 1024];
    while matches!(wire.read(&mut waste).await, Ok(1..)) {}
}

/// A connection as a stream of bytes.
#[derive(Debug)]
pub struct Wire {
    line: Arc<Line>,
    wait: Option<Pin<Box<Sleep>>>,
}

impl Wire {
    /// Creates a stream over a connection.
    pub fn new(line: &Arc<Line>) -> Self {
        Self { line: Arc::clone(line), wait: None }
    }

    fn poll_wait(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(wait) = &mut self.wait {
            ready!(wait.as_mut().poll(cx));
            self.wait = None;
        }
        Poll::Ready(())
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let line = Arc::clone(&self.line);
        *line.reader.lock().unwrap_or_else(PoisonError::into_inner) = Some(cx.waker().clone());
        while line.paused.load(Relaxed) {
            if line.is_left(cx) {
                return Poll::Ready(Err(Error::new(
                    ErrorKind::ConnectionReset,
                    "peer left while not being read",
                )));
            }
            ready!(self.poll_wait(cx));
            self.wait = Some(Box::pin(sleep_until(Instant::now() + Duration::from_millis(200))));
        }
        let (rate, budget) = (line.rate.load(Relaxed), line.budget.load(Relaxed));
        if budget == 0 {
            return Poll::Ready(Err(Error::new(ErrorKind::ConnectionAborted, "cut within a message")));
        }
        if rate > 0 {
            ready!(self.poll_wait(cx));
        }
        // In steps of a twentieth of a second, so that slow reading is smooth.
        let slice = if rate > 0 { (rate / 20).max(1) } else { u64::MAX };
        let most = usize::try_from(slice.min(budget)).unwrap_or(usize::MAX).min(out.remaining());
        loop {
            ready!(line.tcp.poll_read_ready(cx))?;
            let room = out.initialize_unfilled_to(most);
            match line.tcp.try_read(room) {
                Ok(count) => {
                    out.advance(count);
                    let count = count as u64;
                    if budget != u64::MAX {
                        line.budget.store(budget.saturating_sub(count), Relaxed);
                    }
                    if let Some(micros) = count.saturating_mul(1_000_000).checked_div(rate) {
                        let next = Instant::now() + Duration::from_micros(micros);
                        self.wait = Some(Box::pin(sleep_until(next)));
                    }
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        loop {
            if self.line.is_mute() {
                return Poll::Ready(Ok(bytes.len()));
            }
            ready!(self.line.tcp.poll_write_ready(cx))?;
            match self.line.tcp.try_write(bytes) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                result => return Poll::Ready(result),
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// `Line::end` ends the TCP connection.
    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
