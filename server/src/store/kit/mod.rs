//! The conformance kit: what every store must do, and stores that misbehave on purpose.
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

pub use faulty::{Failing, Forgetting, Slow};

use super::{Retry, Store};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// What a store did that it must not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// Of what a store must do: which part.
    pub case: &'static str,
    /// What happened.
    pub what: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.case, self.what)
    }
}

impl std::error::Error for Breach {}

/// Fails the case with these words unless the condition holds.
macro_rules! ensure {
    ($condition:expr, $($words:tt)+) => {
        if !$condition {
            return Err(format!($($words)+));
        }
    };
}
pub(crate) use ensure;

/// Checks a store: its answers, as they are, late, and lost on their way; and that a lost tail is seen.
///
/// It needs a store for itself, because leases run out in the whole of it. It takes some seconds.
pub async fn check(store: impl Store) -> Result<(), Breach> {
    let store = Arc::new(store);
    cases::all(&store, 16).await?;
    cases::only_direct(&store).await?;
    cases::all(&Slow::new(store.clone(), Duration::from_millis(2)), 1).await?;
    // As a node asks it: a request without an answer is made again, and must not be carried out twice.
    let failing = Failing::new(store.clone(), 5);
    cases::all(&Retry::new(failing, Duration::from_secs(30)), 6).await?;
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

    /// A store that forgets what it has said to have stored does not pass.
    #[tokio::test]
    async fn a_forgetful_store_is_found_out() {
        let store = Forgetting::new(Memory::new());
        store.forget(true);
        let breach = cases::all(&store, 1).await.unwrap_err();
        assert_eq!(breach.case, "a write is there when it is answered");
    }
}
