//! The `authorize` hook.

use crate::message::Message;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// A connection to authorize, before it gets a session.
#[derive(Debug)]
#[non_exhaustive]
pub struct Opening {
    /// The HTTP request of the handshake.
    pub request: http::request::Parts,
    /// The messages that the client sent first, such as a token: at most 16, together no larger than
    /// [`Limits::message`](crate::Limits::message).
    pub messages: Vec<Message>,
    /// What the client asks for.
    pub kind: OpeningKind,
}

/// What the client of an [`Opening`] asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpeningKind {
    /// A new session.
    New,
    /// The session that the client already has.
    Resume,
    /// A connection without a session: the client does not support sessions.
    Plain,
}

/// The user that a connection belongs to. Only the identity that opened a session can resume it. The default, an
/// empty name, is used if there is no `authorize` hook.
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

/// The error of an `authorize` hook that denies the connection, which is then closed with code 1008.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Denied;

type Answer = Pin<Box<dyn Future<Output = Result<Identity, Denied>> + Send>>;

/// The application's `authorize` hook.
#[derive(Clone)]
pub(crate) struct Authorize(Arc<dyn Fn(Opening) -> Answer + Send + Sync>);

impl Authorize {
    pub(crate) fn new<F, A>(hook: F) -> Self
    where
        F: Fn(Opening) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Identity, Denied>> + Send + 'static,
    {
        Self(Arc::new(move |opening| Box::pin(hook(opening))))
    }

    pub(crate) fn ask(&self, opening: Opening) -> Answer {
        (self.0)(opening)
    }
}
