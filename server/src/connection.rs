//! A connection that has a session.

use crate::message::Message;
use crate::outlet::{Outgoing, Outlet};
use crate::shared::Shared;
use crate::silence::{Due, Silence};
use crate::transport::{Broken, Packet, Transport};
use futures_util::{SinkExt, StreamExt};
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use steady_session::{Connection, Incoming, ServerInput, incoming};
use tokio::time::{sleep, timeout};

/// How long to wait for the peer's close frame.
pub(crate) const CLOSE_WITHIN: Duration = Duration::from_secs(2);

/// Close code: the connection ended without a close frame.
pub(crate) const ABNORMAL: u16 = 1006;

/// Close code: a message was too large.
pub(crate) const TOO_LARGE: u16 = 1009;

/// Close code: the server restarts.
pub(crate) const RESTART: u16 = 1012;

/// Transfers messages in both directions until the connection is closed or fails.
pub(crate) async fn run<T: Transport>(
    transport: &mut T,
    shared: &Arc<Shared>,
    on: Connection,
    outlet: Outlet,
) {
    let mut attached = Attached { shared, on, code: ABNORMAL };
    let Ended { code, last } = if shared.hub.is_stopping() {
        Ended::stopped()
    } else {
        let limit = shared.hub.limits.silence;
        let timer = pin!(sleep(limit / 2));
        let silence = Silence::new(limit, timer);
        let transport = &mut *transport;
        let mut transfer = Transfer { transport, shared, on, outlet, unflushed: false, silence };
        poll_fn(|context| transfer.poll(context)).await
    };
    attached.code = code;
    // Boxed, so that a connection does not have its space before.
    Box::pin(async {
        if let Some(reason) = last {
            let _ = timeout(CLOSE_WITHIN, transport.send(Packet::Close(code, reason))).await;
        }
        drop(attached);
        finish(transport).await;
    })
    .await;
}

/// A connection that the machine knows. It learns of the end when this is dropped, even if that is because the
/// application has dropped the future of the connection.
struct Attached<'a> {
    shared: &'a Arc<Shared>,
    on: Connection,
    /// The connection's close code.
    code: u16,
}

impl Drop for Attached<'_> {
    fn drop(&mut self) {
        // Fails if the machine no longer knows the connection.
        let _ = self.shared.step(ServerInput::Disconnected(self.on, self.code));
    }
}

/// The end of a transfer.
struct Ended {
    /// The connection's close code.
    code: u16,
    /// The reason, if this end closes the connection.
    last: Option<String>,
}

impl Ended {
    const fn silently(code: u16) -> Self {
        Self { code, last: None }
    }

    const fn stopped() -> Self {
        Self { code: RESTART, last: Some(String::new()) }
    }
}

/// A connection that transfers messages. One task reads and writes, so that nothing is shared between two.
struct Transfer<'a, T> {
    transport: &'a mut T,
    shared: &'a Arc<Shared>,
    on: Connection,
    outlet: Outlet,
    /// Frames were passed to the transport since the last flush.
    unflushed: bool,
    silence: Silence<'a>,
}

impl<T: Transport> Transfer<'_, T> {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Ended> {
        match self.transfer(context) {
            Ok(()) => Poll::Pending,
            Err(ended) => Poll::Ready(ended),
        }
    }

    /// Reads and writes as much as is possible without waiting.
    fn transfer(&mut self, context: &mut Context<'_>) -> Result<(), Ended> {
        if self.outlet.wake(context.waker()) {
            return Err(Ended::stopped());
        }
        loop {
            let suspended = !self.read(context)?;
            self.silence.suspended(suspended);
            while let Poll::Ready(due) = self.silence.poll(context) {
                if due == Due::End {
                    return Err(Ended::silently(ABNORMAL));
                }
                // Fails before the session is established; that phase has its own deadline.
                let _ = self.shared.step(ServerInput::Ping);
            }
            self.write(context)?;
            if !suspended || self.outlet.is_crowded() {
                return Ok(());
            }
        }
    }

    /// Passes received frames to the machine. Returns false if the client does not read what is sent to it: then
    /// nothing is read from it.
    fn read(&mut self, context: &mut Context<'_>) -> Result<bool, Ended> {
        let mut heard = false;
        let taken = loop {
            if self.outlet.is_crowded() {
                break false;
            }
            let packet = match self.transport.poll_next_unpin(context) {
                Poll::Ready(Some(Ok(packet))) => packet,
                Poll::Ready(Some(Err(Broken::TooLarge))) => {
                    return Err(Ended { code: TOO_LARGE, last: Some(String::new()) });
                }
                Poll::Ready(Some(Err(Broken::Connection)) | None) => {
                    return Err(Ended::silently(ABNORMAL));
                }
                Poll::Pending => break true,
            };
            heard = true;
            self.receive(packet)?;
        };
        if heard {
            self.silence.heard();
        }
        Ok(taken)
    }

    fn receive(&self, packet: Packet) -> Result<(), Ended> {
        let on = self.on;
        let taken = match packet {
            Packet::Text(text) => match incoming(&text) {
                Incoming::Control(frame) => self.shared.step(ServerInput::Control(on, frame.into())),
                Incoming::Data(data) => {
                    // One character shorter if the text was escaped.
                    let text = text.slice_ref(data);
                    self.deliver(Message::Text(text))
                }
            },
            Packet::Binary(data) => self.deliver(Message::Binary(data)),
            Packet::Close(code, _) => return Err(Ended::silently(code)),
            Packet::Ping | Packet::Other => Ok(()),
        };
        // The machine ignores input from an old connection and does not fail.
        debug_assert!(taken.is_ok(), "{taken:?}");
        Ok(())
    }

    fn deliver(&self, message: Message) -> Result<(), steady_session::Error> {
        let cost = message.cost();
        self.shared.step_with(ServerInput::Message(self.on, cost), Some(message))
    }

    /// Sends the session's frames.
    fn write(&mut self, context: &mut Context<'_>) -> Result<(), Ended> {
        let broken = |_| Ended::silently(ABNORMAL);
        while let Poll::Ready(ready) = self.transport.poll_ready_unpin(context) {
            ready.map_err(broken)?;
            let packet = match self.outlet.next() {
                Some(Outgoing::Message(message)) => Packet::counted(message),
                Some(Outgoing::Control(text)) => Packet::Text(text.into()),
                Some(Outgoing::Close(code, reason)) => return Err(Ended { code, last: Some(reason) }),
                None => break,
            };
            self.transport.start_send_unpin(packet).map_err(broken)?;
            self.unflushed = true;
        }
        if self.unflushed
            && let Poll::Ready(flushed) = self.transport.poll_flush_unpin(context)
        {
            flushed.map_err(broken)?;
            self.unflushed = false;
        }
        Ok(())
    }
}

/// Completes the closing handshake.
pub(crate) async fn finish<T: Transport>(transport: &mut T) {
    let handshake = async {
        let _ = transport.close().await;
        while let Some(Ok(packet)) = transport.next().await {
            if matches!(packet, Packet::Close(..)) {
                break;
            }
        }
    };
    let _ = timeout(CLOSE_WITHIN, handshake).await;
}

/// Closes a connection that gets no session.
pub(crate) async fn refuse<T: Transport>(transport: &mut T, frame: Option<steady_session::Frame>, code: u16) {
    let last = async {
        if let Some(frame) = frame {
            transport.feed(Packet::Text(frame.to_string().into())).await?;
        }
        transport.send(Packet::Close(code, String::new())).await
    };
    if let Ok(Ok(())) = timeout(CLOSE_WITHIN, last).await {
        finish(transport).await;
    }
}
