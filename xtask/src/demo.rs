//! `cargo xtask demo`: builds the page and the package, and runs the fault server until Ctrl-C.

use std::io::{BufRead, BufReader};
use std::time::Duration;

use crate::build;
use crate::error::{Advise, Error, Result};
use crate::proc;
use crate::setup::{Env, npm};
use crate::site;
use crate::test::server;

const PORT: u16 = 8080;

/// `cargo xtask demo [--port N]`
pub fn run(args: &[String], env: &Env) -> Result<()> {
    let (wanted, rest) = match args {
        [flag, port, rest @ ..] if flag == "--port" => {
            let advice = "Ports are 0 to 65535.";
            (port.parse::<u16>().map_err(|_| Error::usage(format!("no port `{port}`"), advice))?, rest)
        }
        _ => (PORT, args),
    };
    if let Some(word) = rest.first() {
        let what = format!("`demo` has no argument `{word}`");
        return Err(Error::usage(what, "It takes `--port N` or nothing."));
    }
    npm::modules(env, "www")?;
    build::make(env)?;
    let advice = "Run `cargo run -p steady-test-server` and read its output.";
    proc::step("building the fault server", &mut server::build(env), advice)?;
    let arguments = [
        "--www".into(),
        env.root.join("www").to_string_lossy().into_owned(),
        "--mount".into(),
        format!("/pkg={}", env.root.join("pkg").display()),
        "--mount".into(),
        format!("/vendor={}", env.root.join(site::VENDOR).display()),
        "--control-port".into(),
        // If the port is in use, the server takes a free one and says so.
        wanted.to_string(),
    ];
    let mut child = server::command(env, &arguments).spawn().advise("starting the fault server", advice)?;
    let mut line = String::new();
    if let Some(out) = child.stdout.take() {
        let _ = BufReader::new(out).read_line(&mut line);
    }
    let page = address(&line, "http").ok_or_else(|| Error::new("the fault server did not start", advice))?;
    let socket = address(&line, "ws").unwrap_or_default();
    println!("The demo is at {page}/ and its server at {socket}: Ctrl-C ends both.");
    // The server exits when its standard input closes, so it stays open as long as this process lives.
    let input = child.stdin.take();
    let status = child.wait().advise("waiting for the fault server", advice)?;
    drop(input);
    // Ctrl-C on a terminal reaches the server too, which may exit first.
    std::thread::sleep(Duration::from_millis(300));
    proc::hold_if_stopping();
    Err(Error::new(format!("the fault server ended: {status}"), advice))
}

fn address<'a>(json: &'a str, name: &str) -> Option<&'a str> {
    json.split_once(&format!("\"{name}\":\""))?.1.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_servers_line() {
        let line = r#"{"ws":"ws://127.0.0.1:1","http":"http://127.0.0.1:2"}"#;
        assert_eq!(address(line, "ws"), Some("ws://127.0.0.1:1"));
        assert_eq!(address(line, "http"), Some("http://127.0.0.1:2"));
        assert_eq!(address(line, "x"), None);
    }
}
