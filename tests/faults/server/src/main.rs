//! The session server of the fault matrix. Each session's task sends messages of its own, takes the client's, and
//! accounts for both; `/account` and `/stop` are for the page.

mod account;
mod chance;
mod run;

use account::Accounts;
use axum::extract::State;
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use axum::{Router, http::Uri};
use std::io::Write;
use steady_websocket_server::store::Memory;
use steady_websocket_server::{Limits, SessionUpgrade, Sessions};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

type Shared = State<(Sessions, Accounts)>;

/// Returns a parameter of the query.
fn parameter<'a>(uri: &'a Uri, name: &str) -> Option<&'a str> {
    let pairs = uri.query()?.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.into_iter().find(|(key, _)| *key == name).map(|(_, value)| value)
}

async fn live(uri: Uri, upgrade: SessionUpgrade, State((sessions, accounts)): Shared) -> Response {
    let id = parameter(&uri, "id").unwrap_or_default().to_owned();
    let large = parameter(&uri, "large").is_some();
    upgrade.accept(&sessions, move |session| run::run(session, accounts, id, large))
}

/// The account of a run; `brief` counts only.
async fn account(uri: Uri, State((_, accounts)): Shared) -> Response {
    let id = parameter(&uri, "id").unwrap_or_default();
    json(&accounts.json(id, parameter(&uri, "brief").is_some()))
}

/// No more messages are sent.
async fn stop(uri: Uri, State((_, accounts)): Shared) -> Response {
    accounts.stop(parameter(&uri, "id").unwrap_or_default());
    json(&serde_json::json!({}))
}

async fn forget(uri: Uri, State((_, accounts)): Shared) -> Response {
    accounts.forget(parameter(&uri, "id").unwrap_or_default());
    json(&serde_json::json!({}))
}

fn json(value: &serde_json::Value) -> Response {
    let headers = [(ACCESS_CONTROL_ALLOW_ORIGIN, "*"), (CONTENT_TYPE, "application/json")];
    (headers, value.to_string()).into_response()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    if let Some(argument) = std::env::args().nth(1) {
        return Err(format!("it takes no argument, such as {argument}").into());
    }
    // A panic of a connection's task would only be printed: so the matrix fails.
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        report(panic);
        std::process::abort();
    }));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    writeln!(std::io::stdout(), r#"{{"port":{}}}"#, listener.local_addr()?.port())?;
    let app = Router::new()
        .route("/live", any(live))
        .route("/account", any(account))
        .route("/stop", any(stop))
        .route("/forget", any(forget))
        .with_state((Sessions::new(Memory::new(), Limits::default())?, Accounts::default()));
    tokio::spawn(async move { axum::serve(listener, app).await });
    parent_left().await;
    // A read of standard input cannot be cancelled.
    std::process::exit(0)
}

/// It ends with the process that started it.
async fn parent_left() {
    let mut stdin = tokio::io::stdin();
    let mut waste = [0; 1024];
    while matches!(stdin.read(&mut waste).await, Ok(1..)) {}
}
