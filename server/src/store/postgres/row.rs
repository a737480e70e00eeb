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

fn count(number: i64) -> Result<u64, Failure> {
    u64::try_from(number).map_err(|_| corrupt("a number is negative"))
}

pub(super) fn number(row: &PgRow, column: &str) -> Result<u64, Failure> {
    count(row.try_get(column)?)
}

fn array<const N: usize>(bytes: &[u8]) -> Result<[u8; N], Failure> {
    bytes.try_into().map_err(|_| corrupt("a binary value has the wrong length"))
}

pub(super) fn bits(row: &PgRow, column: &str) -> Result<Bits, Failure> {
    Ok(Bits(array(row.try_get(column)?)?))
}

/// A message: its number, its kind, its cost and what it is.
pub type MessageRow = (i64, i16, i64, Vec<u8>);

/// The columns of a session.
#[derive(Debug, Default)]
pub struct SessionRow {
    /// The owner's nonce.
    pub owner: Vec<u8>,
    /// The hash of the secret.
    pub secret: Vec<u8>,
    /// The nonce before.
    pub previous_owner: Option<Vec<u8>>,
    /// The hash of the secret before.
    pub previous_secret: Option<Vec<u8>>,
    /// The hash of the identity.
    pub identity: Vec<u8>,
    /// Attempt, life, own window, peer window, handled, its cost, acked, its cost, accepted, seq.
    pub numbers: [i64; 10],
    /// Why it is over.
    pub end_why: Option<String>,
    /// The number of messages that were handled by then.
    pub end_handled: Option<i64>,
    /// The held messages, in order.
    pub messages: Vec<MessageRow>,
}

const NUMBERS: [&str; 10] = [
    "attempt",
    "life",
    "own_window",
    "peer_window",
    "handled",
    "handled_cost",
    "acked",
    "acked_cost",
    "accepted",
    "seq",
];

impl SessionRow {
    fn read(row: &PgRow) -> Result<Self, Failure> {
        let mut numbers = [0; 10];
        for (number, column) in numbers.iter_mut().zip(NUMBERS) {
            *number = row.try_get(column)?;
        }
        let places = row.try_get::<Option<Vec<i64>>, _>("numbers")?.unwrap_or_default();
        let kinds = row.try_get::<Option<Vec<i16>>, _>("kinds")?.unwrap_or_default();
        let costs = row.try_get::<Option<Vec<i64>>, _>("costs")?.unwrap_or_default();
        let payloads = row.try_get::<Option<Vec<Vec<u8>>>, _>("payloads")?.unwrap_or_default();
        let messages = places.into_iter().zip(kinds).zip(costs).zip(payloads);
        Ok(Self {
            owner: row.try_get("owner")?,
            secret: row.try_get("secret")?,
            previous_owner: row.try_get("previous_owner")?,
            previous_secret: row.try_get("previous_secret")?,
            identity: row.try_get("identity")?,
            numbers,
            end_why: row.try_get("end_why")?,
            end_handled: row.try_get("end_handled")?,
            messages: messages.map(|(((number, kind), cost), data)| (number, kind, cost, data)).collect(),
        })
    }

    /// Returns the session, unless this makes no sense.
    pub fn record(self, id: Bits) -> Result<Record, Failure> {
        let keys = |secret: &[u8], nonce: &[u8]| {
            Ok::<_, Failure>(Keys { secret: array(secret)?, nonce: Bits(array(nonce)?) })
        };
        let previous = match (&self.previous_secret, &self.previous_owner) {
            (Some(secret), Some(nonce)) => Some(keys(secret, nonce)?),
            _ => None,
        };
        let end = match &self.end_why {
            Some(why) => {
                let why = Refusal::parse(why).ok_or_else(|| corrupt("an unknown end"))?;
                let handled = self.end_handled.ok_or_else(|| corrupt("an end without a count"))?;
                Some(Tombstone { why, handled: count(handled)? })
            }
            None => None,
        };
        let mut counts = [0; 10];
        for (counted, number) in counts.iter_mut().zip(self.numbers) {
            *counted = count(number)?;
        }
        let [attempt, life, window, peer_window, handled, handled_cost, acked, acked_cost, accepted, seq] =
            counts;
        let places = (1..).map(|place| acked.saturating_add(place));
        let held: VecDeque<_> =
            self.messages.into_iter().zip(places).map(message).collect::<Result<_, _>>()?;
        if acked.checked_add(held.len() as u64) != Some(accepted) {
            return Err(corrupt("messages are missing"));
        }
        Ok(Record {
            id,
            current: keys(&self.secret, &self.owner)?,
            previous,
            attempt,
            identity: array(&self.identity)?,
            life,
            window,
            peer_window,
            handled,
            handled_cost,
            acked,
            acked_cost,
            held,
            seq,
            end,
        })
    }
}

fn message(
    ((number, kind, cost, data), wanted): (MessageRow, u64),
) -> Result<Option<(Message, u64)>, Failure> {
    if count(number)? != wanted {
        return Err(corrupt("messages are missing"));
    }
    let cost = count(cost)?;
    match kind {
        DROPPED => Ok(None),
        TEXT => {
            let text = ByteString::try_from(data).map_err(|_| corrupt("a text is no UTF-8"))?;
            Ok(Some((Message::Text(text), cost)))
        }
        BINARY => Ok(Some((Message::Binary(data.into()), cost))),
        _ => Err(corrupt("an unknown kind of message")),
    }
}

pub(super) fn record_of(id: Bits, row: &PgRow) -> Result<Record, Failure> {
    SessionRow::read(row)?.record(id)
}
