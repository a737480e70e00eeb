//! One session at this node: the machine, and what its effects have left to do.

use crate::message::Message;
use crate::session::{End, EndReason, Status, Wish};
use crate::store::Entry;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Waker;
use steady_session::{
    Bits, Connection, Effect, Error, Event, Fate, Record, Server, ServerInput, Stats, Swap, Write,
};
use tokio::sync::{Notify, mpsc};

/// A client is not read from while more control frames wait to be sent to it.
const MOST_ANSWERS: usize = 256;

/// What a connection is given to send.
#[derive(Debug)]
pub(crate) enum Outgoing {
    /// A message of the application's, to be escaped.
    Message(Message),
    /// A control frame.
    Control(String),
    /// The connection is to be closed.
    Close(u16, String),
}

/// Where a connection's frames wait to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Outlet {
    sender: mpsc::UnboundedSender<Outgoing>,
    /// Answers to the client's own frames: nothing else bounds them.
    answers: Arc<Backlog>,
}

/// How many control frames wait to be sent.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    count: AtomicUsize,
    sent: Notify,
}

impl Outlet {
    pub(crate) fn new() -> (Self, mpsc::UnboundedReceiver<Outgoing>, Arc<Backlog>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        let answers = Arc::new(Backlog::default());
        (Self { sender, answers: answers.clone() }, receiver, answers)
    }

    fn put(&self, outgoing: Outgoing) {
        if matches!(outgoing, Outgoing::Control(_)) {
            self.answers.count.fetch_add(1, Ordering::Relaxed);
        }
        // A connection that is gone says so by itself.
        let _ = self.sender.send(outgoing);
    }
}

impl Backlog {
    /// A control frame was sent.
    pub(crate) fn sent(&self) {
        self.count.fetch_sub(1, Ordering::Relaxed);
        self.sent.notify_one();
    }

    /// Waits until there are few.
    pub(crate) async fn is_short(&self) {
        while self.count.load(Ordering::Relaxed) > MOST_ANSWERS {
            self.sent.notified().await;
        }
    }
}

/// What the store is to do, in order.
#[derive(Debug)]
pub(crate) enum Request {
    Create(Box<Record<Message>>),
    Write(Entry),
    Adopt(Bits, Swap),
}

/// What follows from a step, outside the lock.
#[derive(Debug, Default)]
pub(crate) struct Consequences {
    pub(crate) wakers: Vec<Waker>,
    /// The session is this node's from now on: its application begins.
    pub(crate) begins: bool,
    /// The status has changed.
    pub(crate) status: bool,
    /// There is more to ask the store, an earlier deadline, or nothing left to do.
    pub(crate) work: bool,
    /// By how much what it holds for the client has grown; shrinking wraps around.
    pub(crate) held: u64,
    pub(crate) resumed: bool,
    /// Messages of the client that went to the application's queue.
    pub(crate) received: u64,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) machine: Server<Message>,
    connections: HashMap<Connection, Outlet>,
    /// Received and not taken, with their numbers. The window bounds it.
    inbox: VecDeque<(u64, Message)>,
    pub(crate) requests: VecDeque<Request>,
    /// The number of the last append, and of the last write that is stored.
    appended: u64,
    stored: u64,
    /// The owner as the store knows it.
    owner: Bits,
    /// Changes of the owner that the store does not know of: the write, and the next owner.
    swaps: VecDeque<(u64, Bits)>,
    status: Status,
    /// What this node counts as held.
    held: u64,
    /// When the task that looks at the clock does so.
    awaited: Option<u64>,
    /// The session has left this node.
    gone: bool,
    /// This node has let go of the session; the store has it.
    released: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl State {
    pub(crate) fn new(machine: Server<Message>) -> Self {
        let owner = machine.owner();
        Self {
            machine,
            connections: HashMap::new(),
            inbox: VecDeque::new(),
            requests: VecDeque::new(),
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
        self.connections.insert(on, outlet);
    }

    /// Gives the machine an input, and distributes its effects.
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
            ServerInput::Stored(seq) => {
                self.stored = *seq;
                while let Some((_, owner)) = self.swaps.pop_front_if(|(number, _)| *number <= *seq) {
                    self.owner = owner;
                }
            }
            ServerInput::Disconnected(on, _) => drop(self.connections.remove(on)),
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
                Effect::Transmit(on, message) => self.transmit(on, Outgoing::Message(message)),
                Effect::Control(on, text) => self.transmit(on, Outgoing::Control(text)),
                Effect::Close { connection, code, reason } => {
                    self.transmit(connection, Outgoing::Close(code, reason));
                    self.connections.remove(&connection);
                }
                Effect::Deliver(number) => {
                    if let Some(message) = arrived.take() {
                        after.received += 1;
                        self.inbox.push_back((number, message));
                    }
                }
                // A server's connection counts from the welcome on.
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
            // The tombstone says that these were not handled.
            self.inbox.clear();
        }
        if self.machine.is_over() {
            self.requests.clear();
        }
        self.status.connected = !self.connections.is_empty() && !self.machine.is_ending();
        after.status = self.status != before;
        after.work =
            self.requests.len() > requested || self.is_finished() || self.is_due_before(self.awaited);
        after.held = self.count_held();
        after.wakers.extend(self.reader.take_if(|_| self.status.end.is_some() || !self.inbox.is_empty()));
        after.wakers.extend(self.writer.take());
        Ok(after)
    }

    fn is_due_before(&self, awaited: Option<u64>) -> bool {
        self.machine.deadline().is_some_and(|due| awaited.is_none_or(|awaited| due < awaited))
    }

    /// The task that looks at the clock does so then. It hears of what is due before.
    pub(crate) const fn awaits(&mut self, deadline: Option<u64>) {
        self.awaited = deadline;
    }

    /// Counts what is held, and returns by how much it has grown.
    fn count_held(&mut self) -> u64 {
        let counts = !self.gone && !self.machine.is_over();
        let held = if counts { self.stats().held_cost } else { 0 };
        held.wrapping_sub(std::mem::replace(&mut self.held, held))
    }

    /// The session leaves this node: what it held is held no more.
    pub(crate) fn leave(&mut self) -> u64 {
        self.gone = true;
        self.count_held()
    }

    fn transmit(&self, on: Connection, outgoing: Outgoing) {
        if let Some(outlet) = self.connections.get(&on) {
            outlet.put(outgoing);
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

    /// Leaves the session to the store.
    pub(crate) fn release(&mut self) -> Consequences {
        self.released = true;
        self.inbox.clear();
        self.finish(EndReason::Released, Vec::new());
        let wakers = self.reader.take().into_iter().chain(self.writer.take()).collect();
        Consequences { wakers, status: true, work: true, ..Consequences::default() }
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.requests.is_empty() && (self.machine.is_over() || self.released && self.connections.is_empty())
    }

    /// The next message for the application, which must handle it.
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

    /// Whether nothing more comes for the application.
    pub(crate) fn has_ended(&self) -> bool {
        self.status.end.is_some() || self.machine.is_ending()
    }

    pub(crate) fn wake_reader(&mut self, waker: &Waker) {
        self.reader = Some(waker.clone());
    }

    /// Whether it is so; `Err` if it never will be. Otherwise the waker is kept.
    pub(crate) fn poll(&mut self, waker: &Waker, wish: Wish, queue: u64) -> Option<Result<(), ()>> {
        let is_so = match wish {
            Wish::Room => !self.has_ended() && self.stats().held_cost < queue,
            Wish::Flushed => self.stored >= self.appended,
            Wish::Closed => self.end().is_some_and(|end| end.reason == EndReason::Closed),
        };
        if is_so {
            return Some(Ok(()));
        }
        // A session that is ending has not ended.
        if if wish == Wish::Closed { self.end().is_some() } else { self.has_ended() } {
            return Some(Err(()));
        }
        self.writer = Some(waker.clone());
        None
    }

    /// The nonces of which one is the owner's in the store, if this node still is the owner.
    pub(crate) fn owners(&self) -> [Bits; 2] {
        [self.owner, self.machine.owner()]
    }

    pub(crate) fn stats(&self) -> Stats {
        self.machine.stats()
    }
}
