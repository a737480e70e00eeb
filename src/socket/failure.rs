//! What can be inferred about a failed attempt or a lost connection; browsers hide most of it from scripts.

use super::error::OpenError;
use super::shell::Shell;
use crate::core::{self, Cause, CloseCode, CloseInfo, FailurePhase, close_code};
use crate::web::{Driver, is_offline};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

/// How an attempt of a steady socket failed, or its connection was lost. `Display` gives a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// The number of the attempt, from 1.
    pub attempt: u32,
    /// The phase in which it failed.
    pub phase: FailurePhase,
    /// The duration of that phase.
    pub took: Duration,
    /// Whether the browser reported to be online: `true` means little, `false` is mostly right.
    pub online: bool,
    /// Whether this socket was ever open.
    pub ever_opened: bool,
    /// Whether this page ever had a connection to this address, ignoring the query.
    pub worked_before: bool,
    /// How the connection ended.
    pub closed: CloseInfo,
    /// The cause, as far as it can be inferred.
    pub cause: Cause,
    /// The browser's error, if it refused the address or the sub-protocols.
    pub error: Option<OpenError>,
}

impl Failure {
    /// Returns what the close code means.
    pub fn close_code(&self) -> &'static CloseCode {
        close_code(self.closed.code)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let phase = match self.phase {
            FailurePhase::Connecting => "while connecting",
            FailurePhase::Gate => "before messages could flow",
            FailurePhase::Open => "while open",
            FailurePhase::Closing => "while closing",
        };
        let cause = match (&self.cause, self.phase) {
            (Cause::Handshake, _) if self.worked_before => {
                "server not listening, refused by an HTTP status such as 502, blocked by a proxy, or closed before \
                 the connection was established"
            }
            (Cause::Handshake, _) => {
                "server not listening, refused by an HTTP status such as 502, blocked by a proxy, wrong address, \
                 mixed content, a certificate that is not trusted, or closed before the connection was established"
            }
            (Cause::Timeout, FailurePhase::Connecting) => "nothing answered within the connect timeout",
            (Cause::Timeout, FailurePhase::Gate) => "`before_flush` was not done within the connect timeout",
            (Cause::Timeout, FailurePhase::Open) => {
                "the heartbeat was not answered: the peer or the network is gone"
            }
            (Cause::Timeout, FailurePhase::Closing) => {
                "the Close frame was not answered within the close timeout"
            }
            (Cause::Offline, _) => "the machine was offline",
            (Cause::Cut, _) => {
                "the server or a proxy ended it without a Close frame (a crash, an idle timeout), or the network \
                 was lost"
            }
            (Cause::Server, _) => "the server closed it",
            (Cause::Provider, _) => "the provider of the address or the sub-protocols failed",
            (Cause::Forbidden, _) => "the browser refused the address or the sub-protocols",
            (Cause::Gate, _) => "`before_flush` failed",
            (Cause::Stowed, _) => "the page went into the back/forward cache, where no connection may live",
            (Cause::Page, _) => "the application ended it",
        };
        let Self { attempt, took, closed, .. } = self;
        write!(f, "attempt {attempt} ended {phase}, after {} ms: {cause}", took.as_millis())?;
        if let Some(error) = &self.error {
            write!(f, " ({error})")?;
        }
        let CloseCode { name, meaning, .. } = self.close_code();
        write!(f, ". {} is {name}: {meaning}.", closed.code)
    }
}

thread_local! {
    /// The addresses, without queries, that connections of this page were established to.
    static WORKED: RefCell<VecDeque<String>> = RefCell::default();
}

const MAX_REMEMBERED: usize = 100;

fn remember(place: &str) {
    WORKED.with_borrow_mut(|worked| {
        worked.retain(|known| known != place);
        worked.truncate(MAX_REMEMBERED - 1);
        worked.push_front(place.to_owned());
    });
}

fn place(url: &str) -> &str {
    url.split_once('?').map_or(url, |(place, _)| place)
}

/// The failures of one socket.
#[derive(Default)]
pub(super) struct FailureLog {
    /// The address of the current or last connection, without the query.
    place: RefCell<String>,
    /// The platform's error for the current attempt.
    error: RefCell<Option<OpenError>>,
    last: RefCell<Option<Failure>>,
    /// Failures that the application's callbacks have not received yet.
    unreported: RefCell<VecDeque<Failure>>,
}

impl FailureLog {
    /// Records that a connection to this address was started or refused.
    pub(super) fn dialed(&self, url: &str, error: Option<OpenError>) {
        self.place.replace(place(url).to_owned());
        self.error.replace(error);
    }

    pub(super) fn opened(&self) {
        remember(&self.place.borrow());
    }

    /// Records the machine's diagnosis. Called in the middle of a round, so it calls nothing.
    pub(super) fn failed(&self, driver: &Rc<Driver<Shell>>, failure: core::Diagnosis) {
        let machine = driver.engine();
        let core::Diagnosis { phase, took, cause } = failure;
        let place = self.place.borrow();
        self.unreported.borrow_mut().push_back(Failure {
            attempt: machine.attempt(),
            phase,
            took: Duration::from_millis(took),
            online: true,
            ever_opened: machine.stats().connections > 0,
            worked_before: WORKED.with_borrow(|worked| worked.contains(&place)),
            closed: machine.close_info(),
            cause,
            error: self.error.take(),
        });
    }

    /// Returns the failure for the next callback; `is_last`: no further callback needs it.
    pub(super) fn report(&self, is_last: bool) -> Option<Failure> {
        let online = !is_offline();
        let mut failure = {
            let mut unreported = self.unreported.borrow_mut();
            if is_last { unreported.pop_front() } else { unreported.front().cloned() }
        }?;
        failure.online = online;
        self.last.replace(Some(failure.clone()));
        Some(failure)
    }

    pub(super) fn last(&self) -> Option<Failure> {
        self.last.borrow().clone()
    }
}
