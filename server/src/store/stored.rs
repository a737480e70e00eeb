//! Reads stored sessions as the stores do, for the fuzz targets.

use super::{Bits, Failure, Record};

#[cfg(feature = "postgres")]
pub use super::postgres::SessionRow;

/// Reads what Redis returns for a session.
#[cfg(feature = "redis")]
pub fn redis(id: Bits, answer: redis::Value) -> Result<Record, Failure> {
    super::redis::read(id, answer)
}

/// Reads what PostgreSQL returns for a session.
#[cfg(feature = "postgres")]
pub fn postgres(id: Bits, row: SessionRow) -> Result<Record, Failure> {
    row.record(id)
}
