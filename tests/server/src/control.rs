//! The control port.

use crate::http::{Answer, Request};
use crate::record::now;
use crate::state::{Command, Server};
use crate::wire::Cut;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use steady_network::faults::Target;
use tokio::time::{Instant, timeout_at};
use tokio_tungstenite::tungstenite::Message;

/// Handles one request.
pub async fn answer(server: &Arc<Server>, request: &Request, body: &[u8]) -> Answer {
    if request.method == "OPTIONS" {
        let headers = vec![
            ("access-control-allow-methods", "GET, HEAD, POST, DELETE, OPTIONS".to_owned()),
            ("access-control-allow-headers", "*".to_owned()),
            ("access-control-max-age", "600".to_owned()),
            // A page from a public origin may reach a loopback server only with this permission.
            ("access-control-allow-private-network", "true".to_owned()),
        ];
        return Answer { status: 204, headers, body: Vec::new() };
    }
    match command(server, request, body).await {
        Some(Ok(value)) => Answer::json(200, &value),
        Some(Err(wrong)) => Answer::wrong(400, wrong),
        None if matches!(request.method.as_str(), "GET" | "HEAD") => server.files.answer(request).await,
        None => Answer::wrong(405, format!("no {} {}", request.method, request.target.path)),
    }
}

async fn command(server: &Arc<Server>, request: &Request, body: &[u8]) -> Option<Result<Value, String>> {
    let target = &request.target;
    let id = target.get("id");
    Some(match (request.method.as_str(), target.path.as_str()) {
        ("GET", "/health") => {
            let (ws, listening) = (format!("ws://{}", server.address), *server.is_listening.borrow());
            Ok(json!({ "ok": true, "now": now(), "ws": ws, "listening": listening }))
        }
        ("GET", "/log") => log(server, target).await,
        ("DELETE", "/log") => {
            server.log.clear(id);
            Ok(json!({ "ok": true }))
        }
        ("GET", "/stats") => stats(server, target),
        ("DELETE", "/stats") => {
            server.stats.clear();
            Ok(json!({ "ok": true }))
        }
        ("POST", "/stop-listening") => {
            let done = listen(server, false).await;
            if target.get("kill").is_some() { kill(server, target) } else { done }
        }
        ("POST", "/start-listening") => listen(server, true).await,
        ("POST", "/kill") => kill(server, target),
        ("POST", "/close") => close(server, target),
        ("POST", "/say") => say(server, target, body),
        ("POST", "/silence") => each(server, id, |live| live.line.mute()),
        ("POST", "/pause") => each(server, id, |live| live.line.pause(true)),
        ("POST", "/resume") => each(server, id, |live| live.line.pause(false)),
        ("POST", "/slow") => {
            target.number_or("rate", 0).and_then(|rate| each(server, id, |live| live.line.slow(rate)))
        }
        ("GET", "/mode") => Ok(server.modes.json()),
        ("POST", "/mode") => server.modes.add(target),
        ("DELETE", "/mode") => {
            server.modes.clear();
            Ok(server.modes.json())
        }
        ("POST", "/capacity") => server.modes.set_capacity(target),
        _ => return None,
    })
}

/// Returns the log, immediately or once it contains enough.
async fn log(server: &Server, target: &Target) -> Result<Value, String> {
    let id = target.get("id");
    let (connections, messages) = (target.number_or("connections", 0)?, target.number_or("messages", 0)?);
    let ended: u64 = target.number_or("ended", 0)?;
    let deadline = Instant::now() + Duration::from_millis(target.number_or("timeout_ms", 5000)?);
    let mut changes = server.log.watch();
    let mut complete = true;
    loop {
        changes.mark_unchanged();
        let (seen, over, received) = server.log.count(id);
        if seen >= connections && received >= messages && over >= ended {
            break;
        }
        if !matches!(timeout_at(deadline, changes.changed()).await, Ok(Ok(()))) {
            complete = false;
            break;
        }
    }
    let mut value = server.log.json(id, target.get("brief").is_none());
    if let Some(object) = value.as_object_mut() {
        object.insert("complete".to_owned(), complete.into());
    }
    Ok(value)
}

fn stats(server: &Server, target: &Target) -> Result<Value, String> {
    let bucket: f64 = target.number_or("bucket_ms", 100.0)?;
    if bucket < 1.0 || !bucket.is_finite() {
        return Err("bucket_ms: at least 1".to_owned());
    }
    Ok(server.stats.json(server.live_count(), *server.is_listening.borrow(), bucket))
}

async fn listen(server: &Server, wanted: bool) -> Result<Value, String> {
    let mut is = server.is_listening.subscribe();
    server.listening.send_replace(wanted);
    let deadline = Instant::now() + Duration::from_secs(5);
    match timeout_at(deadline, is.wait_for(|is| *is == wanted)).await {
        Ok(Ok(_)) => Ok(json!({ "listening": wanted })),
        _ => Err("the port could not be had back".to_owned()),
    }
}

fn each(server: &Server, id: Option<&str>, act: impl Fn(&crate::state::Live)) -> Result<Value, String> {
    let live = server.reach(id);
    live.iter().for_each(act);
    Ok(json!({ "connections": live.len() }))
}

fn kill(server: &Server, target: &Target) -> Result<Value, String> {
    let cut = if target.choice("mode", &["rst", "fin"])? == "rst" { Cut::Rst } else { Cut::Fin };
    each(server, target.get("id"), |live| live.line.kill(cut))
}

fn close(server: &Server, target: &Target) -> Result<Value, String> {
    let code = if target.get("code") == Some("none") { None } else { Some(target.number_or("code", 1000)?) };
    let reason = target.get("reason").unwrap_or_default();
    order(server, target, || Command::Close(code, reason.to_owned()))
}

fn say(server: &Server, target: &Target, body: &[u8]) -> Result<Value, String> {
    let message = match target.choice("kind", &["text", "binary"])? {
        "text" => Message::text(String::from_utf8(body.to_vec()).map_err(|_| "the body is not UTF-8")?),
        _ => Message::binary(body.to_vec()),
    };
    order(server, target, || Command::Say(message.clone()))
}

/// Sends a command to every matching connection; those that do not accept it (not open, or blocked) are not counted.
fn order(server: &Server, target: &Target, command: impl Fn() -> Command) -> Result<Value, String> {
    let live = server.reach(target.get("id"));
    let taken = live.iter().filter(|one| one.commands.try_send(command()).is_ok()).count();
    Ok(json!({ "connections": taken }))
}
