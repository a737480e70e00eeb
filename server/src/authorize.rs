//! Whom a connection belongs to.

use crate::message::Message;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// A connection that asks for a session, before it gets one.
#[derive(Debug)]
#[non_exhaustive]
pub struct Arrival {
    /// The request that began the connection.
    pub request: http::request::Parts,
    /// What the client sent before it asked, such as a token. At most 16 messages, together no larger than the limit of
    /// one message.
    pub messages: Vec<Message>,
    /// What it asks for.
    pub asks: Asks,
}

/// What a connection asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// A session.
    Open,
    /// The session that it has already.
    Resume,
    /// Nothing: the client has no sessions.
    Nothing,
}

/// Whom a connection belongs to, as the application knows it: a session is resumed only by the one that opened it. The
/// default, an empty name, is everybody whom nobody has asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identity(Arc<str>);

impl Identity {
    /// Returns the identity's name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn is_anonymous(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T: Into<Arc<str>>> From<T> for Identity {
    fn from(name: T) -> Self {
        Self(name.into())
    }
}

/// The connection may not have a session. It is closed with 1008.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Denied;

type Answer = Pin<Box<dyn Future<Output = Result<Identity, Denied>> + Send>>;

/// The application's hook.
#[derive(Clone)]
pub(crate) struct Authorize(Arc<dyn Fn(Arrival) -> Answer + Send + Sync>);

impl Authorize {
    pub(crate) fn new<F, A>(hook: F) -> Self
    where
        F: Fn(Arrival) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Identity, Denied>> + Send + 'static,
    {
        Self(Arc::new(move |arrival| Box::pin(hook(arrival))))
    }

    pub(crate) fn ask(&self, arrival: Arrival) -> Answer {
        (self.0)(arrival)
    }
}
