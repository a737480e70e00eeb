//! One TCP connection from its first byte to its last.

use crate::behaviour;
use crate::control;
use crate::http::{Answer, Request};
use crate::peer::{End, Peer};
use crate::session;
use crate::state::{Command, Entered, Server};
use crate::wire::{Cut, Line, Wire, drain};
use serde_json::json;
use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use steady_network::faults::{Fault, Flaw, Offer, Opening};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

/// How long a connection may be idle between requests, or take to send one.
const IDLE: Duration = Duration::from_secs(60);
/// The longest message accepted: a test sends 16 MiB.
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
    let to_session = target.path == session::PATH;
    // The log has what the application handles; what crosses the wire may be sent again.
    let keep = if to_session { Some(0) } else { request.target.number("keep").unwrap_or_default() };
    let fault = Fault::parse(&if to_session { target.at("/echo".to_owned()) } else { target.clone() });
    let name = target.path.trim_start_matches('/').to_owned();
    let (entered, orders) = server.enter(&id, &request.raw_target, &name, keep, &line);
    let entered = Arc::new(entered);
    let number = entered.number;
    let life = live(&entered, request, fault, to_session, &line, wire, orders);
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
    fault: Result<Fault, String>,
    to_session: bool,
    line: &Arc<Line>,
    mut wire: Wire,
    orders: mpsc::Receiver<Command>,
) -> End {
    let fault = match fault {
        Ok(fault) => fault,
        Err(wrong) => return refuse(&mut wire, &Answer::wrong(400, wrong)).await,
    };
    sleep(fault.delay()).await;
    let flaw = match fault.opening() {
        Opening::Accept(flaw) => *flaw,
        Opening::Refuse { status, headers, body } => {
            let mut answer = Answer { status: *status, headers: headers.clone(), body: body.clone() };
            answer.headers.push(("connection", "close".to_owned()));
            return refuse(&mut wire, &answer).await;
        }
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
    let offered = request.list("sec-websocket-protocol");
    let protocol = fault.choose_protocol(&offered);
    let answer = flaw.answer(request.header("sec-websocket-key").unwrap_or_default(), protocol.as_deref());
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
    if to_session {
        let id = request.target.get("id").unwrap_or_default();
        return session::run(id, &request.raw_target, protocol.as_deref(), &mut peer).await;
    }
    let offer = Offer {
        protocols: offered,
        chosen: protocol.as_deref(),
        extensions: request.header("sec-websocket-extensions"),
        origin: request.header("origin"),
        cookie: request.header("cookie"),
        target: &request.raw_target,
    };
    behaviour::run(fault, &mut peer, &offer).await
}

async fn refuse(wire: &mut Wire, answer: &Answer) -> End {
    let _ = answer.write(wire, true).await;
    End { said: json!({ "how": "refused", "status": answer.status }), cut: Cut::Fin }
}
