//! The way to the end.

use super::error::CloseError;
use super::shell::Shell;
use super::wakers::Place;
use crate::core::{self, Closure as Closed};
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
    place: Place,
}

impl Closing {
    pub(super) fn new(driver: Rc<Driver<Shell>>, checked: Result<(), CloseError>) -> Self {
        Self { driver, checked, place: Place::default() }
    }
}

impl Future for Closing {
    type Output = Result<Closed, CloseError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.checked {
            Ok(()) => self.driver.host().poll_closed(&self.place, context).map(Ok),
            Err(wrong) => Poll::Ready(Err(wrong)),
        }
    }
}

impl Drop for Closing {
    fn drop(&mut self) {
        self.driver.host().wakers.leave(&self.place);
    }
}

pub(super) fn check(code: u16, reason: &str) -> Result<(), CloseError> {
    core::close_arguments(Some(code), reason.len()).map_err(|error| match error {
        core::Error::ReasonTooLong(bytes) => CloseError::ReasonTooLong(bytes),
        _ => CloseError::Code(code),
    })
}
