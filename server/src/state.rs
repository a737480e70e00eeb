//! A session's machine at this node, with the effects that are still to be carried out.

use crate::message::Message;
use crate::outlet::{Outgoing, Outlet};
use crate::session::{End, EndReason, Status, Wish};
use crate::store::Entry;
use std::collections::VecDeque;
use std::task::Waker;
use steady_session::{
    Bits, Connection, Effect, Error, Event, Fate, Record, Server, ServerInput, Stats, Swap, Write,
};

/// A request to the store; requests are sent in order.
#[derive(Debug)]
pub(crate) enum Request {
    Create(Box<Record<Message>>),
    Write(Entry),
    Adopt(Bits, Swap),
}

/// The consequences of a step, to carry out without the lock.
#[derive(Debug, Default)]
pub(crate) struct Consequences {
    pub(crate) wakers: Vec<Waker>,
    /// This node now owns the session: start the application's task.
    pub(crate) begins: bool,
    /// The status has changed.
    pub(crate) status: bool,
    /// There is a new request for the store.
    pub(crate) requests: bool,
    /// There is an earlier deadline, or nothing left to do.
    pub(crate) work: bool,
    /// The change of the cost held for the client; wraps around if it shrinks.
    pub(crate) held: u64,
    pub(crate) resumed: bool,
    /// Messages of the client that were queued for the application.
    pub(crate) received: u64,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) machine: Server<Message>,
    /// One, except while a client is changing its connection.
    connections: Vec<(Connection, Outlet)>,
    /// Received messages that were not taken, with their numbers. The window bounds it.
    inbox: VecDeque<(u64, Message)>,
    pub(crate) requests: VecDeque<Request>,
    /// The store has not answered the last request.
    asking: bool,
    /// The number of the last append, and of the last stored write.
    appended: u64,
    stored: u64,
    /// The owner that the store has.
    owner: Bits,
    /// Changes of the owner that are not stored yet: number of the write, next owner.
    swaps: VecDeque<(u64, Bits)>,
    status: Status,
    /// The cost that this session adds to the node's total.
    held: u64,
    /// When the session's task will tick.
    awaited: Option<u64>,
    /// The session has left this node.
    gone: bool,
    /// This node has released the session to the store.
    released: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl State {
    pub(crate) fn new(machine: Server<Message>) -> Self {
        let owner = machine.owner();
        Self {
            machine,
            connections: Vec::new(),
            inbox: VecDeque::new(),
            requests: VecDeque::new(),
            asking: false,
            appended: 0,
            stored: 0,
            owner,
            swaps: VecDeque::new(),
            status: Status::default(),
            held: 0,
            awaited: None,
            gone: false,
            released: false,
            reader: None,
            writer: None,
        }
    }

    pub(crate) fn attach(&mut self, on: Connection, outlet: Outlet) {
        if self.released {
            // The connection polls its outlet before it waits.
            drop(outlet.stop());
        }
        self.connections.push((on, outlet));
    }

    fn detach(&mut self, on: Connection) {
        self.connections.retain(|(present, _)| *present != on);
    }

    /// Gives the machine an input and sorts its effects.
    pub(crate) fn step(
        &mut self,
        now: u64,
        input: ServerInput<Message>,
        mut arrived: Option<Message>,
    ) -> Result<Consequences, Error> {
        let mut after = Consequences::default();
        match &input {
            ServerInput::Send(..) | ServerInput::Handled(_) | ServerInput::Close if self.released => {
                return Err(Error::Ended);
            }
            ServerInput::Stored { seq, .. } => {
                self.stored = *seq;
                while let Some((_, owner)) = self.swaps.pop_front_if(|(number, _)| *number <= *seq) {
                    self.owner = owner;
                }
            }
            ServerInput::Disconnected(on, _) => self.detach(*on),
            ServerInput::Adopted(record) => {
                self.stored = record.seq;
                self.owner = record.current.nonce;
            }
            _ => {}
        }
        self.machine.handle(now, input)?;
        let requested = self.requests.len();
        let before = self.status.clone();
        let mut fates = Vec::new();
        while let Some(effect) = self.machine.poll() {
            match effect {
                Effect::Transmit(on, message) => self.transmit(on, Outgoing::Message(message), &mut after),
                Effect::Control(on, text) => self.transmit(on, Outgoing::Control(text), &mut after),
                Effect::Close { connection, code, reason } => {
                    self.transmit(connection, Outgoing::Close(code, reason), &mut after);
                    self.detach(connection);
                }
                Effect::Deliver(number) => {
                    if let Some(message) = arrived.take() {
                        after.received += 1;
                        self.inbox.push_back((number, message));
                    }
                }
                // On a server's connection, everything after the welcome belongs to the session.
                Effect::Own(_) => {}
                Effect::Persist { seq, owner, write } => {
                    match &write {
                        Write::Append { .. } => self.appended = seq,
                        Write::Swap(swap) => self.swaps.push_back((seq, swap.current.nonce)),
                        _ => {}
                    }
                    self.requests.push_back(match write {
                        Write::Create(record) => Request::Create(record),
                        write => Request::Write(Entry { seq, owner, write }),
                    });
                }
                Effect::Adopt { owner, swap } => self.requests.push_back(Request::Adopt(owner, swap)),
                Effect::Fire(Event::Fate { first, last, fate }) => fates.push((first, last, fate)),
                Effect::Fire(event) => self.event(event, &mut after, &mut fates),
            }
        }
        if self.machine.is_ending() {
            // The tombstone counts these messages as not handled.
            self.inbox.clear();
        }
        if self.machine.is_over() {
            self.requests.clear();
        }
        self.status.connected = !self.connections.is_empty() && !self.machine.is_ending();
        after.status = self.status != before;
        after.requests = self.requests.len() > requested;
        after.work = self.is_finished() || self.is_due_before(self.awaited);
        after.held = self.count_held();
        after.wakers.extend(self.reader.take_if(|_| self.status.end.is_some() || !self.inbox.is_empty()));
        after.wakers.extend(self.writer.take());
        Ok(after)
    }

    fn is_due_before(&self, awaited: Option<u64>) -> bool {
        self.machine.deadline().is_some_and(|due| awaited.is_none_or(|awaited| due < awaited))
    }

    /// Records when the session's task will tick. It is woken if something is due earlier.
    pub(crate) const fn awaits(&mut self, deadline: Option<u64>) {
        self.awaited = deadline;
    }

    /// Updates `held`, and returns the change.
    fn count_held(&mut self) -> u64 {
        let counts = !self.gone && !self.machine.is_over();
        let held = if counts { self.stats().held_cost } else { 0 };
        held.wrapping_sub(std::mem::replace(&mut self.held, held))
    }

    /// Records that the session leaves this node, and returns the change of the held cost.
    pub(crate) fn leave(&mut self) -> u64 {
        self.gone = true;
        self.count_held()
    }

    fn transmit(&self, on: Connection, outgoing: Outgoing, after: &mut Consequences) {
        if let Some((_, outlet)) = self.connections.iter().find(|(present, _)| *present == on) {
            after.wakers.extend(outlet.put(outgoing));
        }
    }

    fn event(&mut self, event: Event, after: &mut Consequences, fates: &mut Vec<(u64, u64, Fate)>) {
        match event {
            Event::New { .. } => after.begins = true,
            Event::Resuming(_) => after.begins = true,
            Event::Resumed { .. } => {
                self.status.resumes += 1;
                after.resumed = true;
            }
            Event::Closed => self.finish(EndReason::Closed, core::mem::take(fates)),
            Event::Lost(loss) => self.finish(EndReason::Lost(loss), core::mem::take(fates)),
            Event::Fate { .. } | Event::Pong | Event::Plain(_) | Event::Returned { .. } => {}
        }
    }

    fn finish(&mut self, reason: EndReason, fates: Vec<(u64, u64, Fate)>) {
        self.status.end.get_or_insert(End { reason, fates });
    }

    /// Releases the session to the store, and stops its connections.
    pub(crate) fn release(&mut self) -> Consequences {
        self.released = true;
        self.inbox.clear();
        self.finish(EndReason::Released, Vec::new());
        let stopped = self.connections.iter().filter_map(|(_, outlet)| outlet.stop());
        let wakers = stopped.chain(self.reader.take()).chain(self.writer.take()).collect();
        Consequences { wakers, status: true, work: true, ..Consequences::default() }
    }

    /// Takes the next request to make, unless the store has not answered the last one.
    pub(crate) fn ask(&mut self) -> Option<Request> {
        if self.asking {
            return None;
        }
        let next = self.requests.pop_front();
        self.asking = next.is_some();
        next
    }

    /// Takes back a request that was not made.
    pub(crate) fn return_request(&mut self, request: Request) {
        self.requests.push_front(request);
        self.asking = false;
    }

    /// Records that the store has answered.
    pub(crate) const fn answered(&mut self) {
        self.asking = false;
    }

    pub(crate) const fn is_asking(&self) -> bool {
        self.asking
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.requests.is_empty()
            && !self.asking
            && (self.machine.is_over() || self.released && self.connections.is_empty())
    }

    /// Returns the next message for the application.
    pub(crate) fn take(&mut self) -> Option<(u64, Message)> {
        self.inbox.pop_front()
    }

    pub(crate) const fn status(&self) -> &Status {
        &self.status
    }

    pub(crate) const fn is_connected(&self) -> bool {
        self.status.connected
    }

    pub(crate) const fn end(&self) -> Option<&End> {
        self.status.end.as_ref()
    }

    /// Returns whether the application gets no more messages.
    pub(crate) fn has_ended(&self) -> bool {
        self.status.end.is_some() || self.machine.is_ending()
    }

    pub(crate) fn wake_reader(&mut self, waker: &Waker) {
        self.reader = Some(waker.clone());
    }

    /// Polls a condition, and stores the waker if it is pending. Returns `Err` if it can no longer become true.
    pub(crate) fn poll(&mut self, waker: &Waker, wish: Wish, queue: u64) -> Option<Result<(), ()>> {
        let is_so = match wish {
            Wish::Room => !self.has_ended() && self.stats().held_cost < queue,
            Wish::Flushed => self.stored >= self.appended,
            Wish::Closed => self.end().is_some_and(|end| end.reason == EndReason::Closed),
        };
        if is_so {
            return Some(Ok(()));
        }
        // A session that is ending can still become closed.
        if if wish == Wish::Closed { self.end().is_some() } else { self.has_ended() } {
            return Some(Err(()));
        }
        self.writer = Some(waker.clone());
        None
    }

    /// Returns the owner that the store is known to have.
    pub(crate) const fn owner(&self) -> Bits {
        self.owner
    }

    /// Returns the nonces of which one is the owner in the store, unless another node has taken the session over.
    pub(crate) fn owners(&self) -> Vec<Bits> {
        let next = self.swaps.iter().map(|(_, owner)| *owner);
        std::iter::once(self.owner).chain(next).collect()
    }

    pub(crate) fn stats(&self) -> Stats {
        self.machine.stats()
    }
}
