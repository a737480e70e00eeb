//! Commits the position in a transaction of the application's.

use super::extended_lease;
use super::row::stored;
use crate::session::{Position, Received};
use sqlx::PgConnection;
use std::fmt;

/// Why a position could not be committed. Roll the transaction back.
#[derive(Debug)]
pub enum PositionError {
    /// The session is over, or another node has taken it over and may handle this message.
    Stale,
    /// This message's effects are already committed: the answer to an earlier commit was lost.
    Committed,
    /// The database returned an error.
    Database(sqlx::Error),
}

impl fmt::Display for PositionError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stale => {
                out.write_str("the session is over or belongs to another node: roll the transaction back")
            }
            Self::Committed => out.write_str("the position is already committed: roll the transaction back"),
            Self::Database(error) => error.fmt(out),
        }
    }
}

impl std::error::Error for PositionError {}

impl From<sqlx::Error> for PositionError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

/// Marks a message as handled in the transaction that contains its effects: both are committed, or neither. The
/// message is then never handled twice, even after a crash.
///
/// It must be the transaction's last statement, right before the commit: until then the session's row is locked, and
/// whatever the session writes waits, such as its acknowledgements. It is tried again and again, up to two seconds after
/// the commit; other sessions go on. Waiting in between for a [`Session`](crate::Session) to send or flush never ends,
/// because that waits for this transaction: send before, or after the commit.
pub async fn commit_position(
    connection: &mut PgConnection,
    received: &Received,
) -> Result<(), PositionError> {
    let mut position = received.position().ok_or(PositionError::Stale)?;
    loop {
        match commit(connection, &position).await {
            Err(PositionError::Stale) => {}
            answer => return answer,
        }
        // The client may have come back to this node since the position was read.
        let before = position;
        position = received.position().ok_or(PositionError::Stale)?;
        if position == before {
            return Err(PositionError::Stale);
        }
    }
}

async fn commit(connection: &mut PgConnection, position: &Position) -> Result<(), PositionError> {
    let number = |number| stored(number).map_err(|failure| sqlx::Error::Encode(Box::new(failure)));
    let owners: Vec<&[u8]> = position.owners.iter().map(|owner| &owner.0[..]).collect();
    let changed = sqlx::query(concat!(
        "UPDATE steady_sessions SET handled = $3, handled_cost = $4, expires = ",
        extended_lease!(),
        " WHERE id = $1 AND owner = ANY($2) AND handled < $3 AND end_why IS NULL",
    ))
    .bind(&position.session.0[..])
    .bind(&owners)
    .bind(number(position.count)?)
    .bind(number(position.cost)?)
    .execute(&mut *connection)
    .await?;
    if changed.rows_affected() == 1 {
        return Ok(());
    }
    let committed =
        sqlx::query("SELECT 1 FROM steady_sessions WHERE id = $1 AND owner = ANY($2) AND handled >= $3")
            .bind(&position.session.0[..])
            .bind(&owners)
            .bind(number(position.count)?)
            .fetch_optional(connection)
            .await?;
    Err(if committed.is_some() { PositionError::Committed } else { PositionError::Stale })
}
