//! A WebSocket server that injects faults on purpose. Its README lists them.

mod args;
mod behaviour;
mod control;
mod files;
mod http;
mod listener;
mod log;
mod modes;
mod peer;
mod record;
mod serve;
mod session;
mod state;
mod stats;
mod wire;

use args::{Args, Refusal, USAGE};
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::io::AsyncReadExt;
use tokio::sync::Semaphore;

fn main() -> ExitCode {
    let args = match Args::parse(std::env::args().skip(1)) {
        Ok(args) => args,
        Err(Refusal::Help) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(Refusal::Wrong(said)) => {
            eprintln!("{said}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error),
    };
    let result = runtime.block_on(run(args));
    // A read of standard input cannot be cancelled, and must not delay the exit.
    runtime.shutdown_background();
    result.map_or_else(|error| failed(&error), |()| ExitCode::SUCCESS)
}

fn failed(error: &std::io::Error) -> ExitCode {
    eprintln!("steady-test-server: {error}");
    ExitCode::FAILURE
}

async fn run(args: Args) -> std::io::Result<()> {
    let websocket = listener::bind(args.port).await?;
    let control = listener::bind(args.control_port).await?;
    let address = websocket.local_addr()?;
    let ready = format!(r#"{{"ws":"ws://{address}","http":"http://{}"}}"#, control.local_addr()?);
    let sessions = session::sessions().map_err(std::io::Error::other)?;
    let server = state::Server::new(files::Files::new(args.mounts, args.isolate), address, sessions);
    // Separate limits: the control port must answer however many sockets a test has opened.
    let room = || Arc::new(Semaphore::new(args.max_connections.min(Semaphore::MAX_PERMITS)));
    tokio::spawn(listener::control(Arc::clone(&server), control, room()));
    tokio::spawn(listener::websocket(server, websocket, address, room()));
    let interrupted = interruption()?;
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{ready}")?;
    stdout.flush()?;
    tokio::select! {
        () = interrupted => {}
        () = parent_left(), if args.with_parent => {}
    }
    Ok(())
}

/// Installed before the ready line, because a caller may end the server as soon as it has read that.
#[cfg(unix)]
fn interruption() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn interruption() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

async fn parent_left() {
    let mut stdin = tokio::io::stdin();
    let mut waste = [0; 1024];
    while matches!(stdin.read(&mut waste).await, Ok(1..)) {}
}
