//! The way to the end.

use super::error::CloseError;
use super::shell::Shell;
use super::wakers::WakerSlot;
use crate::core::{self, CloseInfo};
use crate::web::Driver;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

/// A closing that has begun; resolves to how the socket really ended, which may not be how it was
/// asked to: the connection may have failed, or the server closed first.
#[must_use = "it may say that the code or reason was refused; `drop` it if you know better"]
pub struct Closing {
    // Keeps the socket alive until it has closed properly.
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
