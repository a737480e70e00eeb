//! Stores, in which sessions survive their process.

mod any;
#[cfg(any(test, feature = "kit"))]
pub mod kit;
mod memory;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "redis")]
mod redis;
mod retry;
mod shared;
#[cfg(all(feature = "kit", any(feature = "postgres", feature = "redis")))]
#[doc(hidden)]
pub mod stored;

#[cfg(feature = "postgres")]
pub use self::postgres::{PositionError, Postgres, commit_position};
#[cfg(feature = "redis")]
pub use self::redis::Redis;
pub(crate) use any::AnyStore;
pub use memory::Memory;
pub(crate) use retry::Retry;
pub use steady_session::{Bits, Swap, Tombstone, Write};

use crate::message::Message;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::time::Duration;

/// The stored state of a session.
pub type Record = steady_session::Record<Message>;

/// A write of a session's owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The number of the write. Writes of a session are numbered without gaps.
    pub seq: u64,
    /// The nonce of the owner that writes.
    pub owner: Bits,
    /// The change; never a [`Write::Create`].
    pub write: Write<Message>,
}

/// The part of a record that shows whether an earlier request was carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The nonce of the owner.
    pub owner: Bits,
    /// The number of the last write.
    pub seq: u64,
    /// How many of the client's messages are handled: the record's [position](Record::position).
    pub handled: u64,
}

impl Head {
    /// Returns the head of a record.
    pub fn of(record: &Record) -> Self {
        Self { owner: record.current.nonce, seq: record.seq, handled: record.position() }
    }
}

/// Why a store request failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum Failure {
    /// Another node owns the session.
    Fenced,
    /// The session, or an earlier write, is missing.
    Gap,
    /// The stored data is invalid. Only this session ends.
    Corrupt(String),
    /// Something else holds the session, such as a transaction of the application's that is still open. Nothing was
    /// changed; the request is repeated.
    Busy(Box<dyn Error + Send + Sync>),
    /// The store could not be reached, or its answer was lost. The request may have been carried out; it is repeated.
    Away(Box<dyn Error + Send + Sync>),
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fenced => out.write_str("another node owns the session"),
            Self::Gap => out.write_str("the session or an earlier write of it is missing in the store"),
            Self::Corrupt(what) => write!(out, "the stored session is invalid: {what}"),
            Self::Busy(error) => write!(out, "something else holds the session in the store: {error}"),
            Self::Away(error) => write!(out, "the store is unavailable: {error}"),
        }
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Busy(error) | Self::Away(error) => Some(&**error),
            Self::Fenced | Self::Gap | Self::Corrupt(_) => None,
        }
    }
}

impl From<steady_session::StoreError> for Failure {
    fn from(error: steady_session::StoreError) -> Self {
        match error {
            steady_session::StoreError::Fenced => Self::Fenced,
            steady_session::StoreError::Gap => Self::Gap,
        }
    }
}

/// A store of sessions. Its answers must be those of [`Record::apply`] and [`Record::adopt`] on a record in memory;
/// the conformance kit (feature `kit`) compares them.
///
/// Each session has a lease, measured by the store's clock. Nodes renew the leases of their sessions; a lease runs
/// out if the session's node is gone.
pub trait Store: Send + Sync + 'static {
    /// Stores a new session. Returns [`Failure::Gap`] if it exists.
    fn create(&self, record: &Record, lease: Duration) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Returns a session.
    fn load(&self, id: Bits) -> impl Future<Output = Result<Option<Record>, Failure>> + Send;

    /// Returns a session's owner, the number of its last write, and its position.
    fn head(&self, id: Bits) -> impl Future<Output = Result<Option<Head>, Failure>> + Send;

    /// Changes the owner if it is still `owner`, renews the lease, and returns the resulting session, atomically.
    fn adopt(
        &self,
        id: Bits,
        owner: Bits,
        swap: &Swap,
        lease: Duration,
    ) -> impl Future<Output = Result<Record, Failure>> + Send;

    /// Applies all writes in order, or none. Returns the record's [position](Record::position) then: after an end, the
    /// count of the tombstone, which the client is told.
    fn write(&self, id: Bits, entries: &[Entry]) -> impl Future<Output = Result<u64, Failure>> + Send;

    /// Does what [`write`](Self::write) does if that needs no waiting, as in this process's memory: then the task that has
    /// something to write does it itself. Returns `None` otherwise, as by default.
    fn write_now(&self, id: Bits, entries: &[Entry]) -> Option<Result<u64, Failure>> {
        let _ = (id, entries);
        None
    }

    /// Renews the leases of those sessions that still have the given owner.
    fn renew(
        &self,
        sessions: &[(Bits, Bits)],
        lease: Duration,
    ) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Ends the sessions whose lease has run out, with [`Refusal::Expired`](crate::Refusal::Expired) and a new lease
    /// of `tombstone`; deletes those that had already ended. Returns the number of sessions it ended.
    fn expire(&self, tombstone: Duration) -> impl Future<Output = Result<u64, Failure>> + Send;
}
