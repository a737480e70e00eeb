//! Where sessions survive their process.

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

/// A session, as it survives.
pub type Record = steady_session::Record<Message>;

/// One write of a session's owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number: writes of a session have no gaps.
    pub seq: u64,
    /// The nonce of the owner who writes.
    pub owner: Bits,
    /// What is written. Never a [`Write::Create`].
    pub write: Write<Message>,
}

/// What tells whether an earlier request was carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The nonce of the owner.
    pub owner: Bits,
    /// The number of the last write.
    pub seq: u64,
}

/// Why a store did not do what it was asked to.
#[derive(Debug)]
#[non_exhaustive]
pub enum Failure {
    /// Another node owns the session.
    Fenced,
    /// A write before this one is missing, or the session is.
    Gap,
    /// What is stored makes no sense. It ends this session, and no other.
    Corrupt(String),
    /// The store could not be asked, or its answer was lost: the request may have been carried out. It is made again.
    Away(Box<dyn Error + Send + Sync>),
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fenced => out.write_str("another node owns the session"),
            Self::Gap => out.write_str("the store has lost writes of the session, or the session"),
            Self::Corrupt(what) => write!(out, "what is stored makes no sense: {what}"),
            Self::Away(error) => write!(out, "the store does not answer: {error}"),
        }
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Away(error) => Some(&**error),
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

/// Where sessions survive. Whatever a store does, its answers are those of [`Record::apply`] and [`Record::adopt`] on a
/// record in memory; the conformance kit (feature `kit`) compares them.
///
/// Each session has a lease, by the store's own clock: nodes renew it while they have the session, and a session whose
/// lease runs out has lost its node.
pub trait Store: Send + Sync + 'static {
    /// Stores a session that was not there. [`Failure::Gap`] if it is.
    fn create(&self, record: &Record, lease: Duration) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Returns a session.
    fn load(&self, id: Bits) -> impl Future<Output = Result<Option<Record>, Failure>> + Send;

    /// Returns the owner and the number of the last write.
    fn head(&self, id: Bits) -> impl Future<Output = Result<Option<Head>, Failure>> + Send;

    /// Changes the owner if it is still this one, renews the lease, and returns the session as it then is, in one step.
    fn adopt(
        &self,
        id: Bits,
        owner: Bits,
        swap: &Swap,
        lease: Duration,
    ) -> impl Future<Output = Result<Record, Failure>> + Send;

    /// Writes all of these, in order, or none of them.
    fn write(&self, id: Bits, entries: &[Entry]) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Renews the leases of these sessions where their owner is still this one.
    fn renew(
        &self,
        sessions: &[(Bits, Bits)],
        lease: Duration,
    ) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Ends the sessions whose lease has run out, with [`Refusal::Expired`](crate::Refusal::Expired) and a new lease of
    /// `tombstone`; deletes those that were over. Returns how many it ended.
    fn expire(&self, tombstone: Duration) -> impl Future<Output = Result<u64, Failure>> + Send;
}
