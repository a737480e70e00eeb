//! What can be known of a failed attempt or a lost connection: browsers hide most of it from scripts.

use super::error::OpenError;
use crate::core::{Attempt, CloseCode, Closure as Closed, Instant, close_code};
use crate::web::{is_offline, now};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

/// How an attempt of a steady socket failed, or its connection was lost. Displayed, it is a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// The number of the attempt, from 1.
    pub attempt: u32,
    /// How far it had come.
    pub stage: Stage,
    /// How long that stage had lasted.
    pub took: Duration,
    /// Whether the browser thought itself online: "yes" says little, "no" is mostly right.
    pub online: bool,
    /// Whether this socket was ever open.
    pub ever_opened: bool,
    /// Whether this page ever had a connection to this address, leaving its query aside.
    pub worked_before: bool,
    /// How the connection ended.
    pub closed: Closed,
    /// The cause, as far as it can be told.
    pub cause: Cause,
}

/// How far an attempt had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// It was not open yet.
    Connecting,
    /// It was open, and what [`before_flush`](crate::Builder::before_flush) does not done.
    Gate,
    /// Messages could flow.
    Open,
    /// The application had closed it.
    Closing,
}

/// Why an attempt failed, or a connection ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// The handshake failed; browsers tell no script how.
    Handshake,
    /// The connect timeout, the close timeout or the heartbeat's had passed.
    Timeout,
    /// The machine was offline.
    Offline,
    /// It ended without a Close frame: by the server, a proxy or the network.
    Cut,
    /// The server closed it, properly: see the code.
    Server,
    /// The provider of the address or of the sub-protocols had none.
    Provider,
    /// The browser refused the address or the sub-protocols, which a provider gave.
    Refused(OpenError),
    /// What [`before_flush`](crate::Builder::before_flush) does failed.
    Gate,
    /// The page went into the back/forward cache, where no connection may live.
    Stowed,
    /// The application gave it up.
    Application,
}

impl Failure {
    /// What the close code means.
    pub fn close_code(&self) -> &'static CloseCode {
        close_code(self.closed.code)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stage = match self.stage {
            Stage::Connecting => "while connecting",
            Stage::Gate => "before messages could flow",
            Stage::Open => "while open",
            Stage::Closing => "while closing",
        };
        let cause = match (&self.cause, self.stage) {
            (Cause::Handshake, _) if self.worked_before => {
                "server not listening, refused by an HTTP status such as 502, blocked by a proxy, or closed before \
                 the connection was established"
            }
            (Cause::Handshake, _) => {
                "server not listening, refused by an HTTP status such as 502, blocked by a proxy, wrong address, \
                 mixed content, a certificate that is not trusted, or closed before the connection was established"
            }
            (Cause::Timeout, Stage::Connecting) => "nothing answered within the connect timeout",
            (Cause::Timeout, Stage::Gate) => "`before_flush` was not done within the connect timeout",
            (Cause::Timeout, Stage::Open) => {
                "the heartbeat was not answered: the peer or the network is gone"
            }
            (Cause::Timeout, Stage::Closing) => "the Close frame was not answered within the close timeout",
            (Cause::Offline, _) => "the machine was offline",
            (Cause::Cut, _) => {
                "the server or a proxy ended it without a Close frame (a crash, an idle timeout), or the network \
                 was lost"
            }
            (Cause::Server, _) => "the server closed it",
            (Cause::Provider, _) => "the provider of the address or the sub-protocols had none",
            (Cause::Refused(_), _) => "the browser refused what the provider gave",
            (Cause::Gate, _) => "`before_flush` failed",
            (Cause::Stowed, _) => "the page went into the back/forward cache, where no connection may live",
            (Cause::Application, _) => "the application gave it up",
        };
        let Self { attempt, took, closed, .. } = self;
        write!(f, "attempt {attempt} ended {stage}, after {} ms: {cause}", took.as_millis())?;
        if let Cause::Refused(error) = &self.cause {
            write!(f, " ({error})")?;
        }
        let CloseCode { name, meaning, .. } = self.close_code();
        write!(f, ". {} is {name}: {meaning}.", closed.code)
    }
}

thread_local! {
    /// Where connections were established from this page: addresses without their queries.
    static WORKED: RefCell<VecDeque<String>> = RefCell::default();
}

const REMEMBERED: usize = 100;

fn remember(place: &str) {
    WORKED.with_borrow_mut(|worked| {
        worked.retain(|known| known != place);
        worked.truncate(REMEMBERED - 1);
        worked.push_front(place.to_owned());
    });
}

fn place(url: &str) -> &str {
    url.split_once('?').map_or(url, |(place, _)| place)
}

/// What may explain a failure later.
pub(super) enum Note<'n> {
    Dialing(Attempt),
    /// A provider had nothing.
    NotProvided,
    /// The browser would not even begin.
    Refused(&'n OpenError),
    /// A connection to this address was begun.
    Dialed(&'n str),
    Opened,
    /// Whether what had to be done before messages flow was done.
    Gate(bool),
    /// The application closes.
    Closing,
    /// The application lets go of the connection.
    GivenUp,
    /// The page goes into the back/forward cache.
    Stowed,
    /// The connection is over; `given_up` if the machine let go of it.
    Over {
        closed: &'n Closed,
        given_up: bool,
    },
}

/// Follows one socket, to say what went wrong when something does.
pub(super) struct Diagnosis {
    attempt: Cell<Attempt>,
    /// Where the present or last connection leads, without the query.
    place: RefCell<String>,
    stage: Cell<Stage>,
    since: Cell<Instant>,
    ever_opened: Cell<bool>,
    /// What the end will be put down to, if it is ours.
    blamed: RefCell<Option<Cause>>,
    last: RefCell<Option<Failure>>,
}

impl Default for Diagnosis {
    fn default() -> Self {
        Self {
            attempt: Cell::default(),
            place: RefCell::default(),
            stage: Cell::new(Stage::Connecting),
            since: Cell::default(),
            ever_opened: Cell::default(),
            blamed: RefCell::default(),
            last: RefCell::default(),
        }
    }
}

impl Diagnosis {
    fn enter(&self, stage: Stage) {
        self.stage.set(stage);
        self.since.set(now());
    }

    pub(super) fn note(&self, note: Note<'_>, gated: bool) {
        match note {
            Note::Dialing(attempt) => {
                self.attempt.set(attempt);
                self.blamed.take();
                self.enter(Stage::Connecting);
            }
            Note::Dialed(url) => {
                self.place.replace(place(url).to_owned());
            }
            Note::Opened => {
                self.ever_opened.set(true);
                self.enter(if gated { Stage::Gate } else { Stage::Open });
                remember(&self.place.borrow());
            }
            Note::Gate(true) => self.enter(Stage::Open),
            Note::Gate(false) => self.blame(Cause::Gate),
            Note::Closing if self.stage.get() == Stage::Connecting => self.blame(Cause::Application),
            Note::Closing => self.enter(Stage::Closing),
            Note::GivenUp => self.blame(Cause::Application),
            Note::Stowed => self.blame(Cause::Stowed),
            Note::NotProvided => self.blame(Cause::Provider),
            Note::Refused(error) => self.blame(Cause::Refused(error.clone())),
            Note::Over { closed, given_up } => self.over(closed, given_up),
        }
    }

    fn blame(&self, cause: Cause) {
        self.blamed.replace(Some(cause));
    }

    fn over(&self, closed: &Closed, given_up: bool) {
        let (stage, online) = (self.stage.get(), !is_offline());
        if stage == Stage::Closing && closed.was_clean {
            // The application wanted it so, and got it.
            return;
        }
        let cause = match self.blamed.take() {
            Some(cause) => cause,
            None if given_up => Cause::Timeout,
            None if closed.was_clean => Cause::Server,
            None if !online => Cause::Offline,
            None if stage == Stage::Connecting => Cause::Handshake,
            None => Cause::Cut,
        };
        let place = self.place.borrow();
        self.last.replace(Some(Failure {
            attempt: self.attempt.get(),
            stage,
            took: Duration::from_millis(now().since(self.since.get())),
            online,
            ever_opened: self.ever_opened.get(),
            worked_before: WORKED.with_borrow(|worked| worked.contains(&place)),
            closed: closed.clone(),
            cause,
        }));
    }

    pub(super) fn last(&self) -> Option<Failure> {
        self.last.borrow().clone()
    }
}
