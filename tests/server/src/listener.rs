//! The two listeners; the WebSocket one can be stopped and restarted on its port.

use crate::serve::serve;
use crate::state::Server;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::sleep;

/// Listens on a loopback port, or on a free one if that is in use, and says so.
pub async fn bind(port: u16) -> std::io::Result<TcpListener> {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse && port != 0 => {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            eprintln!("port {port} is in use; using {} instead", listener.local_addr()?.port());
            Ok(listener)
        }
        other => other,
    }
}

/// Accepts connections on the control port.
pub async fn control(server: Arc<Server>, listener: TcpListener, room: Arc<Semaphore>) {
    loop {
        accept(&server, &listener, &room, true).await;
    }
}

/// Accepts connections on the WebSocket port while it is enabled.
pub async fn websocket(
    server: Arc<Server>,
    listener: TcpListener,
    address: SocketAddr,
    room: Arc<Semaphore>,
) {
    let mut wanted = server.listening.subscribe();
    let mut listener = Some(listener);
    loop {
        if !*wanted.borrow_and_update() {
            listener = None;
            server.is_listening.send_replace(false);
            if wanted.changed().await.is_err() {
                return;
            }
            continue;
        }
        let Some(open) = &listener else {
            match TcpListener::bind(address).await {
                Ok(open) => {
                    listener = Some(open);
                    server.is_listening.send_replace(true);
                }
                Err(_) => sleep(Duration::from_millis(50)).await,
            }
            continue;
        };
        tokio::select! {
            () = accept(&server, open, &room, false) => {}
            _ = wanted.changed() => {}
        }
    }
}

async fn accept(server: &Arc<Server>, listener: &TcpListener, room: &Arc<Semaphore>, control: bool) {
    match listener.accept().await {
        Ok((tcp, _)) => admit(server, tcp, room, control),
        // Out of file descriptors, or the peer is gone already: no reason to stop or to spin.
        Err(_) => sleep(Duration::from_millis(20)).await,
    }
}

fn admit(server: &Arc<Server>, tcp: TcpStream, room: &Arc<Semaphore>, control: bool) {
    server.stats.accepted.fetch_add(1, Relaxed);
    let Ok(place) = Arc::clone(room).try_acquire_owned() else {
        server.stats.over_limit.fetch_add(1, Relaxed);
        return;
    };
    let server = Arc::clone(server);
    tokio::spawn(async move {
        server.stats.held.fetch_add(1, Relaxed);
        serve(Arc::clone(&server), tcp, control).await;
        server.stats.held.fetch_sub(1, Relaxed);
        drop(place);
    });
}
