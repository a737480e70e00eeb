//! A session as rows.

use crate::Refusal;
use crate::message::Message;
use crate::store::{Bits, Failure, Record, Tombstone};
use bytestring::ByteString;
use sqlx::Row;
use sqlx::postgres::PgRow;
use std::collections::VecDeque;
use steady_session::Keys;

pub(super) const DROPPED: i16 = 0;
pub(super) const TEXT: i16 = 1;
pub(super) const BINARY: i16 = 2;

/// A single statement reads both tables in the same snapshot.
pub(super) const LOAD: &str = "
    SELECT s.*, m.numbers, m.kinds, m.costs, m.payloads
    FROM steady_sessions AS s, LATERAL (
        SELECT array_agg(number ORDER BY number) AS numbers, array_agg(kind ORDER BY number) AS kinds,
            array_agg(cost ORDER BY number) AS costs, array_agg(payload ORDER BY number) AS payloads
        FROM steady_messages WHERE session = s.id
    ) AS m
    WHERE s.id = $1";

fn corrupt(what: &str) -> Failure {
    Failure::Corrupt(what.into())
}

/// Converts a number to the database's type.
pub(super) fn stored(number: u64) -> Result<i64, Failure> {
    i64::try_from(number).map_err(|_| corrupt("a number is too large"))
}

pub(super) fn number(row: &PgRow, column: &str) -> Result<u64, Failure> {
    u64::try_from(row.try_get::<i64, _>(column)?).map_err(|_| corrupt("a number is negative"))
}

fn array<const N: usize>(bytes: &[u8]) -> Result<[u8; N], Failure> {
    bytes.try_into().map_err(|_| corrupt("a binary value has the wrong length"))
}

pub(super) fn bits(row: &PgRow, column: &str) -> Result<Bits, Failure> {
    Ok(Bits(array(row.try_get(column)?)?))
}

pub(super) fn record_of(id: Bits, row: &PgRow) -> Result<Record, Failure> {
    let optional = |column| row.try_get::<Option<&[u8]>, _>(column);
    let previous = match (optional("previous_owner")?, optional("previous_secret")?) {
        (Some(nonce), Some(secret)) => Some(Keys { secret: array(secret)?, nonce: Bits(array(nonce)?) }),
        _ => None,
    };
    let end = match row.try_get::<Option<&str>, _>("end_why")? {
        Some(why) => {
            let why = Refusal::parse(why).ok_or_else(|| corrupt("unknown end reason"))?;
            Some(Tombstone { why, handled: number(row, "end_handled")? })
        }
        None => None,
    };
    let record = Record {
        id,
        current: Keys { secret: array(row.try_get("secret")?)?, nonce: bits(row, "owner")? },
        previous,
        attempt: number(row, "attempt")?,
        identity: array(row.try_get("identity")?)?,
        life: number(row, "life")?,
        window: number(row, "own_window")?,
        peer_window: number(row, "peer_window")?,
        handled: number(row, "handled")?,
        handled_cost: number(row, "handled_cost")?,
        acked: number(row, "acked")?,
        acked_cost: number(row, "acked_cost")?,
        held: held(row)?,
        seq: number(row, "seq")?,
        end,
    };
    if record.acked + record.held.len() as u64 != number(row, "accepted")? {
        return Err(corrupt("messages are missing"));
    }
    Ok(record)
}

fn held(row: &PgRow) -> Result<VecDeque<Option<(Message, u64)>>, Failure> {
    let numbers = row.try_get::<Option<Vec<i64>>, _>("numbers")?.unwrap_or_default();
    let kinds = row.try_get::<Option<Vec<i16>>, _>("kinds")?.unwrap_or_default();
    let costs = row.try_get::<Option<Vec<i64>>, _>("costs")?.unwrap_or_default();
    let payloads = row.try_get::<Option<Vec<Vec<u8>>>, _>("payloads")?.unwrap_or_default();
    let first = row.try_get::<i64, _>("acked")?.saturating_add(1);
    let rows = numbers.into_iter().zip(first..).zip(kinds).zip(costs).zip(payloads);
    rows.map(|((((number, wanted), kind), cost), payload)| {
        if number != wanted {
            return Err(corrupt("messages are missing"));
        }
        let cost = u64::try_from(cost).map_err(|_| corrupt("a number is negative"))?;
        let text =
            |data: Vec<u8>| ByteString::try_from(data).map_err(|_| corrupt("a text is not valid UTF-8"));
        match kind {
            DROPPED => Ok(None),
            TEXT => Ok(Some((Message::Text(text(payload)?), cost))),
            BINARY => Ok(Some((Message::Binary(payload.into()), cost))),
            _ => Err(corrupt("unknown message kind")),
        }
    })
    .collect()
}
