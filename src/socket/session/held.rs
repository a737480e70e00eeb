//! The messages of a session that the server's application has not handled.

use super::super::message::OutgoingData;
use crate::core::{Error, Instant, OutgoingMessage, Queue, Ticket};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use steady_session::{cost_of_binary, cost_of_text, escape};

/// An accepted message without an outcome yet.
pub(super) struct Held {
    pub(super) ticket: Ticket,
    pub(super) message: OutgoingMessage<OutgoingData>,
    expires: Option<Instant>,
    /// The session of `new_session` that the message is bound to.
    generation: Option<u32>,
}

impl Held {
    /// Returns the message to accept again, with what is left of its lifetime.
    pub(super) fn again(self, now: Instant) -> (Ticket, OutgoingMessage<OutgoingData>) {
        let lifetime = self.expires.map(|at| at.since(now).max(1));
        // What it replaced is not held anymore.
        (self.ticket, OutgoingMessage { lifetime, replaces: None, ..self.message })
    }
}

/// Messages by their number in the session.
#[derive(Default)]
pub(super) struct HeldMessages {
    messages: BTreeMap<u64, Held>,
    numbers: BTreeMap<Ticket, u64>,
    bytes: u64,
    expiries: BTreeSet<(Instant, u64)>,
    /// The number after the newest message that was sent on any connection.
    first_unsent: u64,
    /// The current session of `new_session`.
    pub(super) generation: u32,
}

impl HeldMessages {
    pub(super) fn add(
        &mut self,
        number: u64,
        ticket: Ticket,
        message: OutgoingMessage<OutgoingData>,
        expires: Option<Instant>,
    ) {
        self.bytes = self.bytes.saturating_add(message.size);
        if let Some(at) = expires {
            self.expiries.insert((at, number));
        }
        let generation = message.session_bound.then_some(self.generation);
        self.numbers.insert(ticket, number);
        self.messages.insert(number, Held { ticket, message, expires, generation });
    }

    pub(super) fn remove(&mut self, number: u64) -> Option<Held> {
        let held = self.messages.remove(&number)?;
        self.numbers.remove(&held.ticket);
        self.bytes = self.bytes.saturating_sub(held.message.size);
        if let Some(at) = held.expires {
            self.expiries.remove(&(at, number));
        }
        Some(held)
    }

    pub(super) fn take_all(&mut self) -> Vec<Held> {
        self.bytes = 0;
        self.first_unsent = 0;
        self.numbers.clear();
        self.expiries.clear();
        std::mem::take(&mut self.messages).into_values().collect()
    }

    /// Starts a new session, whose numbers start over. Nothing is held.
    pub(super) fn restart(&mut self) {
        self.first_unsent = 0;
    }

    pub(super) fn get(&self, number: u64) -> Option<&Held> {
        self.messages.get(&number)
    }

    pub(super) fn count(&self) -> u64 {
        self.messages.len() as u64
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Returns the ticket of the oldest message.
    pub(super) fn oldest(&self) -> Option<Ticket> {
        self.messages.first_key_value().map(|(_, held)| held.ticket)
    }

    /// Returns the number of the message with this ticket.
    pub(super) fn find(&self, ticket: Ticket) -> Option<u64> {
        self.numbers.get(&ticket).copied()
    }

    /// Returns the number of the message with this ticket, if it was never sent.
    pub(super) fn find_unsent(&self, ticket: Ticket) -> Option<u64> {
        self.find(ticket).filter(|number| *number >= self.first_unsent)
    }

    /// Returns the messages that are bound to an earlier session of `new_session`.
    pub(super) fn stale(&self) -> Vec<u64> {
        let is_stale = |held: &Held| held.generation.is_some_and(|own| own != self.generation);
        self.messages.iter().filter(|(_, held)| is_stale(held)).map(|(number, _)| *number).collect()
    }

    /// Returns the message that expires next.
    pub(super) fn next_expiry(&self) -> Option<(Instant, u64)> {
        self.expiries.first().copied()
    }

    /// Records that a message was sent on a connection: the queue's rules no longer apply to it.
    pub(super) fn sent(&mut self, number: u64) {
        let Some(held) = self.messages.get_mut(&number) else { return };
        if let Some(at) = held.expires.take() {
            self.expiries.remove(&(at, number));
        }
        self.first_unsent = self.first_unsent.max(number.saturating_add(1));
    }

    /// Returns the oldest message that was never sent.
    pub(super) fn first_unsent(&self) -> Option<u64> {
        self.messages.range(self.first_unsent..).next().map(|(number, _)| *number)
    }

    /// Returns the error if the queue is too full for a message of this size that replaces `replaced`.
    pub(super) fn full(&self, rules: &Queue, size: u64, replaced: Option<u64>) -> Option<Error> {
        let freed = replaced.and_then(|number| self.get(number)).map(|held| held.message.size);
        if self.count() - u64::from(freed.is_some()) >= rules.max_count {
            Some(Error::QueueCount)
        } else if (self.bytes - freed.unwrap_or(0)).saturating_add(size) > rules.max_bytes {
            Some(Error::QueueBytes)
        } else {
            None
        }
    }
}

/// Returns a message's cost against the window.
pub(super) fn cost(data: &OutgoingData) -> u64 {
    match data {
        OutgoingData::Text(text) => cost_of_text(text),
        OutgoingData::Bytes(bytes) => cost_of_binary(bytes.len()),
        OutgoingData::Keyed(keyed) => cost(&keyed.data),
        OutgoingData::Js(value, size) => value.as_string().map_or((*size).max(1), |text| cost_of_text(&text)),
    }
}

/// Returns a message as it is sent: a text that looks like a control frame is escaped.
pub(super) fn escaped(data: OutgoingData) -> OutgoingData {
    let text = match &data {
        OutgoingData::Text(text) => Cow::Borrowed(text.as_str()),
        OutgoingData::Bytes(_) | OutgoingData::Keyed(_) => return data,
        OutgoingData::Js(value, _) => match value.as_string() {
            Some(text) => Cow::Owned(text),
            None => return data,
        },
    };
    match escape(&text) {
        Cow::Borrowed(_) => data,
        Cow::Owned(escaped) => OutgoingData::Text(Rc::new(escaped)),
    }
}
