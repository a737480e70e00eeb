//! A session as a hash and a stream.

use crate::Refusal;
use crate::message::Message;
use crate::store::{Bits, Failure, Record, Swap, Tombstone};
use bytestring::ByteString;
use redis::{FromRedisValue, Value};
use std::collections::{HashMap, VecDeque};
use std::str::FromStr;
use steady_session::Keys;

type Field = (&'static str, Vec<u8>);

/// The entry's ID, and names and values in turn.
type StreamEntry = (String, Vec<Vec<u8>>);

fn number(number: u64) -> Vec<u8> {
    number.to_string().into_bytes()
}

fn keys(nonce: &'static str, secret: &'static str, keys: &Keys) -> [Field; 2] {
    [(nonce, keys.nonce.0.to_vec()), (secret, keys.secret.to_vec())]
}

/// Returns the fields that a change of the owner sets.
pub(super) fn swapped(swap: &Swap) -> Vec<Field> {
    let mut fields = Vec::from(keys("owner", "secret", &swap.current));
    fields.extend(keys("previous_owner", "previous_secret", &swap.previous));
    fields.push(("attempt", number(swap.attempt)));
    fields
}

/// Returns the fields of a new session.
pub(super) fn fields(record: &Record) -> Vec<Field> {
    let mut fields = Vec::from(keys("owner", "secret", &record.current));
    if let Some(previous) = &record.previous {
        fields.extend(keys("previous_owner", "previous_secret", previous));
    }
    fields.extend([
        ("attempt", number(record.attempt)),
        ("identity", record.identity.to_vec()),
        ("life", number(record.life)),
        ("window", number(record.window)),
        ("peer_window", number(record.peer_window)),
        ("handled", number(record.handled)),
        ("handled_cost", number(record.handled_cost)),
        ("acked", number(record.acked)),
        ("acked_cost", number(record.acked_cost)),
        ("accepted", number(record.acked)),
        ("seq", number(record.seq)),
    ]);
    fields
}

fn corrupt(what: impl Into<String>) -> Failure {
    Failure::Corrupt(what.into())
}

pub(super) fn array<const N: usize>(bytes: &[u8]) -> Result<[u8; N], Failure> {
    bytes.try_into().map_err(|_| corrupt("a binary value has the wrong length"))
}

fn decimal(bytes: &[u8]) -> Result<u64, Failure> {
    let text = std::str::from_utf8(bytes).ok();
    text.and_then(|text| u64::from_str(text).ok()).ok_or_else(|| corrupt("invalid number"))
}

struct Hash(HashMap<String, Vec<u8>>);

impl Hash {
    fn optional(&self, name: &str) -> Option<&[u8]> {
        self.0.get(name).map(Vec::as_slice)
    }

    fn get(&self, name: &str) -> Result<&[u8], Failure> {
        self.optional(name).ok_or_else(|| corrupt(format!("{name} is missing")))
    }

    fn number(&self, name: &str) -> Result<u64, Failure> {
        decimal(self.get(name)?)
    }

    fn keys(&self, nonce: &str, secret: &str) -> Result<Keys, Failure> {
        Ok(Keys { secret: array(self.get(secret)?)?, nonce: Bits(array(self.get(nonce)?)?) })
    }
}

/// Parses the answer of a script.
pub(in crate::store) fn parse(id: Bits, answer: Value) -> Result<Record, Failure> {
    let (hash, stream): (HashMap<String, Vec<u8>>, Vec<StreamEntry>) =
        FromRedisValue::from_redis_value(answer).map_err(|error| corrupt(error.to_string()))?;
    let hash = Hash(hash);
    let previous = match hash.optional("previous_owner") {
        Some(_) => Some(hash.keys("previous_owner", "previous_secret")?),
        None => None,
    };
    let end = match hash.optional("end") {
        Some(why) => {
            let why = std::str::from_utf8(why).ok().and_then(Refusal::parse);
            let why = why.ok_or_else(|| corrupt("unknown end reason"))?;
            Some(Tombstone { why, handled: hash.number("end_handled")? })
        }
        None => None,
    };
    let acked = hash.number("acked")?;
    let record = Record {
        id,
        current: hash.keys("owner", "secret")?,
        previous,
        attempt: hash.number("attempt")?,
        identity: array(hash.get("identity")?)?,
        life: hash.number("life")?,
        window: hash.number("window")?,
        peer_window: hash.number("peer_window")?,
        handled: hash.number("handled")?,
        handled_cost: hash.number("handled_cost")?,
        acked,
        acked_cost: hash.number("acked_cost")?,
        held: held(&hash, acked, stream)?,
        seq: hash.number("seq")?,
        end,
    };
    if acked.checked_add(record.held.len() as u64) != Some(hash.number("accepted")?) {
        return Err(corrupt("messages are missing"));
    }
    Ok(record)
}

fn held(
    hash: &Hash,
    acked: u64,
    stream: Vec<StreamEntry>,
) -> Result<VecDeque<Option<(Message, u64)>>, Failure> {
    let message = |((id, fields), wanted): (StreamEntry, u64)| {
        if id != format!("{wanted}-0") {
            return Err(corrupt("messages are missing"));
        }
        if hash.optional(&format!("d{wanted}")).is_some() {
            return Ok(None);
        }
        let Ok([kind, payload, _, cost]) = <[Vec<u8>; 4]>::try_from(fields) else {
            return Err(corrupt("malformed message"));
        };
        let message = match &kind[..] {
            b"text" => {
                let text = ByteString::try_from(payload).map_err(|_| corrupt("a text is not valid UTF-8"))?;
                Message::Text(text)
            }
            b"binary" => Message::Binary(payload.into()),
            _ => return Err(corrupt("unknown message kind")),
        };
        Ok(Some((message, decimal(&cost)?)))
    };
    stream.into_iter().zip((1..).map(|place| acked.saturating_add(place))).map(message).collect()
}
