//! The connection of a client without sessions.

use crate::connection::{ABNORMAL, CLOSE_WITHIN, RESTART, TOO_LARGE, finish};
use crate::message::Message;
use crate::plain::{Next, Plain};
use crate::session::EndReason;
use crate::silence::{Due, Silence};
use crate::transport::{Broken, Packet, Transport};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use tokio::time::{sleep, timeout};

/// Transfers messages in both directions until the connection is closed or fails.
pub(crate) async fn run<T: Transport>(transport: T, plain: &Plain) {
    let (mut sink, mut stream) = transport.split();
    let mut stopping = plain.hub.stopping.subscribe();
    let limit = plain.hub.limits.silence;
    let timer = pin!(sleep(limit / 2));
    let mut silence = Silence::new(limit, timer);
    let mut connected = Connected { plain, reason: EndReason::Disconnected(ABNORMAL) };
    let reason = tokio::select! {
        code = read(&mut stream, plain, &mut silence) => EndReason::Disconnected(code),
        reason = write(&mut sink, plain) => reason,
        _ = stopping.wait_for(|stopping| *stopping) => EndReason::Released,
    };
    let code = match reason {
        EndReason::Released => Some(RESTART),
        EndReason::Closed => Some(1000),
        EndReason::Disconnected(TOO_LARGE) => Some(TOO_LARGE),
        EndReason::Disconnected(_) | EndReason::Lost(_) => None,
    };
    if let Some(code) = code {
        let _ = timeout(CLOSE_WITHIN, sink.send(Packet::Close(code, String::new()))).await;
    }
    connected.reason = reason;
    drop(connected);
    if let Ok(mut transport) = sink.reunite(stream) {
        finish(&mut transport).await;
    }
}

/// A connection whose end the application learns of when this is dropped, even if that is because it has dropped the
/// connection's future.
struct Connected<'a> {
    plain: &'a Plain,
    reason: EndReason,
}

impl Drop for Connected<'_> {
    fn drop(&mut self) {
        self.plain.end(self.reason);
    }
}

/// Queues received messages for the application, and waits while it is full. Returns the connection's close code.
async fn read<T: Transport>(stream: &mut SplitStream<T>, plain: &Plain, silence: &mut Silence<'_>) -> u16 {
    loop {
        while plain.is_full() {
            plain.room.notified().await;
        }
        // The client has just sent something, or could not be heard while the application was full.
        silence.heard();
        let packet = loop {
            match next(stream, silence).await {
                Ok(packet) => break packet,
                Err(Due::Ping) => plain.ping(),
                Err(Due::End) => return ABNORMAL,
            }
        };
        match packet {
            Some(Ok(Packet::Text(text))) => plain.arrive(Message::Text(text)),
            Some(Ok(Packet::Binary(data))) => plain.arrive(Message::Binary(data)),
            Some(Ok(Packet::Ping | Packet::Other)) => {}
            Some(Ok(Packet::Close(code, _))) => return code,
            Some(Err(Broken::TooLarge)) => return TOO_LARGE,
            Some(Err(Broken::Connection)) | None => return ABNORMAL,
        }
    }
}

/// Returns the next packet, or what is due because there is none.
async fn next<T: Transport>(
    stream: &mut SplitStream<T>,
    silence: &mut Silence<'_>,
) -> Result<Option<Result<Packet, Broken>>, Due> {
    poll_fn(|context| match stream.poll_next_unpin(context) {
        Poll::Ready(packet) => Poll::Ready(Ok(packet)),
        Poll::Pending => silence.poll(context).map(Err),
    })
    .await
}

async fn write<T: Transport>(sink: &mut SplitSink<T, Packet>, plain: &Plain) -> EndReason {
    loop {
        match plain.next() {
            Next::Ping => {
                if sink.send(Packet::Ping).await.is_err() {
                    return EndReason::Disconnected(ABNORMAL);
                }
            }
            Next::Write(message) => {
                let cost = message.cost();
                if sink.send(Packet::plain(message)).await.is_err() {
                    return EndReason::Disconnected(ABNORMAL);
                }
                plain.written(cost);
            }
            Next::Close => return EndReason::Closed,
            Next::Wait => plain.work.notified().await,
        }
    }
}
