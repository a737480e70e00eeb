//! A store shared by several nodes of one process.

use super::{Bits, Entry, Failure, Head, Record, Store, Swap};
use std::sync::Arc;
use std::time::Duration;

impl<S: Store> Store for Arc<S> {
    async fn create(&self, record: &Record, lease: Duration) -> Result<(), Failure> {
        S::create(self, record, lease).await
    }

    async fn load(&self, id: Bits) -> Result<Option<Record>, Failure> {
        S::load(self, id).await
    }

    async fn head(&self, id: Bits) -> Result<Option<Head>, Failure> {
        S::head(self, id).await
    }

    async fn adopt(&self, id: Bits, owner: Bits, swap: &Swap, lease: Duration) -> Result<Record, Failure> {
        S::adopt(self, id, owner, swap, lease).await
    }

    async fn write(&self, id: Bits, entries: &[Entry]) -> Result<u64, Failure> {
        S::write(self, id, entries).await
    }

    fn write_now(&self, id: Bits, entries: &[Entry]) -> Option<Result<u64, Failure>> {
        S::write_now(self, id, entries)
    }

    async fn renew(&self, sessions: &[(Bits, Bits)], lease: Duration) -> Result<(), Failure> {
        S::renew(self, sessions, lease).await
    }

    async fn expire(&self, tombstone: Duration) -> Result<u64, Failure> {
        S::expire(self, tombstone).await
    }
}
