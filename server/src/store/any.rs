//! A store behind a trait object.

use super::{Bits, Entry, Failure, Record, Retry, Store, Swap};
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send + 'a>>;

/// The store operations that a node uses, object-safe.
pub(crate) trait AnyStore: Send + Sync {
    fn create<'a>(&'a self, record: &'a Record, lease: Duration) -> Answer<'a, ()>;
    fn load(&self, id: Bits) -> Answer<'_, Option<Record>>;
    fn adopt<'a>(&'a self, id: Bits, owner: Bits, swap: &'a Swap, lease: Duration) -> Answer<'a, Record>;
    fn write<'a>(&'a self, id: Bits, entries: &'a [Entry]) -> Answer<'a, u64>;
    fn write_now(&self, id: Bits, entries: &[Entry]) -> Option<Result<u64, Failure>>;
    fn renew<'a>(&'a self, sessions: &'a [(Bits, Bits)], lease: Duration) -> Answer<'a, ()>;
    fn expire(&self, tombstone: Duration) -> Answer<'_, u64>;
    /// Returns whether the store is available. If its last request failed, asks it once.
    fn answers(&self) -> Pin<Box<dyn Future<Output = bool> + Send + '_>>;
    /// Returns how many requests failed.
    fn failures(&self) -> u64;
}

impl<S: Store> AnyStore for Retry<S> {
    fn create<'a>(&'a self, record: &'a Record, lease: Duration) -> Answer<'a, ()> {
        Box::pin(Store::create(self, record, lease))
    }

    fn load(&self, id: Bits) -> Answer<'_, Option<Record>> {
        Box::pin(Store::load(self, id))
    }

    fn adopt<'a>(&'a self, id: Bits, owner: Bits, swap: &'a Swap, lease: Duration) -> Answer<'a, Record> {
        Box::pin(Store::adopt(self, id, owner, swap, lease))
    }

    fn write<'a>(&'a self, id: Bits, entries: &'a [Entry]) -> Answer<'a, u64> {
        Box::pin(Store::write(self, id, entries))
    }

    fn write_now(&self, id: Bits, entries: &[Entry]) -> Option<Result<u64, Failure>> {
        Store::write_now(self, id, entries)
    }

    fn renew<'a>(&'a self, sessions: &'a [(Bits, Bits)], lease: Duration) -> Answer<'a, ()> {
        Box::pin(Store::renew(self, sessions, lease))
    }

    fn expire(&self, tombstone: Duration) -> Answer<'_, u64> {
        Box::pin(Store::expire(self, tombstone))
    }

    fn answers(&self) -> Pin<Box<dyn Future<Output = bool> + Send + '_>> {
        Box::pin(Retry::answers(self))
    }

    fn failures(&self) -> u64 {
        Retry::failures(self)
    }
}
