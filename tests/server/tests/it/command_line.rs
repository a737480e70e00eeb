//! Starting and exiting.

use crate::support::{command, connect, start, start_with};
use std::io::{BufRead, Read};
use std::net::TcpListener;
use std::process::Stdio;

#[test]
fn a_wrong_flag_is_named_and_exits_2() {
    let output = command(&["--prot"]).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.starts_with("unknown argument --prot\nusage:"), "{said}");
}

#[test]
fn help_is_not_an_error() {
    let output = command(&["--help"]).output().unwrap();
    assert!(output.status.success());
    assert!(String::from_utf8(output.stdout).unwrap().starts_with("usage:"));
}

#[test]
fn it_ends_when_its_standard_input_closes() {
    let mut server = start();
    drop(server.child.stdin.take());
    assert!(server.child.wait().unwrap().success());
    assert_eq!(server.stdout.read_line(&mut String::new()).unwrap(), 0, "one line, no more");
}

#[cfg(unix)]
#[test]
fn it_ends_on_sigterm() {
    let mut server = start();
    let pid = server.child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert!(server.child.wait().unwrap().success());
}

#[test]
fn a_port_in_use_is_said_and_another_taken() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let mut child =
        command(&["--port", &port.to_string(), "--with-parent"]).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    std::io::BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(!line.contains(&format!(":{port}")), "{line}");
    drop(child.stdin.take());
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(said.starts_with(&format!("port {port} is in use; using ")), "{said}");
    child.wait().unwrap();
}

#[test]
fn connections_are_capped() {
    let server = start_with(&["--max-connections", "2"]);
    let _first = server.open("/echo");
    let _second = server.open("/echo");
    let mut third = connect(server.ws);
    assert!(matches!(third.read(&mut [0]), Ok(0) | Err(_)));
    assert_eq!(server.get("/stats")["overLimit"], 1);
}
