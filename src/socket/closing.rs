//! The future of `close`.

use super::error::CloseError;
use super::shell::Shell;
use super::wakers::WakerSlot;
use crate::core::{self, CloseInfo};
use crate::web::Driver;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

/// Resolves to how the socket ended. That may differ from the arguments of `close`: the connection may have
/// failed, or the server closed first. Dropping it does not cancel the close.
#[must_use = "it reports an invalid code or reason; `drop` it if they are known to be valid"]
pub struct Closing {
    // Keeps the socket alive until it has closed.
    driver: Rc<Driver<Shell>>,
    checked: Result<(), CloseError>,
    slot: WakerSlot,
}

impl Closing {
    pub(super) fn new(driver: Rc<Driver<Shell>>, checked: Result<(), CloseError>) -> Self {
        Self { driver, checked, slot: WakerSlot::default() }
    }
}

impl Future for Closing {
    type Output = Result<CloseInfo, CloseError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.checked {
            Ok(()) => self.driver.host().poll_closed(&self.slot, context).map(Ok),
            Err(wrong) => Poll::Ready(Err(wrong)),
        }
    }
}

impl Drop for Closing {
    fn drop(&mut self) {
        self.driver.host().wakers.leave(&self.slot);
    }
}

pub(super) fn check(code: u16, reason: &str) -> Result<(), CloseError> {
    core::close_arguments(Some(code), reason.len()).map_err(|error| match error {
        core::Error::ReasonTooLong(bytes) => CloseError::ReasonTooLong(bytes),
        _ => CloseError::Code(code),
    })
}
