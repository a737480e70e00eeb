//! Sessions in Redis.

mod record;
mod scripts;

use super::{Bits, Entry, Failure, Head, Record, Store, Swap, Write};
use crate::message::Message;
#[cfg(feature = "kit")]
pub(super) use record::parse as read;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{ErrorKind, FromRedisValue, RedisError, ScriptInvocation, ServerErrorKind, Value};
use scripts::Scripts;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Keeps sessions in Redis 7 or newer: a hash for each session, and a stream of its messages, whose entry IDs are
/// their numbers. Each change is one script.
///
/// Sessions are as durable as Redis is configured to be: with `appendonly yes` and `appendfsync always`, everything Redis
/// has confirmed survives a crash of its process and of its machine. With `everysec`, the default, Redis confirms writes
/// before they are on disk while the disk is busy: up to two seconds may be lost, as in a failover. The session's node
/// detects that at its next write, and a node that takes the session over from the client's counts; the session then ends
/// with [`Refusal::Store`](crate::Refusal::Store) or [`Refusal::Counts`](crate::Refusal::Counts). A loss that no count
/// shows goes undetected.
#[derive(Clone)]
pub struct Redis {
    connection: ConnectionManager,
    prefix: Arc<str>,
    scripts: Arc<Scripts>,
}

impl fmt::Debug for Redis {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Redis").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

impl Redis {
    /// Returns the store at this address. Its keys begin with `{steady}`, so that they share a slot of a cluster. It
    /// connects at the first request, and reconnects when the connection fails.
    pub fn new(address: &str) -> Result<Self, RedisError> {
        let config = ConnectionManagerConfig::new().set_number_of_retries(1);
        let connection = ConnectionManager::new_lazy_with_config(redis::Client::open(address)?, config)?;
        Ok(Self { connection, prefix: "{steady}".into(), scripts: Arc::default() })
    }

    /// Sets the prefix of all keys. Put a part of it in braces to keep the keys in one slot of a cluster.
    #[must_use]
    pub fn with_prefix(mut self, prefix: &str) -> Self {
        self.prefix = prefix.into();
        self
    }

    fn hash(&self, id: impl fmt::Display) -> String {
        format!("{}:session:{id}", self.prefix)
    }

    fn stream(&self, id: impl fmt::Display) -> String {
        format!("{}:messages:{id}", self.prefix)
    }

    fn leases(&self) -> String {
        format!("{}:leases", self.prefix)
    }

    async fn ask(&self, script: &ScriptInvocation<'_>) -> Result<Value, Failure> {
        match script.invoke_async(&mut self.connection.clone()).await? {
            Value::BulkString(word) if word == b"gap" => Err(Failure::Gap),
            Value::BulkString(word) if word == b"fenced" => Err(Failure::Fenced),
            answer => Ok(answer),
        }
    }
}

impl From<RedisError> for Failure {
    fn from(error: RedisError) -> Self {
        let text = error.to_string();
        let corrupt = match error.kind() {
            // A script met something that is no number, or messages out of order.
            ErrorKind::Server(ServerErrorKind::ResponseError) => text.contains("user_script"),
            ErrorKind::UnexpectedReturnType => true,
            // A script reports it in its own error.
            _ => text.contains("WRONGTYPE"),
        };
        if corrupt { Self::Corrupt(text) } else { Self::Away(Box::new(error)) }
    }
}

fn count(answer: Value) -> Result<u64, Failure> {
    u64::from_redis_value(answer).map_err(|error| Failure::Corrupt(error.to_string()))
}

fn milliseconds(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX).min(steady_session::GREATEST)
}

impl Store for Redis {
    async fn create(&self, record: &Record, lease: Duration) -> Result<(), Failure> {
        let mut script = self.scripts.create.key(self.hash(record.id));
        script.key(self.leases()).arg(record.id.to_string()).arg(milliseconds(lease));
        for (name, value) in record::fields(record) {
            script.arg(name).arg(value);
        }
        self.ask(&script).await.map(drop)
    }

    async fn load(&self, id: Bits) -> Result<Option<Record>, Failure> {
        let mut script = self.scripts.load.key(self.hash(id));
        let answer = self.ask(script.key(self.stream(id))).await?;
        if answer == Value::Nil { Ok(None) } else { record::parse(id, answer).map(Some) }
    }

    async fn head(&self, id: Bits) -> Result<Option<Head>, Failure> {
        let mut command = redis::cmd("HMGET");
        command.arg(self.hash(id)).arg(&["owner", "seq", "handled", "end_handled"]);
        let (owner, seq, handled, end): (Option<Vec<u8>>, Option<u64>, Option<u64>, Option<u64>) =
            command.query_async(&mut self.connection.clone()).await?;
        let (Some(owner), Some(seq), Some(handled)) = (owner, seq, end.or(handled)) else {
            return Ok(None);
        };
        Ok(Some(Head { owner: Bits(record::array(&owner)?), seq, handled }))
    }

    async fn adopt(&self, id: Bits, owner: Bits, swap: &Swap, lease: Duration) -> Result<Record, Failure> {
        let mut script = self.scripts.adopt.key(self.hash(id));
        script.key(self.stream(id)).key(self.leases());
        script.arg(id.to_string()).arg(milliseconds(lease)).arg(&owner.0[..]);
        for (name, value) in record::swapped(swap) {
            script.arg(name).arg(value);
        }
        record::parse(id, self.ask(&script).await?)
    }

    async fn write(&self, id: Bits, entries: &[Entry]) -> Result<u64, Failure> {
        let mut script = self.scripts.write.key(self.hash(id));
        script.key(self.stream(id));
        for entry in entries {
            script.arg(entry.seq).arg(&entry.owner.0[..]);
            let filled = arguments(&mut script, &entry.write)?;
            for _ in filled..6 {
                script.arg("");
            }
        }
        count(self.ask(&script).await?)
    }

    async fn renew(&self, sessions: &[(Bits, Bits)], lease: Duration) -> Result<(), Failure> {
        let mut script = self.scripts.renew.key(self.leases());
        script.arg(self.hash("")).arg(milliseconds(lease));
        for (id, owner) in sessions {
            script.arg(id.to_string()).arg(&owner.0[..]);
        }
        self.ask(&script).await.map(drop)
    }

    async fn expire(&self, tombstone: Duration) -> Result<u64, Failure> {
        let mut script = self.scripts.expire.key(self.leases());
        script.arg(self.hash("")).arg(self.stream("")).arg(milliseconds(tombstone));
        count(self.ask(&script).await?)
    }
}

/// Adds the arguments of a write: its kind, then its values. Returns how many were added.
fn arguments(script: &mut ScriptInvocation<'_>, write: &Write<Message>) -> Result<u32, Failure> {
    Ok(match write {
        // Sessions are created by a script of their own.
        Write::Create(_) => return Err(Failure::Gap),
        Write::Append { payload, cost } => {
            let kind = if matches!(payload, Message::Text(_)) { "text" } else { "binary" };
            script.arg(kind).arg(payload.as_bytes()).arg(cost);
            3
        }
        Write::Skip(number) => {
            script.arg("skip").arg(number);
            2
        }
        Write::Trim(acked) => {
            script.arg("trim").arg(acked);
            2
        }
        Write::Handled { count, cost } => {
            script.arg("handled").arg(count).arg(cost);
            3
        }
        Write::Swap(Swap { current, previous, attempt }) => {
            script.arg("swap").arg(&current.nonce.0[..]).arg(&current.secret[..]);
            script.arg(&previous.nonce.0[..]).arg(&previous.secret[..]).arg(attempt);
            6
        }
        Write::Confirm => {
            script.arg("confirm");
            1
        }
        Write::End(end) => {
            script.arg("end").arg(end.why.as_str()).arg(end.handled);
            3
        }
    })
}
