//! State shared by all sessions of a node.

use crate::authorize::Identity;
use crate::counters::{Counters, Tally};
use crate::limits::Limits;
use crate::shared::Shared;
use crate::store::AnyStore;
use std::collections::HashMap;
use std::future::pending;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use steady_session::{Bits, Connection, Digest, Fresh};
use tokio::sync::{Notify, Semaphore, watch};
use tokio::time::{Instant, sleep, sleep_until};

pub(crate) struct Hub {
    pub(crate) store: Box<dyn AnyStore>,
    pub(crate) limits: Limits,
    pub(crate) tally: Tally,
    /// The total cost of the messages held for clients.
    pub(crate) held: AtomicU64,
    /// Permits for connections that are not authorized yet.
    pub(crate) unopened: Semaphore,
    pub(crate) stopping: watch::Sender<bool>,
    /// Notified when a session leaves this node.
    pub(crate) left: Notify,
    registry: Mutex<Registry>,
    connections: AtomicU32,
    started: AtomicBool,
    origin: Instant,
}

#[derive(Default)]
struct Registry {
    sessions: HashMap<Bits, Arc<Shared>>,
    /// The number of connections of clients without sessions.
    plain: usize,
    /// How many of both each identity has.
    of_identity: HashMap<Identity, usize>,
}

impl Registry {
    fn len(&self) -> usize {
        self.sessions.len() + self.plain
    }

    fn has_room_for(&self, identity: &Identity, limits: &Limits) -> bool {
        let count = self.of_identity.get(identity).copied().unwrap_or_default();
        identity.is_anonymous() || count < limits.sessions_per_identity
    }

    fn count(&mut self, identity: &Identity) {
        *self.of_identity.entry(identity.clone()).or_default() += 1;
    }

    fn discount(&mut self, identity: &Identity) {
        if let Some(count) = self.of_identity.get_mut(identity) {
            *count -= 1;
            if *count == 0 {
                self.of_identity.remove(identity);
            }
        }
    }
}

impl Hub {
    pub(crate) fn new(store: Box<dyn AnyStore>, limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            store,
            unopened: Semaphore::new(limits.unopened.min(Semaphore::MAX_PERMITS)),
            limits,
            tally: Tally::default(),
            held: AtomicU64::new(0),
            stopping: watch::Sender::new(false),
            left: Notify::new(),
            registry: Mutex::default(),
            connections: AtomicU32::new(0),
            started: AtomicBool::new(false),
            origin: Instant::now(),
        })
    }

    fn registry(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the milliseconds since this node started.
    pub(crate) fn now(&self) -> u64 {
        u64::try_from(self.origin.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    pub(crate) async fn sleep_until(&self, deadline: Option<u64>) {
        match deadline {
            Some(at) => sleep_until(self.origin + Duration::from_millis(at)).await,
            None => pending().await,
        }
    }

    pub(crate) fn connection(&self) -> Connection {
        self.connections.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    pub(crate) fn find(&self, id: Bits) -> Option<Arc<Shared>> {
        self.registry().sessions.get(&id).cloned()
    }

    /// Returns whether this node can take one more session.
    pub(crate) fn has_room(&self) -> bool {
        self.is_within_limits(&self.registry())
    }

    fn is_within_limits(&self, registry: &Registry) -> bool {
        registry.len() < self.limits.sessions && self.held.load(Ordering::Relaxed) < self.limits.held
    }

    /// Adds a session. Returns false if the node is full or already has a session with this ID. `counted` enforces
    /// the limit of sessions per identity.
    pub(crate) fn insert(&self, shared: &Arc<Shared>, counted: bool) -> bool {
        let mut registry = self.registry();
        if registry.len() >= self.limits.sessions
            || counted && !registry.has_room_for(&shared.identity, &self.limits)
            || registry.sessions.contains_key(&shared.id)
        {
            return false;
        }
        registry.count(&shared.identity);
        registry.sessions.insert(shared.id, shared.clone());
        true
    }

    /// Removes a session, unless another one has replaced it.
    pub(crate) fn remove(&self, shared: &Arc<Shared>) {
        {
            let mut registry = self.registry();
            let present = registry.sessions.get(&shared.id);
            if !present.is_some_and(|present| Arc::ptr_eq(present, shared)) {
                return;
            }
            registry.sessions.remove(&shared.id);
            registry.discount(&shared.identity);
        }
        self.left.notify_waiters();
    }

    pub(crate) fn sessions(&self) -> Vec<Arc<Shared>> {
        self.registry().sessions.values().cloned().collect()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.registry().len() == 0
    }

    /// Adds a connection of a client without sessions. Returns `None` if the node is full or stopping, also if it has
    /// become so while the client was authorized.
    pub(crate) fn add_plain(self: &Arc<Self>, identity: &Identity) -> Option<Place> {
        let mut registry = self.registry();
        if self.is_stopping()
            || !self.is_within_limits(&registry)
            || !registry.has_room_for(identity, &self.limits)
        {
            return None;
        }
        registry.plain += 1;
        registry.count(identity);
        Some(Place { hub: self.clone(), identity: identity.clone() })
    }

    pub(crate) fn counters(&self) -> Counters {
        let (sessions, plain) = {
            let registry = self.registry();
            (registry.sessions.len() as u64, registry.plain as u64)
        };
        Counters {
            sessions,
            plain,
            held: self.held.load(Ordering::Relaxed),
            store_failures: self.store.failures(),
            ..self.tally.read()
        }
    }

    /// Starts to renew leases. Called at the first connection, because a node may be created outside a runtime.
    pub(crate) fn start(self: &Arc<Self>) {
        if !self.started.swap(true, Ordering::Relaxed) {
            tokio::spawn(renew_leases(Arc::downgrade(self), self.limits.round()));
        }
    }
}

/// The place of a connection without sessions. Dropping it makes room for another one.
pub(crate) struct Place {
    hub: Arc<Hub>,
    identity: Identity,
}

impl Drop for Place {
    fn drop(&mut self) {
        {
            let mut registry = self.hub.registry();
            registry.plain -= 1;
            registry.discount(&self.identity);
        }
        self.hub.left.notify_waiters();
    }
}

/// Renews the leases of connected sessions, and ends sessions whose nodes stopped renewing theirs.
async fn renew_leases(hub: std::sync::Weak<Hub>, round: Duration) {
    let mut answered = false;
    loop {
        sleep(round).await;
        let Some(hub) = hub.upgrade() else { return };
        let connected: Vec<_> = hub.sessions().iter().filter_map(|shared| shared.lease()).collect();
        let renewed = hub.store.renew(&connected, hub.limits.lease()).await.is_ok();
        // After an outage, every node gets a round to renew its leases before any session is ended.
        if answered && renewed {
            match hub.store.expire(hub.limits.tombstone).await {
                Ok(0) | Err(_) => {}
                Ok(ended) => tracing::info!(ended, "expired sessions whose node is gone"),
            }
        }
        answered = renewed;
    }
}

/// Returns random bits from the operating system's cryptographic source.
pub(crate) fn random_bits() -> Result<Bits, getrandom::Error> {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits)?;
    Ok(Bits(bits))
}

pub(crate) fn fresh() -> Result<Fresh, getrandom::Error> {
    Ok(Fresh { secret: random_bits()?, nonce: random_bits()? })
}

/// Returns the SHA-256 hash.
pub(crate) fn hash(data: &[u8]) -> Digest {
    use sha2::Digest as _;
    sha2::Sha256::digest(data).into()
}
