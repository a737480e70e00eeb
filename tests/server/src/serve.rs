//! One TCP connection from its first byte to its last.

use crate::behaviour::{Behaviour, Opening};
use crate::control;
use crate::handshake::{Flaw, accept, choose_protocol};
use crate::http::{Answer, Request};
use crate::peer::{End, Peer};
use crate::query::Target;
use crate::state::{Command, Entered, Server};
use crate::wire::{Cut, Line, Wire, drain};
use serde_json::json;
use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

/// How long a connection may be idle between requests, or take to send one.
const IDLE: Duration = Duration::from_secs(60);
/// The longest message taken: issue 6 sends 16 MiB.
const MESSAGE_LIMIT: usize = 256 * 1024 * 1024;

/// Serves a connection. Control requests and files are answered on the control port only, WebSockets on both.
pub async fn serve(server: Arc<Server>, tcp: TcpStream, control: bool) {
    let line = Line::new(tcp);
    let mut wire = Wire::new(&line);
    let mut bytes = Vec::new();
    loop {
        let mut request = match timeout(IDLE, Request::read(&mut wire, std::mem::take(&mut bytes))).await {
            Ok(Ok(Some(request))) => request,
            Ok(Err(wrong)) if wrong.kind() == ErrorKind::InvalidData => {
                let _ = Answer::wrong(400, wrong).write(&mut wire, true).await;
                break;
            }
            _ => break,
        };
        if request.is_upgrade() {
            return socket(server, request, line, wire).await;
        }
        let body = match timeout(IDLE, request.body(&mut wire)).await {
            Ok(Ok((body, next))) => {
                bytes = next;
                body
            }
            Ok(Err(wrong)) if wrong.kind() == ErrorKind::InvalidData => {
                let _ = Answer::wrong(400, wrong).write(&mut wire, true).await;
                break;
            }
            _ => break,
        };
        let answer = if control {
            control::answer(&server, &request, &body).await
        } else {
            Answer::wrong(426, "this port speaks WebSocket only")
        };
        let ends = request.list("connection").iter().any(|item| item.eq_ignore_ascii_case("close"));
        if answer.write(&mut wire, request.method != "HEAD").await.is_err() || ends {
            break;
        }
    }
    line.end(Cut::Fin).await;
}

async fn socket(server: Arc<Server>, request: Request, line: Arc<Line>, wire: Wire) {
    server.stats.handshake();
    let id = request.target.get("id").unwrap_or_default().to_owned();
    let target = server.modes.govern(&request.target, &id);
    let keep = request.target.number("keep").unwrap_or_default();
    let behaviour = Behaviour::parse(&target);
    let name = target.path.trim_start_matches('/').to_owned();
    let (entered, orders) = server.enter(&id, &request.raw_target, &name, keep, &line);
    let entered = Arc::new(entered);
    let number = entered.number;
    let life = live(&entered, request, &target, behaviour, &line, wire, orders);
    let end = tokio::select! {
        end = life => end,
        cut = line.killed() => {
            let mut end = End::dropped(cut);
            end.said = json!({ "how": "killed", "mode": if cut == Cut::Rst { "rst" } else { "fin" } });
            end
        }
    };
    server.log.ended(number, end.said);
    drop(entered);
    line.end(end.cut).await;
}

async fn live(
    entered: &Arc<Entered>,
    request: Request,
    target: &Target,
    behaviour: Result<Behaviour, String>,
    line: &Arc<Line>,
    mut wire: Wire,
    orders: mpsc::Receiver<Command>,
) -> End {
    let behaviour = match behaviour {
        Ok(behaviour) => behaviour,
        Err(wrong) => return refuse(&mut wire, &Answer::wrong(400, wrong)).await,
    };
    if let Ok(Some(delay)) = target.number("delay_ms") {
        sleep(Duration::from_millis(delay)).await;
    }
    let flaw = match behaviour.opening() {
        Opening::Accept(flaw) => flaw,
        Opening::Refuse(answer) => return refuse(&mut wire, &answer).await,
        Opening::Never => {
            drain(&mut wire).await;
            return End::plain("never answered");
        }
        Opening::BlackHole => {
            line.pause(true);
            drain(&mut wire).await;
            return End::plain("never answered");
        }
    };
    let protocol = choose_protocol(&request, target);
    let answer = accept(&request, protocol.as_deref(), flaw);
    if wire.write_all(answer.as_bytes()).await.is_err() {
        return End::plain("left during the handshake");
    }
    if flaw != Flaw::None {
        drain(&mut wire).await;
        return End::plain("flawed handshake");
    }
    entered.server.stats.opened.fetch_add(1, Relaxed);
    entered.server.log.opened(entered.number, protocol.as_deref());
    let config =
        WebSocketConfig::default().max_message_size(Some(MESSAGE_LIMIT)).max_frame_size(Some(MESSAGE_LIMIT));
    let ws =
        WebSocketStream::from_partially_read(wire, request.rest.clone(), Role::Server, Some(config)).await;
    let mut peer = Peer::new(ws, Arc::clone(line), Arc::clone(entered), orders);
    behaviour.run(&mut peer, &request, protocol.as_deref()).await
}

async fn refuse(wire: &mut Wire, answer: &Answer) -> End {
    let _ = answer.write(wire, true).await;
    End { said: json!({ "how": "refused", "status": answer.status }), cut: Cut::Fin }
}
