//! Writes within a transaction.

use super::extended_lease;
use super::row::{BINARY, DROPPED, TEXT, bits, number, stored};
use crate::message::Message;
use crate::store::{Bits, Entry, Failure, Record, Swap, Tombstone, Write};
use sqlx::{PgConnection, Row};

/// Creates a session; returns false if it exists.
pub(super) async fn create(
    connection: &mut PgConnection,
    record: &Record,
    lease: f64,
) -> Result<bool, Failure> {
    let created = sqlx::query(
        "INSERT INTO steady_sessions (id, owner, secret, previous_owner, previous_secret, attempt, identity, life,
            own_window, peer_window, handled, handled_cost, acked, acked_cost, accepted, seq, end_why, end_handled,
            expires)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $13, $15, $16, $17,
            now() + make_interval(secs => $18))
         ON CONFLICT DO NOTHING",
    )
    .bind(&record.id.0[..])
    .bind(&record.current.nonce.0[..])
    .bind(&record.current.secret[..])
    .bind(record.previous.as_ref().map(|keys| &keys.nonce.0[..]))
    .bind(record.previous.as_ref().map(|keys| &keys.secret[..]))
    .bind(stored(record.attempt)?)
    .bind(&record.identity[..])
    .bind(stored(record.life)?)
    .bind(stored(record.window)?)
    .bind(stored(record.peer_window)?)
    .bind(stored(record.handled)?)
    .bind(stored(record.handled_cost)?)
    .bind(stored(record.acked)?)
    .bind(stored(record.acked_cost)?)
    .bind(stored(record.seq)?)
    .bind(record.end.map(|end| end.why.as_str()))
    .bind(record.end.map(|end| stored(end.handled)).transpose()?)
    .bind(lease)
    .execute(connection)
    .await?;
    Ok(created.rows_affected() == 1)
}

/// The columns of the session's row that writes can change.
struct Head {
    owner: Bits,
    seq: u64,
    handled: u64,
    handled_cost: u64,
    acked: u64,
    acked_cost: u64,
    accepted: u64,
    keys: Option<Swap>,
    confirmed: bool,
    end: Option<Tombstone>,
}

/// Messages to insert, by column.
#[derive(Default)]
struct Messages {
    numbers: Vec<i64>,
    kinds: Vec<i16>,
    costs: Vec<i64>,
    payloads: Vec<Vec<u8>>,
}

/// Applies the writes, and returns the session's position then.
pub(super) async fn entries(
    connection: &mut PgConnection,
    id: Bits,
    entries: &[Entry],
) -> Result<u64, Failure> {
    let mut head = lock(connection, id).await?;
    let mut messages = Messages::default();
    for Entry { seq, owner, write } in entries {
        if *owner != head.owner {
            return Err(Failure::Fenced);
        }
        if *seq != head.seq.saturating_add(1) || head.end.is_some() {
            return Err(Failure::Gap);
        }
        match write {
            Write::Create(_) => return Err(Failure::Gap),
            Write::Append { payload, cost } => {
                head.accepted += 1;
                let (kind, data) = match payload {
                    Message::Text(text) => (TEXT, text.as_bytes().to_vec()),
                    Message::Binary(data) => (BINARY, data.to_vec()),
                };
                messages.numbers.push(stored(head.accepted)?);
                messages.kinds.push(kind);
                messages.costs.push(stored(*cost)?);
                messages.payloads.push(data);
            }
            Write::Skip(number) => {
                insert(connection, id, &mut messages).await?;
                skip(connection, id, *number).await?;
            }
            Write::Trim(acked) => {
                insert(connection, id, &mut messages).await?;
                let (count, cost) = trim(connection, id, *acked).await?;
                head.acked += count;
                head.acked_cost = head.acked_cost.saturating_add(cost);
            }
            Write::Handled { count, cost } if *count > head.handled => {
                (head.handled, head.handled_cost) = (*count, *cost);
            }
            Write::Handled { .. } => {}
            Write::Swap(swap) => {
                (head.owner, head.keys, head.confirmed) = (swap.current.nonce, Some(*swap), false);
            }
            Write::Confirm => head.confirmed = true,
            Write::End(Tombstone { why, handled }) => {
                // The application may have committed a later position than the session knows of.
                let handled = (*handled).max(head.handled);
                messages = Messages::default();
                sqlx::query("DELETE FROM steady_messages WHERE session = $1")
                    .bind(&id.0[..])
                    .execute(&mut *connection)
                    .await?;
                (head.end, head.accepted) = (Some(Tombstone { why: *why, handled }), head.acked);
            }
        }
        head.seq = *seq;
    }
    insert(connection, id, &mut messages).await?;
    save(connection, id, &head).await?;
    Ok(head.end.map_or(head.handled, |end| end.handled))
}

/// Reads the session's row and locks it until the end of the transaction.
async fn lock(connection: &mut PgConnection, id: Bits) -> Result<Head, Failure> {
    let row = sqlx::query(
        "SELECT owner, seq, handled, handled_cost, acked, acked_cost, accepted, end_why IS NOT NULL AS over
         FROM steady_sessions WHERE id = $1 FOR UPDATE",
    )
    .bind(&id.0[..])
    .fetch_optional(connection)
    .await?
    .ok_or(Failure::Gap)?;
    let owner = bits(&row, "owner")?;
    let over: bool = row.try_get("over")?;
    Ok(Head {
        owner,
        seq: number(&row, "seq")?,
        handled: number(&row, "handled")?,
        handled_cost: number(&row, "handled_cost")?,
        acked: number(&row, "acked")?,
        acked_cost: number(&row, "acked_cost")?,
        accepted: number(&row, "accepted")?,
        keys: None,
        confirmed: false,
        // Only its presence matters: no write may follow an end.
        end: over.then_some(Tombstone { why: crate::Refusal::Closed, handled: 0 }),
    })
}

async fn insert(connection: &mut PgConnection, id: Bits, messages: &mut Messages) -> Result<(), Failure> {
    let Messages { numbers, kinds, costs, payloads } = std::mem::take(messages);
    if numbers.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO steady_messages (session, number, kind, cost, payload)
         SELECT $1, * FROM unnest($2::bigint[], $3::smallint[], $4::bigint[], $5::bytea[])",
    )
    .bind(&id.0[..])
    .bind(numbers)
    .bind(kinds)
    .bind(costs)
    .bind(payloads)
    .execute(connection)
    .await?;
    Ok(())
}

async fn skip(connection: &mut PgConnection, id: Bits, number: u64) -> Result<(), Failure> {
    sqlx::query(
        "UPDATE steady_messages SET kind = $3, cost = 0, payload = '' WHERE session = $1 AND number = $2",
    )
    .bind(&id.0[..])
    .bind(stored(number)?)
    .bind(DROPPED)
    .execute(connection)
    .await?;
    Ok(())
}

/// Deletes messages; returns their number and total cost.
async fn trim(connection: &mut PgConnection, id: Bits, acked: u64) -> Result<(u64, u64), Failure> {
    let row = sqlx::query(
        "WITH gone AS (DELETE FROM steady_messages WHERE session = $1 AND number <= $2 RETURNING cost)
         SELECT count(*) AS count, coalesce(sum(cost), 0)::bigint AS cost FROM gone",
    )
    .bind(&id.0[..])
    .bind(stored(acked)?)
    .fetch_one(connection)
    .await?;
    Ok((number(&row, "count")?, number(&row, "cost")?))
}

async fn save(connection: &mut PgConnection, id: Bits, head: &Head) -> Result<(), Failure> {
    let keys = head.keys.as_ref();
    let previous = keys.filter(|_| !head.confirmed).map(|swap| &swap.previous);
    sqlx::query(concat!(
        "UPDATE steady_sessions SET seq = $2, handled = $3, handled_cost = $4, acked = $5, acked_cost = $6,
            accepted = $7, end_why = $8, end_handled = $9, owner = $10, secret = coalesce($11, secret),
            attempt = coalesce($12, attempt),
            previous_owner = CASE WHEN $13 THEN $14 ELSE previous_owner END,
            previous_secret = CASE WHEN $13 THEN $15 ELSE previous_secret END,
            expires = ",
        extended_lease!(),
        " WHERE id = $1",
    ))
    .bind(&id.0[..])
    .bind(stored(head.seq)?)
    .bind(stored(head.handled)?)
    .bind(stored(head.handled_cost)?)
    .bind(stored(head.acked)?)
    .bind(stored(head.acked_cost)?)
    .bind(stored(head.accepted)?)
    .bind(head.end.map(|end| end.why.as_str()))
    .bind(head.end.map(|end| stored(end.handled)).transpose()?)
    .bind(&head.owner.0[..])
    .bind(keys.map(|swap| &swap.current.secret[..]))
    .bind(keys.map(|swap| stored(swap.attempt)).transpose()?)
    .bind(keys.is_some() || head.confirmed)
    .bind(previous.map(|keys| &keys.nonce.0[..]))
    .bind(previous.map(|keys| &keys.secret[..]))
    .execute(connection)
    .await?;
    Ok(())
}
