//! PostgreSQL and Redis for one test, each in its own folder and on a free port.

use crate::client::SOON;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use std::{env, fs};
use steady_websocket_server::store::{Postgres, Redis, Store};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

/// A temporary folder, deleted on drop.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("steady-{name}-{}-{count}", std::process::id()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

pub fn is_root() -> bool {
    Command::new("id").arg("-u").output().unwrap().stdout == b"0\n"
}

/// Returns a command whose process gets this signal when the thread that started it ends.
pub fn bound_to_this_thread(signal: &str) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", signal]);
    command
}

/// Runs the command as another user if this is root, as which PostgreSQL refuses to run.
fn as_postgres(command: &mut Command) {
    if is_root() {
        command.args(["--reuid", "postgres", "--regid", "postgres", "--clear-groups"]);
    }
}

/// Returns the path of a program of the newest PostgreSQL. Debian does not put them in PATH.
fn postgres_program(name: &str) -> PathBuf {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let versions = debian.map(|version| version.unwrap().path());
    let number = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().parse::<u32>().unwrap_or(0);
    let newest = versions.max_by_key(number);
    newest.map_or_else(|| name.into(), |path| path.join("bin").join(name))
}

/// A database server that can be restarted. What `start` owns, such as a folder, lives as long.
pub struct Service {
    start: Box<dyn Fn() -> Command + Send + Sync>,
    child: Child,
    port: u16,
    pub address: String,
}

impl Service {
    pub async fn new(
        start: impl Fn() -> Command + Send + Sync + 'static,
        port: u16,
        address: String,
    ) -> Self {
        let child = start().spawn().unwrap();
        let mut service = Self { start: Box::new(start), child, port, address };
        service.until_it_listens().await;
        service
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until the server ends.
    pub fn wait(&mut self) {
        self.child.wait().unwrap();
    }

    /// Kills the server, as a crash would.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub async fn restart(&mut self) {
        self.child = (self.start)().spawn().unwrap();
        self.until_it_listens().await;
    }

    /// Waits until the server listens, and restarts it if it exits: PostgreSQL refuses to start until the processes
    /// of a killed server have ended.
    async fn until_it_listens(&mut self) {
        let listens = async {
            while TcpStream::connect(("127.0.0.1", self.port)).await.is_err() {
                if self.child.try_wait().unwrap().is_some() {
                    self.child = (self.start)().spawn().unwrap();
                }
                sleep(Duration::from_millis(50)).await;
            }
        };
        timeout(SOON, listens).await.unwrap();
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn quiet(command: &mut Command) {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
}

pub async fn postgres() -> Service {
    let folder = Folder::new("postgres");
    let data = folder.0.join("data");
    if is_root() {
        assert!(Command::new("chown").arg("postgres").arg(&folder.0).status().unwrap().success());
    }
    let mut init = bound_to_this_thread("KILL");
    as_postgres(&mut init);
    init.arg(postgres_program("initdb")).arg("-D").arg(&data);
    init.args(["-U", "steady", "-A", "trust", "-E", "UTF8", "--locale", "C", "--no-sync"]);
    let output = init.current_dir("/").output().unwrap();
    assert!(output.status.success(), "initdb: {}", String::from_utf8_lossy(&output.stderr));
    let port = free_port();
    let start = move || {
        // On a crash, the next start recovers the data, and child processes end on their own.
        let mut command = bound_to_this_thread("QUIT");
        as_postgres(&mut command);
        command.arg(postgres_program("postgres")).arg("-D").arg(&data);
        command.args(["-h", "127.0.0.1", "-p", &port.to_string(), "-k"]).arg(&folder.0);
        // Tests kill processes, not machines.
        command.args(["-c", "fsync=off", "-c", "shared_buffers=16MB"]).current_dir("/");
        quiet(&mut command);
        command
    };
    Service::new(start, port, format!("postgres://steady@127.0.0.1:{port}/postgres")).await
}

pub async fn redis() -> Service {
    let folder = Folder::new("redis");
    let port = free_port();
    let start = move || {
        let mut command = bound_to_this_thread("KILL");
        command.arg("redis-server").args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""]);
        // By default it answers before it has written, while the disk is busy.
        command.args(["--appendonly", "yes", "--appendfsync", "always", "--dir"]).arg(&folder.0);
        quiet(&mut command);
        command
    };
    Service::new(start, port, format!("redis://127.0.0.1:{port}/")).await
}

/// Waits until a store answers: a server that listens may still be recovering.
pub async fn until_it_answers(store: &impl Store) {
    let nobody = steady_websocket_server::Bits([0; 16]);
    let answers = async {
        while store.head(nobody).await.is_err() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(SOON, answers).await.unwrap();
}

pub async fn postgres_store(service: &Service) -> Postgres {
    let options = sqlx::postgres::PgPoolOptions::new().acquire_timeout(Duration::from_secs(2));
    let store = Postgres::new(options.connect_lazy(&service.address).unwrap());
    let created = async {
        while store.create_tables().await.is_err() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(SOON, created).await.unwrap();
    store
}

pub async fn redis_store(service: &Service) -> Redis {
    let store = Redis::new(&service.address).unwrap();
    until_it_answers(&store).await;
    store
}
