//! Sessions in PostgreSQL.

mod position;
mod row;
mod write;

pub use position::{PositionError, commit_position};
#[cfg(feature = "kit")]
pub use row::SessionRow;

use super::{Bits, Entry, Failure, Head, Record, Store, Swap};
use crate::Refusal;
use row::{LOAD, number, record_of};
use sqlx::postgres::PgRow;
use sqlx::{Connection, Executor, PgConnection, PgPool, PgTransaction, Row};
use std::future::Future;
use std::time::Duration;

/// Keeps sessions in PostgreSQL. What is acknowledged survives a crash of the node and of the database's process.
///
/// Nodes that share the database can take over each other's sessions. An application with tables in the same database
/// can commit its position in a session together with its own changes: see [`commit_position`].
#[derive(Clone, Debug)]
pub struct Postgres {
    pool: PgPool,
}

impl Postgres {
    /// The SQL that creates the tables and the index, for your own migrations.
    pub const SCHEMA: &str = include_str!("schema.sql");

    /// Returns a store in this database, which must have the tables.
    pub const fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    /// Creates missing tables. Several nodes may call it at the same time.
    pub async fn create_tables(&self) -> Result<(), sqlx::Error> {
        let mut connection = self.pool.acquire().await?;
        let mut transaction = connection.begin().await?;
        // `IF NOT EXISTS` alone fails if two nodes create the tables at once.
        sqlx::query("SELECT pg_advisory_xact_lock(7021933472)").execute(&mut *transaction).await?;
        transaction.execute(sqlx::raw_sql(Self::SCHEMA)).await?;
        transaction.commit().await
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        let code = error.as_database_error().and_then(|error| error.code()).unwrap_or_default();
        match &*code {
            LOCK_NOT_AVAILABLE => Self::Busy(Box::new(error)),
            // Numbers that leave their range, or messages that are there already.
            code if code.starts_with("22") || code.starts_with("23") => Self::Corrupt(error.to_string()),
            _ if matches!(error, sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)) => {
                Self::Corrupt(error.to_string())
            }
            _ => Self::Away(Box::new(error)),
        }
    }
}

/// PostgreSQL's code for a lock that another transaction has had for too long.
const LOCK_NOT_AVAILABLE: &str = "55P03";

/// Begins a transaction. Where it must wait for a lock it soon fails: an application's transaction may stay open for long
/// after it has committed a position, and the other sessions need the connection meanwhile. That is long before a node
/// repeats a request that was not answered, for which it would take one more connection.
async fn begin(pool: &PgPool) -> Result<PgTransaction<'static>, Failure> {
    Ok(pool.begin_with("BEGIN; SET LOCAL lock_timeout = '250ms'").await?)
}

fn seconds(lease: Duration) -> f64 {
    lease.as_secs_f64()
}

/// The end of a session's lease after a write to its row: at least a life from now, in case its renewals are skipped.
/// Otherwise it is later, and the write changes nothing in the index. The longest lives have no date in PostgreSQL.
macro_rules! extended_lease {
    () => {
        "greatest(expires, clock_timestamp() + make_interval(secs => least(life, 1000000000000) / 1000.0))"
    };
}
use extended_lease;

/// Runs a transaction to its end, even if nobody waits for it any more: one that is dropped while it begins stays open,
/// and sqlx 0.9.0 returns its connection to the pool (transact-rs/sqlx#4385).
async fn carry_out<T: Send + 'static>(
    transaction: impl Future<Output = Result<T, Failure>> + Send + 'static,
) -> Result<T, Failure> {
    tokio::spawn(transaction).await.unwrap_or_else(|error| Err(Failure::Away(Box::new(error))))
}

async fn load(connection: &mut PgConnection, id: Bits) -> Result<Option<Record>, Failure> {
    let row = sqlx::query(LOAD).bind(&id.0[..]).fetch_optional(connection).await?;
    row.as_ref().map(|row| record_of(id, row)).transpose()
}

impl Store for Postgres {
    async fn create(&self, record: &Record, lease: Duration) -> Result<(), Failure> {
        let (pool, record) = (self.pool.clone(), record.clone());
        carry_out(async move {
            let mut transaction = begin(&pool).await?;
            if !write::create(&mut transaction, &record, seconds(lease)).await? {
                return Err(Failure::Gap);
            }
            transaction.commit().await?;
            Ok(())
        })
        .await
    }

    async fn load(&self, id: Bits) -> Result<Option<Record>, Failure> {
        let mut connection = self.pool.acquire().await?;
        load(&mut connection, id).await
    }

    async fn head(&self, id: Bits) -> Result<Option<Head>, Failure> {
        let row = sqlx::query(
            "SELECT owner, seq, coalesce(end_handled, handled) AS handled FROM steady_sessions WHERE id = $1",
        )
        .bind(&id.0[..])
        .fetch_optional(&self.pool)
        .await?;
        let head = |row: PgRow| {
            let (owner, seq) = (row::bits(&row, "owner")?, number(&row, "seq")?);
            Ok(Head { owner, seq, handled: number(&row, "handled")? })
        };
        row.map(head).transpose()
    }

    async fn adopt(&self, id: Bits, owner: Bits, swap: &Swap, lease: Duration) -> Result<Record, Failure> {
        let (pool, swap) = (self.pool.clone(), *swap);
        carry_out(async move {
            let mut transaction = begin(&pool).await?;
            sqlx::query(
                "UPDATE steady_sessions SET owner = $3, secret = $4, previous_owner = $5, previous_secret = $6,
                    attempt = $7, expires = now() + make_interval(secs => $8)
                 WHERE id = $1 AND owner = $2 AND end_why IS NULL",
            )
            .bind(&id.0[..])
            .bind(&owner.0[..])
            .bind(&swap.current.nonce.0[..])
            .bind(&swap.current.secret[..])
            .bind(&swap.previous.nonce.0[..])
            .bind(&swap.previous.secret[..])
            .bind(row::stored(swap.attempt)?)
            .bind(seconds(lease))
            .execute(&mut *transaction)
            .await?;
            let record = load(&mut transaction, id).await?.ok_or(Failure::Gap)?;
            // A session that is over keeps its owner.
            let expected = if record.end.is_some() { owner } else { swap.current.nonce };
            if record.current.nonce != expected {
                return Err(Failure::Fenced);
            }
            transaction.commit().await?;
            Ok(record)
        })
        .await
    }

    async fn write(&self, id: Bits, entries: &[Entry]) -> Result<u64, Failure> {
        let (pool, entries) = (self.pool.clone(), entries.to_vec());
        carry_out(async move {
            let mut transaction = begin(&pool).await?;
            match write::entries(&mut transaction, id, &entries).await {
                Ok(handled) => {
                    transaction.commit().await?;
                    Ok(handled)
                }
                Err(refusal) => {
                    // The pool would do so only later: until then the row would be locked, and its lease not renewed.
                    let _ = transaction.rollback().await;
                    Err(refusal)
                }
            }
        })
        .await
    }

    async fn renew(&self, sessions: &[(Bits, Bits)], lease: Duration) -> Result<(), Failure> {
        if sessions.is_empty() {
            return Ok(());
        }
        let (ids, owners): (Vec<&[u8]>, Vec<&[u8]>) =
            sessions.iter().map(|(id, owner)| (&id.0[..], &owner.0[..])).unzip();
        // A row that is locked is skipped: an application's transaction may have it for long, and waiting for it would
        // keep the others locked. Whoever writes to a session or commits its position extends its lease, too.
        sqlx::query(
            "UPDATE steady_sessions AS s SET expires = now() + make_interval(secs => $3)
             FROM (
                SELECT id FROM steady_sessions
                JOIN unnest($1::bytea[], $2::bytea[]) AS held (id, owner) USING (id, owner)
                FOR NO KEY UPDATE OF steady_sessions SKIP LOCKED
             ) AS free
             WHERE s.id = free.id",
        )
        .bind(ids)
        .bind(owners)
        .bind(seconds(lease))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    async fn expire(&self, tombstone: Duration) -> Result<u64, Failure> {
        let pool = self.pool.clone();
        carry_out(async move {
            let mut transaction = begin(&pool).await?;
            // One node at a time: two would lock the same rows in different orders.
            let free: bool = sqlx::query_scalar("SELECT pg_try_advisory_xact_lock(7021933473)")
                .fetch_one(&mut *transaction)
                .await?;
            if !free {
                return Ok(0);
            }
            sqlx::query("DELETE FROM steady_sessions WHERE expires <= now() AND end_why IS NOT NULL")
                .execute(&mut *transaction)
                .await?;
            // Somebody has just renewed the lease of a session whose row is locked, or is about to.
            let ended = sqlx::query(
                "UPDATE steady_sessions SET end_why = $1, end_handled = handled, accepted = acked,
                    expires = now() + make_interval(secs => $2)
                 WHERE id IN (
                    SELECT id FROM steady_sessions WHERE expires <= now() AND end_why IS NULL
                    FOR NO KEY UPDATE SKIP LOCKED
                 )
                 RETURNING id",
            )
            .bind(Refusal::Expired.as_str())
            .bind(seconds(tombstone))
            .fetch_all(&mut *transaction)
            .await?;
            let ids: Vec<Vec<u8>> = ended.iter().map(|row| row.try_get("id")).collect::<Result<_, _>>()?;
            sqlx::query("DELETE FROM steady_messages WHERE session = ANY($1)")
                .bind(ids)
                .execute(&mut *transaction)
                .await?;
            transaction.commit().await?;
            Ok(ended.len() as u64)
        })
        .await
    }
}
