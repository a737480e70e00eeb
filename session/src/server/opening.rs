//! How a session is created, restored, and resumed.

use super::writing::Pending;
use super::{Resume, Server, State};
use crate::counts::Counts;
use crate::effect::{Connection, Effect, Event};
use crate::frame::Frame;
use crate::keys::{Bits, Digest, Fresh, HashFunction, Keys, equal};
use crate::limits::{Config, Millis};
use crate::loss::{Loss, Refusal, close_codes};
use crate::receiver::{Position, Receiver};
use crate::sender::{Held, Sender};
use crate::store::{Record, Swap, Write};
use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::string::String;

impl<P: Clone> Server<P> {
    /// Creates a session for a client that sent [`Frame::Open`] with this window, with a new id.
    pub fn open(
        config: Config,
        hash: HashFunction,
        on: Connection,
        window: u64,
        identity: Digest,
        id: Bits,
        fresh: Fresh,
    ) -> Self {
        let record = Record {
            id,
            current: Keys::new(&fresh, hash),
            previous: None,
            attempt: 0,
            identity,
            life: config.life,
            window: config.window(),
            peer_window: window,
            handled: 0,
            handled_cost: 0,
            acked: 0,
            acked_cost: 0,
            held: VecDeque::new(),
            seq: 0,
            end: None,
        };
        let mut server = Self::of(config, hash, record.clone());
        server.state = State::Opening { on, secret: fresh.secret };
        server.persist(Write::Create(Box::new(Record { seq: 1, ..record })), Pending::Create);
        server
    }

    /// Creates the machine of a session that was read from the store, for a client that resumes. Another node may own
    /// the session until [`Input::Resume`](super::Input::Resume) has made this one the owner. Returns `None` if the record
    /// is [not possible](Record::is_possible): the client is to be refused with [`Refusal::Store`].
    pub fn restore(config: Config, hash: HashFunction, record: Record<P>) -> Option<Self> {
        record.is_possible().then(|| Self::of(config, hash, record))
    }

    fn of(config: Config, hash: HashFunction, record: Record<P>) -> Self {
        let config = Config { window: record.window, life: record.life, ..config };
        let handled = Position { count: record.handled, cost: record.handled_cost };
        let held = record.held.into_iter().map(|held| match held {
            Some((payload, cost)) => Held::Message(payload, cost),
            None => Held::Dropped,
        });
        let state = match record.end {
            Some(tombstone) => State::Ended(Some(tombstone)),
            None => State::Read,
        };
        Self {
            hash,
            id: record.id,
            keys: record.current,
            previous: record.previous,
            attempt: record.attempt,
            identity: record.identity,
            peer_window: record.peer_window,
            state,
            counts: Counts {
                sender: Sender::new(record.acked, record.acked_cost, held.collect()),
                receiver: Receiver::new(config.window(), handled),
            },
            config,
            draining: false,
            client_closed: None,
            seq: record.seq,
            pending: VecDeque::new(),
            effects: VecDeque::new(),
        }
    }

    pub(super) fn welcome(&mut self) {
        let State::Opening { on, secret } = self.state else { return };
        let life = self.config.life;
        let window = self.counts.receiver.window();
        self.counts.sender.begin(self.peer_window);
        self.state = State::Live { on };
        self.write(on, Frame::Welcome { id: self.id, secret, nonce: self.keys.nonce, life, window });
        self.fire(Event::New { life });
    }

    /// Returns the keys that the client's credentials match.
    fn matching_keys(&self, resume: &Resume) -> Option<Keys> {
        let secret = (self.hash)(&resume.secret.0);
        // Both comparisons are always made.
        let current = self.keys.match_secret(&secret, &resume.nonce);
        let previous = self.previous.filter(|keys| keys.match_secret(&secret, &resume.nonce));
        if current { Some(self.keys) } else { previous }
    }

    /// Returns whether another node has resumed the session since, according to the stored record: then a machine
    /// [restored](Self::restore) from it replaces this one.
    pub const fn is_overtaken_by(&self, record: &Record<P>) -> bool {
        record.attempt > self.attempt
    }

    pub(super) fn resume(&mut self, resume: &Resume) {
        let Some(proved) = self.matching_keys(resume) else {
            return self.refuse(resume.on, Refusal::Unknown, None);
        };
        if !equal(&self.identity, &resume.identity) {
            return self.refuse(resume.on, Refusal::Identity, None);
        }
        if resume.attempt <= self.attempt {
            // A delayed request of an older connection, or a replay.
            return self.close_connection(resume.on, close_codes::TAKEN, String::new());
        }
        match self.state {
            State::Ended(Some(tombstone)) => {
                self.fire(Event::Returned { received: resume.received });
                return self.refuse(resume.on, tombstone.why, Some(tombstone.handled));
            }
            // Another node owns it, or the store has changed: the next request is answered from the store.
            State::Ended(None) => return self.close_connection(resume.on, 1013, String::new()),
            State::Opening { .. }
            | State::Live { .. }
            | State::Detached { .. }
            | State::Resuming { .. }
            | State::Read
            | State::Adopting(_)
            | State::Ending { .. } => {}
        }
        self.attempt = resume.attempt;
        if let Some(before) = self.connection() {
            self.close_connection(before, close_codes::TAKEN, String::new());
        }
        if let State::Ending { on, awaits_answer, .. } = &mut self.state {
            (*on, *awaits_answer) = (Some(resume.on), true);
            return;
        }
        let current = Keys::new(&resume.fresh, self.hash);
        let swap = Swap { current, previous: proved, attempt: resume.attempt };
        if matches!(self.state, State::Read | State::Adopting(_)) {
            self.state = State::Adopting(*resume);
            self.effects.push_back(Effect::Adopt { owner: self.keys.nonce, swap });
        } else {
            if let Err(loss) = self.counts.sender.rewind(resume.received, resume.window) {
                return self.end(Some(resume.on), true, Some(loss));
            }
            self.fire(Event::Resuming(resume.on));
            self.state = State::Resuming { on: resume.on, secret: resume.fresh.secret };
            self.client_closed = None;
            self.persist(Write::Swap(swap), Pending::Swap(resume.on));
        }
        (self.keys, self.previous) = (current, Some(proved));
    }

    /// The store has made this node the owner, and returns what the previous owner left.
    pub(super) fn adopted(&mut self, now: Millis, record: Record<P>) {
        let State::Adopting(resume) = self.state else { return };
        if record.current.nonce != self.keys.nonce && record.end.is_none() {
            // The write of an older resume: the newer one's follows.
            return;
        }
        if record.id != self.id || !record.is_possible() {
            return self.abandon(Loss::Store);
        }
        let effects = core::mem::take(&mut self.effects);
        *self = Self { effects, ..Self::of(self.config.clone(), self.hash, record) };
        if let State::Ended(Some(tombstone)) = self.state {
            return self.refuse(resume.on, tombstone.why, Some(tombstone.handled));
        }
        self.detach(now);
        if let Err(loss) = self.counts.sender.rewind(resume.received, resume.window) {
            return self.end(Some(resume.on), true, Some(loss));
        }
        self.fire(Event::Resuming(resume.on));
        self.state = State::Resuming { on: resume.on, secret: resume.fresh.secret };
        self.resumed(resume.on);
    }

    pub(super) fn resumed(&mut self, answered: Connection) {
        let State::Resuming { on, secret } = self.state else { return };
        // The write of an older resume: the newer one's follows.
        if on != answered {
            return;
        }
        self.state = State::Live { on };
        let receiver = &mut self.counts.receiver;
        // More may be handled than was ever acknowledged.
        receiver.ask();
        let (received, window) = (receiver.received(), receiver.window());
        self.write(on, Frame::Resumed { secret, nonce: self.keys.nonce, received, window });
        let sender = &self.counts.sender;
        let replayed = sender.sent() - sender.wire();
        let unacknowledged = sender.sent() - sender.acked();
        self.fire(Event::Resumed { replayed, unacknowledged });
    }

    /// Refuses a client without changing the session.
    pub(super) fn refuse(&mut self, on: Connection, why: Refusal, handled: Option<u64>) {
        self.write(on, Frame::Refused { why, handled });
        self.close_connection(on, 1000, String::new());
    }

    /// Returns the current connection.
    pub(super) const fn connection(&self) -> Option<Connection> {
        match self.state {
            State::Opening { on, .. } | State::Live { on } | State::Resuming { on, .. } => Some(on),
            State::Adopting(Resume { on, .. }) => Some(on),
            State::Ending { on, .. } => on,
            State::Read | State::Detached { .. } | State::Ended(_) => None,
        }
    }

    /// The client has its keys: it has sent something that requires them.
    pub(super) fn confirm(&mut self) {
        if self.previous.take().is_some() {
            self.persist(Write::Confirm, Pending::Nothing);
        }
    }

    /// Handles the end of the connection.
    pub(super) fn detach(&mut self, now: Millis) {
        self.state = State::Detached { until: now.saturating_add(self.config.life) };
    }
}
