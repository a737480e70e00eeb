//! nginx in front of nodes, without stickiness: each connection goes to the next node.

use crate::services::{Folder, Service, bound_to_this_thread, free_port, is_root, quiet};
use std::fs;
use std::path::Path;
use std::process::Command;

/// nginx, in a folder of its own on a free port.
pub struct Proxy(Service);

impl Proxy {
    /// In front of these ports.
    pub async fn start(backends: &[u16]) -> Self {
        let folder = Folder::new("nginx");
        let port = free_port();
        fs::write(folder.0.join("nginx.conf"), config(&folder.0, port, backends)).unwrap();
        let start = move || {
            // Asked to end, so that it ends its workers.
            let mut command = bound_to_this_thread("TERM");
            command.arg(program()).args(["-e", "stderr", "-p"]).arg(&folder.0).args(["-c", "nginx.conf"]);
            quiet(&mut command);
            command
        };
        Self(Service::new(start, port, format!("ws://127.0.0.1:{port}/")).await)
    }

    pub fn address(&self) -> &str {
        &self.0.address
    }

    /// Reads its configuration again: new workers take new connections, the old ones' are cut a moment later.
    pub fn reload(&self) {
        self.signal("HUP");
    }

    fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.0.pid().to_string()]).status();
        assert!(status.unwrap().success());
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.signal("TERM");
        self.0.wait();
    }
}

/// Debian puts servers where not everybody's PATH leads.
fn program() -> &'static str {
    let debian = "/usr/sbin/nginx";
    if Path::new(debian).exists() { debian } else { "nginx" }
}

fn config(folder: &Path, port: u16, backends: &[u16]) -> String {
    let folder = folder.display();
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|name| format!("  {name}_temp_path {folder}/{name};\n"))
        .concat();
    // A node that was killed is tried again at once.
    let servers: String =
        backends.iter().map(|backend| format!("    server 127.0.0.1:{backend} max_fails=0;\n")).collect();
    // Otherwise root's workers could not use the folder; for others it is a warning.
    let user = if is_root() { "user root;" } else { "" };
    format!(
        "daemon off;
pid {folder}/pid;
error_log stderr crit;
worker_processes 1;
worker_shutdown_timeout 50ms;
{user}
events {{ worker_connections 512; }}
http {{
  access_log off;
{temporary}  upstream nodes {{
{servers}  }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://nodes;
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection upgrade;
    }}
  }}
}}
"
    )
}
