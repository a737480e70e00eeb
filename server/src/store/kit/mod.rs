//! The conformance kit: a check for stores, and wrappers that inject faults.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! use steady_websocket_server::store::{Memory, kit};
//!
//! kit::check(Memory::new()).await.unwrap();
//! # }
//! ```

mod cases;
mod faulty;
mod random;
mod sample;

use faulty::Late;
pub use faulty::{Failing, Forgetting, Slow};

use super::{Retry, Store};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A violation of what a store must do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// The case that failed.
    pub case: &'static str,
    /// What happened.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.case, self.what)
    }
}

impl std::error::Error for Violation {}

/// Fails the case with this message unless the condition holds.
macro_rules! ensure {
    ($condition:expr, $($words:tt)+) => {
        if !$condition {
            return Err(format!($($words)+));
        }
    };
}
pub(crate) use ensure;

/// Checks a store directly, with delayed answers, with lost and late answers and retries, and with lost writes.
///
/// The store must be used by nothing else, because the check lets leases run out in all of it. It takes several
/// seconds.
pub async fn check(store: impl Store) -> Result<(), Violation> {
    let store = Arc::new(store);
    cases::all(&store, 16).await?;
    cases::only_direct(&store).await?;
    cases::all(&Slow::new(store.clone(), Duration::from_millis(2)), 1).await?;
    // With retries, as a node uses it: a request whose answer was lost must not be carried out twice.
    let failing = Failing::new(store.clone(), 5);
    cases::all(&Retry::new(failing, Duration::from_secs(30)), 6).await?;
    // The same if it is carried out after it was looked for, and just before it is repeated.
    cases::all(&Retry::new(Late::new(store.clone()), Duration::from_secs(30)), 6).await?;
    cases::lost_tail(&Forgetting::new(store)).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Memory;

    #[tokio::test]
    async fn memory_conforms() {
        check(Memory::new()).await.unwrap();
    }

    /// A store that confirms writes without storing them fails the check.
    #[tokio::test]
    async fn a_forgetful_store_fails() {
        let store = Forgetting::new(Memory::new());
        store.forget(true);
        let breach = cases::all(&store, 1).await.unwrap_err();
        assert_eq!(breach.case, "an answered write is stored");
    }
}
