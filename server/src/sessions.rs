//! The sessions of a node.

use crate::arrive::Accepted;
use crate::authorize::{Authorize, Denied, Identity, Opening};
use crate::counters::Counters;
use crate::hub::Hub;
use crate::limits::{LimitError, Limits};
use crate::session::Session;
use crate::store::{Retry, Store};
use std::fmt;
use std::future::Future;
use std::sync::Arc;

/// The sessions of a node. Clones share them; [`authorize`](Self::authorize) and [`protocols`](Self::protocols) only
/// affect the clone, so that routes can differ.
#[derive(Clone)]
pub struct Sessions {
    hub: Arc<Hub>,
    authorize: Authorize,
    protocols: Arc<[String]>,
}

impl fmt::Debug for Sessions {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Sessions").field("counters", &self.counters()).finish_non_exhaustive()
    }
}

impl Sessions {
    /// Creates a node that keeps its sessions in `store`. Without an [`authorize`](Self::authorize) hook, all clients
    /// have the same identity. Fails if a limit is one with which no server can work, such as 0.
    pub fn new(store: impl Store, limits: Limits) -> Result<Self, LimitError> {
        limits.check()?;
        let store = Retry::new(store, limits.store);
        Ok(Self {
            hub: Hub::new(Box::new(store), limits),
            authorize: Authorize::new(|_| std::future::ready(Ok(Identity::default()))),
            protocols: Arc::new([]),
        })
    }

    /// Sets the hook that returns the identity of a connection, at each open and each resume. Only the identity that
    /// opened a session can resume it.
    #[must_use]
    pub fn authorize<F, A>(mut self, hook: F) -> Self
    where
        F: Fn(Opening) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Identity, Denied>> + Send + 'static,
    {
        self.authorize = Authorize::new(hook);
        self
    }

    /// Sets the application's sub-protocols.
    #[must_use]
    pub fn protocols<I>(mut self, protocols: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.protocols = protocols.into_iter().map(Into::into).collect();
        self
    }

    /// Returns this node's counters.
    pub fn counters(&self) -> Counters {
        self.hub.counters()
    }

    /// Closes all connections with 1012, and returns when everything that is handled or accepted is stored. Each
    /// [`Session`] ends with [`EndReason::Released`](crate::EndReason::Released); the sessions continue at another
    /// node.
    ///
    /// Waits for the store if it is unavailable: use a timeout.
    pub async fn shutdown(&self) {
        self.hub.stopping.send_replace(true);
        for shared in self.hub.sessions() {
            shared.release();
        }
        loop {
            let left = self.hub.left.notified();
            tokio::pin!(left);
            left.as_mut().enable();
            if self.hub.is_empty() {
                return;
            }
            left.await;
        }
    }

    /// Returns the sub-protocol to select from a client's offer.
    pub(crate) fn choose(&self, headers: &http::HeaderMap) -> Option<String> {
        let offers = headers.get_all(http::header::SEC_WEBSOCKET_PROTOCOL);
        let offers = offers.iter().filter_map(|value| value.to_str().ok());
        let offers: Vec<&str> = offers.flat_map(|value| value.split(',')).map(str::trim).collect();
        let known: Vec<&str> = self.protocols.iter().map(String::as_str).collect();
        steady_session::choose(&offers, &known).map(Into::into)
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.hub.limits
    }

    /// Returns what a connection needs, for which the handshake selected this sub-protocol.
    pub(crate) fn accepted<H, A>(
        &self,
        request: http::request::Parts,
        chosen: Option<&str>,
        handler: H,
    ) -> Box<Accepted>
    where
        H: FnOnce(Session) -> A + Send + 'static,
        A: Future<Output = ()> + Send + 'static,
    {
        let agreed = steady_session::agree(chosen.unwrap_or_default());
        Box::new(Accepted {
            hub: self.hub.clone(),
            request,
            session: agreed.session,
            protocol: agreed.protocol.into(),
            authorize: self.authorize.clone(),
            handler: Box::new(|session| Box::pin(handler(session))),
        })
    }
}
