//! A client, two server nodes, a store, and links that can be cut anywhere, with an independent account.

use crate::*;
use std::borrow::ToOwned;
use std::collections::VecDeque;
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

/// A broken rule.
pub(super) type Broken = String;
pub(super) type Checked = Result<(), Broken>;

/// How often each kind of event may still happen.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Budget {
    pub client_sends: u32,
    pub server_sends: u32,
    pub drops: u32,
    pub cuts: u32,
    pub crashes: u32,
    pub client_crashes: u32,
    pub nodes: usize,
    pub expiries: u32,
    pub tails: u32,
    pub closes: u32,
    /// The session may end: it may expire or be closed.
    pub endings: bool,
    /// The application commits its position with its effects.
    pub transactional: bool,
}

#[derive(Clone, Debug, PartialEq, Hash)]
pub(super) enum Item {
    Data(u32),
    Control(String),
    Closed(u16),
}

/// A connection, each end of which may be gone.
#[derive(Clone, Debug, Hash)]
pub(super) struct Link {
    pub on: Connection,
    pub node: usize,
    pub client: bool,
    pub server: bool,
    pub up: VecDeque<Item>,
    pub down: VecDeque<Item>,
}

/// A request of a node to the store.
#[derive(Clone, Debug, Hash)]
pub(super) enum Job {
    Persist(u64, Bits, Write<u32>),
    Adopt(Bits, Swap),
}

/// The store carries out a request even if the machine that made it is gone.
type Asked = (u32, Job);

#[derive(Clone, Debug, Hash)]
pub(super) struct Node {
    pub machine: Server<u32>,
    pub writes: VecDeque<Asked>,
    pub inbox: VecDeque<(u64, u32)>,
    /// The payloads that this machine holds, by number, and their fates.
    pub fates: Vec<(u32, Option<Fate>)>,
    /// Number of the first of `fates`, less one.
    pub base: u64,
    /// Distinguishes the machines of a node.
    pub born: u32,
    /// The last message whose position the application has committed in a transaction of its own.
    pub committed: u64,
}

#[derive(Clone, Debug, Hash)]
pub(super) struct World {
    pub budget: Budget,
    pub config: Config,
    /// The cost of a message.
    pub costs: fn(u32) -> u64,
    pub client: Client<u32>,
    pub client_over: bool,
    pub client_inbox: VecDeque<(u64, u32)>,
    /// What the client's application has handled, by number.
    pub client_handled: u64,
    /// The last message delivered to the client.
    pub client_delivered: u64,
    /// The server's messages that the client's application has handled.
    pub client_payloads: Vec<u32>,
    /// The server's messages that were reported as not handled.
    pub not_handled: Vec<u32>,
    pub client_fates: Vec<Option<Fate>>,
    pub nodes: [Option<Node>; 2],
    pub store: Option<Record<u32>>,
    pub before: Option<Record<u32>>,
    /// The server's messages in the store; `None` was dropped.
    pub log: Vec<Option<u32>>,
    /// The client's messages whose effects the server's application has, in order.
    pub effects: Vec<u32>,
    pub links: Vec<Link>,
    pub fresh: u32,
    pub dialed: Connection,
    /// Something happened that may leave correct ends in doubt.
    pub doubtful: bool,
}

/// A hash for the worlds, which only compare it. Secrets differ in their first byte.
pub(super) fn hash(data: &[u8]) -> Digest {
    let mut digest = [0; 32];
    for (place, byte) in digest.iter_mut().zip(data) {
        *place = *byte;
    }
    digest
}

pub(super) fn rule(holds: bool, what: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { Err(what()) }
}

pub(super) const SMALL: Config = Config { window: 2, queue: 100, life: 1_000 };

/// As many bits as there are, of a number.
fn bits(number: u32) -> Bits {
    Bits((u128::from(number) << 96).to_be_bytes())
}

#[derive(Clone, Copy, Debug, PartialEq, Hash)]
pub(super) enum Step {
    ClientSends,
    ClientDrops,
    ClientHandles,
    ClientCloses,
    ClientTicks,
    Dial(usize),
    ServerSends(usize),
    ServerDrops(usize),
    ServerCommits(usize),
    ServerHandles(usize),
    ServerCloses(usize),
    ServerTicks(usize),
    Up(usize),
    Down(usize),
    ClientCrashes,
    CutAtClient(usize),
    CutAtServer(usize),
    Write(usize),
    Crash(usize),
    LoseTail,
}

impl World {
    pub(super) fn new(budget: Budget, config: Config, costs: fn(u32) -> u64) -> Self {
        Self {
            budget,
            client: Client::new(config.clone(), Mode::Require),
            config,
            costs,
            client_over: false,
            client_inbox: VecDeque::new(),
            client_handled: 0,
            client_delivered: 0,
            client_payloads: Vec::new(),
            not_handled: Vec::new(),
            client_fates: Vec::new(),
            nodes: [None, None],
            store: None,
            before: None,
            log: Vec::new(),
            effects: Vec::new(),
            links: Vec::new(),
            fresh: 0,
            dialed: 0,
            doubtful: false,
        }
    }

    /// Returns everything that can happen next.
    pub(super) fn steps(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut may = |holds: bool, step| {
            if holds {
                steps.push(step);
            }
        };
        let Budget {
            client_sends,
            server_sends,
            drops,
            cuts,
            crashes,
            nodes,
            expiries,
            tails,
            closes,
            transactional,
            ..
        } = self.budget;
        may(client_sends > 0 && !self.client_over, Step::ClientSends);
        may(drops > 0 && !self.client_over, Step::ClientDrops);
        may(closes > 0 && !self.client_over, Step::ClientCloses);
        may(self.budget.client_crashes > 0, Step::ClientCrashes);
        may(!self.client_inbox.is_empty(), Step::ClientHandles);
        may(self.client.deadline().is_some() && (self.client.is_live() || cuts > 0), Step::ClientTicks);
        let connected = self.links.iter().any(|link| link.client);
        for node in 0..nodes {
            may(!connected && !self.client_over, Step::Dial(node));
            let Some(Node { machine, writes, inbox, committed, .. }) = &self.nodes[node] else { continue };
            let commits = inbox.front().is_some_and(|(number, _)| transactional && number > committed);
            may(server_sends > 0 && !machine.is_over(), Step::ServerSends(node));
            may(drops > 0 && !machine.is_over(), Step::ServerDrops(node));
            may(closes > 0 && !machine.is_over(), Step::ServerCloses(node));
            may(commits, Step::ServerCommits(node));
            may(!inbox.is_empty() && !commits, Step::ServerHandles(node));
            may(self.ticks(machine) && (expiries > 0 || machine.is_live()), Step::ServerTicks(node));
            may(!writes.is_empty(), Step::Write(node));
            may(crashes > 0, Step::Crash(node));
        }
        may(tails > 0 && self.before.is_some(), Step::LoseTail);
        for (index, link) in self.links.iter().enumerate() {
            may(link.server && !link.up.is_empty(), Step::Up(index));
            may(link.client && !link.down.is_empty(), Step::Down(index));
            // Something that only one end has left must be closed sooner or later.
            may(link.client && (cuts > 0 || !link.server && link.down.is_empty()), Step::CutAtClient(index));
            may(link.server && (cuts > 0 || !link.client && link.up.is_empty()), Step::CutAtServer(index));
        }
        steps
    }

    fn ticks(&self, machine: &Server<u32>) -> bool {
        machine.deadline().is_some()
    }

    pub(super) fn take(&mut self, step: Step) -> Checked {
        rule(self.dialed < 2_000, || "resumes for ever".to_owned())?;
        match step {
            Step::ClientSends => {
                self.budget.client_sends -= 1;
                let number = self.client_fates.len() as u32 + 1;
                if self.client.handle(0, ClientInput::Send(number, (self.costs)(number))).is_ok() {
                    self.client_fates.push(None);
                }
                self.drain_client(None)?;
            }
            Step::ClientDrops => {
                self.budget.drops -= 1;
                let _ = self.client.handle(0, ClientInput::Drop(self.client_fates.len() as u64));
                self.drain_client(None)?;
            }
            Step::ClientCloses => {
                self.budget.closes -= 1;
                let _ = self.client.handle(0, ClientInput::Close);
                self.drain_client(None)?;
            }
            // The page is gone: nobody receives its fates, and no other page knows its session.
            Step::ClientCrashes => {
                self.budget.client_crashes -= 1;
                self.client_over = true;
                self.client_inbox.clear();
                for link in &mut self.links {
                    link.client = false;
                    link.down.clear();
                }
                self.client = Client::new(self.config.clone(), Mode::Require);
            }
            Step::ClientHandles => {
                let Some((number, payload)) = self.client_inbox.pop_front() else { return Ok(()) };
                // An application that has closed the session receives nothing more.
                if self.client.handle(0, ClientInput::Handled(number)).is_ok() {
                    let expected = self.log.get(number as usize - 1);
                    let logged = expected == Some(&Some(payload))
                        || self.doubtful && !self.client_payloads.contains(&payload);
                    self.client_payloads.push(payload);
                    rule(!self.not_handled.contains(&payload), || {
                        format!("{payload} was said not to be handled")
                    })?;
                    rule(logged, || format!("{payload} handled as {number}, but {expected:?} was accepted"))?;
                    self.client_handled = number;
                }
                self.drain_client(None)?;
            }
            Step::ClientTicks => {
                let Some(at) = self.client.deadline() else { return Ok(()) };
                if !self.client.is_live() {
                    self.budget.cuts -= 1;
                }
                let _ = self.client.handle(at, ClientInput::Tick);
                self.drain_client(None)?;
                self.client.rebase(at);
            }
            Step::Dial(node) => {
                self.dialed += 1;
                let on = self.dialed;
                let hello = Item::Control(Server::<u32>::hello(&self.config).to_string());
                let (up, down) = (VecDeque::new(), VecDeque::from([hello]));
                self.links.push(Link { on, node, client: true, server: true, up, down });
                let _ = self.client.handle(0, ClientInput::Connected(on, true));
                let _ = self.client.handle(0, ClientInput::Ready(on));
                self.drain_client(None)?;
            }
            Step::ServerSends(node) => {
                self.budget.server_sends -= 1;
                self.fresh += 1;
                let payload = self.fresh;
                let Some(Node { machine, fates, .. }) = &mut self.nodes[node] else { return Ok(()) };
                if machine.handle(0, ServerInput::Send(payload, (self.costs)(payload))).is_ok() {
                    fates.push((payload, None));
                }
                self.drain_node(node, None)?;
            }
            Step::ServerDrops(node) => {
                self.budget.drops -= 1;
                let Some(Node { machine, .. }) = &mut self.nodes[node] else { return Ok(()) };
                let last = machine.stats().accepted;
                let _ = machine.handle(0, ServerInput::Drop(last));
                self.drain_node(node, None)?;
            }
            Step::ServerCloses(node) => {
                self.budget.closes -= 1;
                let Some(Node { machine, inbox, .. }) = &mut self.nodes[node] else { return Ok(()) };
                // An application that has closed the session handles nothing more, but may be about to commit.
                inbox.truncate(self.budget.transactional.into());
                let _ = machine.handle(0, ServerInput::Close);
                self.drain_node(node, None)?;
            }
            Step::ServerCommits(node) => self.server_commits(node)?,
            Step::ServerHandles(node) => self.server_handles(node)?,
            Step::ServerTicks(node) => {
                let Some(Node { machine, .. }) = &mut self.nodes[node] else { return Ok(()) };
                let Some(at) = machine.deadline() else { return Ok(()) };
                let expires = !machine.is_live();
                if expires {
                    self.budget.expiries -= 1;
                }
                let _ = machine.handle(at, ServerInput::Tick);
                self.drain_node(node, None)?;
                if let Some(Node { machine, .. }) = &mut self.nodes[node] {
                    machine.rebase(at);
                }
            }
            Step::Up(index) => self.up(index)?,
            Step::Down(index) => self.down(index)?,
            Step::CutAtClient(index) => {
                let link = &mut self.links[index];
                if link.server || !link.down.is_empty() {
                    self.budget.cuts -= 1;
                }
                link.client = false;
                link.down.clear();
                let on = link.on;
                let _ = self.client.handle(0, ClientInput::Disconnected(on, 1006));
                self.drain_client(None)?;
            }
            Step::CutAtServer(index) => {
                let link = &mut self.links[index];
                if link.client || !link.up.is_empty() {
                    self.budget.cuts -= 1;
                }
                link.server = false;
                link.up.clear();
                let (on, node) = (link.on, link.node);
                self.server_hears(node, ServerInput::Disconnected(on, 1006), None)?;
            }
            Step::Write(node) => self.execute(node)?,
            Step::Crash(node) => {
                self.budget.crashes -= 1;
                self.nodes[node] = None;
                for link in &mut self.links {
                    if link.node == node {
                        link.server = false;
                        link.up.clear();
                    }
                }
            }
            Step::LoseTail => {
                self.budget.tails -= 1;
                self.doubtful = true;
                self.store = self.before.take();
            }
        }
        self.links.retain(|link| link.client || link.server);
        self.audit()
    }

    fn up(&mut self, index: usize) -> Checked {
        let link = &mut self.links[index];
        let (on, node) = (link.on, link.node);
        match link.up.pop_front() {
            None => Ok(()),
            Some(Item::Data(payload)) => {
                self.server_hears(node, ServerInput::Message(on, (self.costs)(payload)), Some(payload))
            }
            Some(Item::Closed(code)) => {
                self.links[index].server = false;
                self.server_hears(node, ServerInput::Disconnected(on, code), None)
            }
            Some(Item::Control(text)) => match parse(&text) {
                Ok(Frame::Open { window }) => self.open(node, on, window),
                Ok(Frame::Resume { id, secret, nonce, attempt, received, window }) => {
                    let fresh = self.fresh();
                    let identity = hash(&[7]);
                    let resume = Resume { on, secret, nonce, attempt, received, window, identity, fresh };
                    self.resume(node, id, resume)
                }
                _ => self.server_hears(node, ServerInput::Control(on, text), None),
            },
        }
    }

    fn fresh(&mut self) -> Fresh {
        self.fresh += 1;
        Fresh { secret: bits(self.fresh), nonce: bits(self.fresh) }
    }

    fn open(&mut self, node: usize, on: Connection, window: u64) -> Checked {
        // A session that the client never received holds nothing of the client's, and expires.
        if self.links.iter().any(|link| link.on == on && !link.client) {
            return Ok(());
        }
        rule(self.effects.is_empty(), || "opened anew behind handled messages".to_owned())?;
        self.nodes = [None, None];
        (self.store, self.before) = (None, None);
        self.log.clear();
        self.fresh += 1;
        let id = bits(self.fresh);
        let fresh = self.fresh();
        let machine = Server::open(self.config.clone(), hash, on, window, hash(&[7]), id, fresh);
        self.place(node, machine, 0);
        self.drain_node(node, None)
    }

    fn place(&mut self, node: usize, machine: Server<u32>, base: u64) {
        let fates = Vec::new();
        let writes = self.nodes[node].take().map(|before| before.writes).unwrap_or_default();
        self.fresh += 1;
        let (inbox, born) = (VecDeque::new(), self.fresh);
        self.nodes[node] = Some(Node { machine, writes, inbox, fates, base, born, committed: 0 });
    }

    fn resume(&mut self, node: usize, id: Bits, resume: Resume) -> Checked {
        let record = self.store.clone().filter(|record| record.id == id);
        let here = self.nodes[node].as_ref().map(|here| &here.machine);
        let here = here.filter(|machine| machine.id() == id && !machine.is_over());
        let here =
            here.filter(|machine| record.as_ref().is_none_or(|record| !machine.is_overtaken_by(record)));
        match record.map(|record| Server::restore(self.config.clone(), hash, record).unwrap()) {
            Some(machine) if here.is_none() => {
                self.server_hears(node, ServerInput::StoreFailed(StoreError::Fenced), None)?;
                let base = machine.stats().acknowledged;
                self.place(node, machine, base);
            }
            _ if here.is_none() => {
                let refused = Frame::Refused { why: Refusal::Unknown, handled: None }.to_string();
                let link = self.links.iter_mut().find(|link| link.on == resume.on);
                if let Some(link) = link {
                    link.down.extend([Item::Control(refused), Item::Closed(1000)]);
                    link.server = false;
                }
                return Ok(());
            }
            _ => {}
        }
        self.server_hears(node, ServerInput::Resume(resume), None)
    }

    /// From here on the node is responsible for what it has adopted.
    fn adopt(&mut self, node: usize, record: Record<u32>) -> Checked {
        let Some(here) = &mut self.nodes[node] else { return Ok(()) };
        here.base = record.acked;
        let fate = |held: &Option<(u32, u64)>| match held {
            Some((payload, _)) => (*payload, None),
            None => (0, Some(Fate::Dropped)),
        };
        here.fates = record.held.iter().map(fate).collect();
        self.server_hears(node, ServerInput::Adopted(record.into()), None)
    }

    fn down(&mut self, index: usize) -> Checked {
        let link = &mut self.links[index];
        let on = link.on;
        let (input, payload) = match link.down.pop_front() {
            None => return Ok(()),
            Some(Item::Data(payload)) => (ClientInput::Message(on, (self.costs)(payload)), Some(payload)),
            Some(Item::Control(text)) => (ClientInput::Control(on, text), None),
            Some(Item::Closed(code)) => {
                link.client = false;
                (ClientInput::Disconnected(on, code), None)
            }
        };
        let _ = self.client.handle(0, input);
        self.drain_client(payload)
    }

    fn server_hears(&mut self, node: usize, input: ServerInput<u32>, payload: Option<u32>) -> Checked {
        let Some(Node { machine, .. }) = &mut self.nodes[node] else { return Ok(()) };
        let _ = machine.handle(0, input);
        self.drain_node(node, payload)
    }

    /// The application's transaction checks the owner, and stores the position with the effects of the message.
    fn server_commits(&mut self, node: usize) -> Checked {
        let Some(Node { machine, inbox, committed, .. }) = &mut self.nodes[node] else { return Ok(()) };
        let Some((number, payload)) = inbox.front().copied() else { return Ok(()) };
        let cost = machine.cost_up_to(number).ok_or("no cost")?;
        match &mut self.store {
            Some(record) if record.current.nonce == machine.owner() && record.end.is_none() => {
                (record.handled, record.handled_cost) = (number, cost);
                *committed = number;
            }
            // The application leaves it to whoever owns the session, if anybody does.
            _ => {
                inbox.clear();
                return self.server_hears(node, ServerInput::StoreFailed(StoreError::Fenced), None);
            }
        }
        self.effect(payload, false)
    }

    fn server_handles(&mut self, node: usize) -> Checked {
        let transactional = self.budget.transactional;
        let Some(Node { machine, inbox, .. }) = &mut self.nodes[node] else { return Ok(()) };
        let Some((number, payload)) = inbox.pop_front() else { return Ok(()) };
        if machine.is_ending() {
            inbox.clear();
            return Ok(());
        }
        // A node that continues after another has taken over is like one that crashed: only a transaction stops it.
        let overtaken = self.store.as_ref().is_some_and(|record| machine.is_overtaken_by(record));
        match machine.handle(0, ServerInput::Handled(number)) {
            // The application has closed the session since it took this message.
            Err(Error::Ended) if transactional => return Ok(()),
            answer => answer.map_err(|error| format!("{error:?}"))?,
        }
        if !transactional {
            self.effect(payload, overtaken)?;
        }
        self.drain_node(node, None)
    }

    /// The message has its effects.
    fn effect(&mut self, payload: u32, overtaken: bool) -> Checked {
        let fate = self.client_fates.get(payload as usize - 1).copied().flatten();
        let again = self.effects.contains(&payload);
        rule(again || !matches!(fate, Some(Fate::NotHandled | Fate::Dropped)), || {
            format!("{payload} was handled, and its fate was {fate:?}")
        })?;
        if again {
            let acknowledged = u64::from(payload) <= self.client.counts().sender.positions().0;
            let transactional = self.budget.transactional;
            return rule(!transactional && (!acknowledged || overtaken) || self.doubtful, || {
                format!("{payload} handled twice")
            });
        }
        let last = self.effects.last().copied().unwrap_or(0);
        rule(payload > last, || format!("{payload} handled behind {last}"))?;
        let missing = (last + 1..payload).find(|n| self.client_fates[*n as usize - 1] != Some(Fate::Dropped));
        rule(missing.is_none(), || format!("{missing:?} never handled, but {payload}"))?;
        self.effects.push(payload);
        Ok(())
    }

    /// The store carries out the node's next write.
    fn execute(&mut self, node: usize) -> Checked {
        let Some(Node { writes, born, .. }) = &mut self.nodes[node] else { return Ok(()) };
        let present = writes.front().is_some_and(|(by, _)| by == born);
        let before = self.store.clone();
        let (seq, owner, write) = match writes.pop_front().map(|(_, job)| job) {
            None => return Ok(()),
            Some(Job::Persist(seq, owner, write)) => (seq, owner, write),
            Some(Job::Adopt(owner, swap)) => {
                let answer =
                    self.store.as_mut().ok_or(StoreError::Gap).and_then(|record| record.adopt(owner, &swap));
                return match (answer, self.store.clone()) {
                    _ if !present => Ok(()),
                    (Ok(()), Some(record)) => {
                        self.before = before;
                        self.adopt(node, record)
                    }
                    (Err(error), _) => self.server_hears(node, ServerInput::StoreFailed(error), None),
                    (Ok(()), None) => Err("adopted nothing".to_owned()),
                };
            }
        };
        let answer = match (&mut self.store, write.clone()) {
            (empty @ None, Write::Create(record)) if seq == 1 => {
                let position = record.position();
                *empty = Some(*record);
                Ok(position)
            }
            (None, _) => Err(StoreError::Gap),
            (Some(record), write) => record.apply(seq, owner, write),
        };
        match answer {
            Ok(handled) => {
                self.before = before;
                match write {
                    Write::Append { payload, .. } => self.log.push(Some(payload)),
                    Write::Skip(number) => self.log[number as usize - 1] = None,
                    _ => {}
                }
                if !present {
                    return Ok(());
                }
                self.server_hears(node, ServerInput::Stored { seq, handled }, None)
            }
            Err(_) if !present => Ok(()),
            Err(error) => {
                writes.clear();
                self.server_hears(node, ServerInput::StoreFailed(error), None)
            }
        }
    }

    fn drain_client(&mut self, payload: Option<u32>) -> Checked {
        while let Some(effect) = self.client.poll() {
            let item = |effect| match effect {
                Effect::Transmit(on, payload) => Some((on, Item::Data(payload))),
                Effect::Control(on, text) => Some((on, Item::Control(text))),
                Effect::Close { connection, code, .. } => Some((connection, Item::Closed(code))),
                _ => None,
            };
            match effect {
                Effect::Deliver(number) => {
                    let payload = payload.ok_or("delivered nothing")?;
                    let dropped =
                        |n: u64| self.log.get(n as usize - 1).is_some_and(|logged| logged.is_none());
                    let next = (self.client_delivered + 1..number).all(dropped);
                    rule(next && number > self.client_delivered, || format!("{number} out of order"))?;
                    self.client_delivered = number;
                    self.client_inbox.push_back((number, payload));
                }
                Effect::Fire(Event::Fate { first, last, fate }) => {
                    for number in first..=last {
                        self.client_fate(number, fate)?;
                    }
                }
                Effect::Fire(Event::Lost(loss)) => {
                    self.client_over = true;
                    // A first hello that is slow looks like none.
                    let stats = self.client.stats();
                    let never_began =
                        loss == Loss::NoSessions && stats.received == 0 && stats.acknowledged == 0;
                    let honest = self.budget.endings || self.doubtful || never_began;
                    rule(honest, || format!("lost, and nothing has ended it: {loss:?}"))?;
                    let bug =
                        matches!(loss, Loss::Counts(..) | Loss::Credit | Loss::Frame | Loss::Repeated(_));
                    rule(self.doubtful || !bug, || format!("lost: {loss:?}"))?;
                    self.all_fates()?;
                }
                Effect::Fire(Event::Closed) => {
                    self.client_over = true;
                    self.all_fates()?;
                }
                Effect::Fire(_) => {}
                Effect::Own(_) | Effect::Persist { .. } => return Err(format!("{effect:?}")),
                other => {
                    let Some((on, item)) = item(other) else { continue };
                    if let Some(link) = self.links.iter_mut().find(|link| link.on == on && link.client) {
                        link.client = !matches!(item, Item::Closed(_));
                        if link.server {
                            link.up.push_back(item);
                        }
                        if !link.client {
                            link.down.clear();
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn all_fates(&self) -> Checked {
        rule(self.client_fates.iter().all(Option::is_some), || {
            format!("without a fate: {:?}", self.client_fates)
        })
    }

    fn client_fate(&mut self, number: u64, fate: Fate) -> Checked {
        let handled = self.effects.contains(&(number as u32));
        let place = self.client_fates.get_mut(number as usize - 1).ok_or("a fate for nothing")?;
        rule(place.is_none(), || format!("{number} is {fate:?}, and was {place:?}"))?;
        *place = Some(fate);
        match fate {
            Fate::Delivered => rule(handled, || format!("{number} was not handled")),
            Fate::NotHandled => {
                // Without a transaction, a process that crashed may have handled messages that nobody knows of.
                rule(!handled || !self.budget.transactional || self.doubtful, || {
                    format!("{number} was handled")
                })
            }
            Fate::Dropped => rule(!handled, || format!("{number} was handled")),
            Fate::Unknown => rule(self.doubtful, || format!("{number} is in doubt")),
            Fate::Plain => Err("plain".to_owned()),
        }
    }

    fn drain_node(&mut self, node: usize, payload: Option<u32>) -> Checked {
        loop {
            let Some(here) = &mut self.nodes[node] else { return Ok(()) };
            let Some(effect) = here.machine.poll() else { return Ok(()) };
            let (on, item) = match effect {
                Effect::Deliver(number) => {
                    let payload = payload.ok_or("delivered nothing")?;
                    rule(number == u64::from(payload), || format!("{payload} came as {number}"))?;
                    here.inbox.push_back((number, payload));
                    continue;
                }
                Effect::Persist { seq, owner, write } => {
                    here.writes.push_back((here.born, Job::Persist(seq, owner, write)));
                    continue;
                }
                Effect::Adopt { owner, swap } => {
                    here.writes.push_back((here.born, Job::Adopt(owner, swap)));
                    continue;
                }
                Effect::Fire(Event::Fate { first, last, fate }) => {
                    for number in first..=last {
                        let place = (number - here.base - 1) as usize;
                        let (payload, place) = here.fates.get_mut(place).ok_or("a fate for nothing")?;
                        rule(place.is_none(), || format!("server's {number}: {fate:?}, was {place:?}"))?;
                        *place = Some(fate);
                        let handled = self.client_handled >= number;
                        match fate {
                            Fate::Delivered => rule(handled, || format!("server's {number} not handled"))?,
                            Fate::Dropped => rule(!handled, || format!("server's {number} handled"))?,
                            Fate::NotHandled => {
                                self.not_handled.push(*payload);
                                let handled = self.client_payloads.contains(payload);
                                rule(!handled, || format!("server's {number} handled"))?;
                            }
                            _ => {}
                        }
                    }
                    continue;
                }
                Effect::Fire(event) => {
                    if let Event::Lost(loss) = event {
                        let bug = matches!(loss, Loss::Counts(..) | Loss::Credit | Loss::Frame | Loss::Store);
                        rule(self.doubtful || !bug, || format!("server lost: {loss:?}"))?;
                    }
                    if matches!(event, Event::Lost(_) | Event::Closed) {
                        rule(here.fates.iter().all(|(_, fate)| fate.is_some()), || {
                            format!("no fate: {:?}", here.fates)
                        })?;
                        here.inbox.clear();
                    }
                    continue;
                }
                Effect::Transmit(on, payload) => {
                    // Nothing goes on the wire before it is stored.
                    rule(self.doubtful || self.log.contains(&Some(payload)), || {
                        format!("{payload} not stored")
                    })?;
                    (on, Item::Data(payload))
                }
                Effect::Control(on, text) => (on, Item::Control(text)),
                Effect::Close { connection, code, .. } => (connection, Item::Closed(code)),
                Effect::Own(_) => return Err("own".to_owned()),
            };
            if let Some(link) = self.links.iter_mut().find(|link| link.on == on && link.server) {
                link.server = !matches!(item, Item::Closed(_));
                if link.client {
                    link.down.push_back(item);
                }
                if !link.server {
                    link.up.clear();
                }
            }
        }
    }

    /// Checks the rules that hold in every state.
    fn audit(&self) -> Checked {
        let ordered = |numbers: &[u64]| numbers.is_sorted();
        let check = |counts: &counts::Counts<u32>, who: &str| {
            let (acked, wire, sent, stored, held) = counts.sender.positions();
            let accepted = acked + held;
            rule(ordered(&[acked, wire, sent, stored.max(sent), accepted]), || format!("{who}'s sender"))?;
            rule(stored >= sent && stored <= accepted, || format!("{who} sent what is not stored"))?;
            let [announced, committed, handled, received] = counts.receiver.positions().map(|at| at.count);
            rule(ordered(&[announced, committed, handled, received]), || format!("{who}'s receiver"))
        };
        check(self.client.counts(), "client")?;
        // The receiving end checks every message; here is the credit as the sending end knows it.
        let (costing, wire_cost, credit) = self.client.counts().sender.costs();
        rule(wire_cost <= credit || costing <= 1, || {
            format!("client exceeds its credit: {wire_cost} of {credit}")
        })?;
        let acked = self.client.counts().sender.positions().0;
        if let Some(store) = &self.store
            && !self.doubtful
            && !self.client_over
        {
            rule(acked <= store.handled, || format!("acknowledged {acked}, stored {}", store.handled))?;
            let handled = self.client.counts().receiver.handled().count;
            rule(store.acked <= handled, || "trimmed what is not handled".to_owned())?;
        }
        for node in self.nodes.iter().flatten() {
            check(node.machine.counts(), "server")?;
        }
        Ok(())
    }

    /// Without further faults, everything is soon delivered and acknowledged, or the end is reported.
    pub(super) fn comes_to_rest(&mut self) -> Checked {
        let Budget { nodes, transactional, endings, .. } = self.budget;
        self.budget = Budget { nodes, transactional, endings, ..Budget::default() };
        for _ in 0..100_000 {
            let steps = self.steps();
            let quiet =
                |step: &&Step| !matches!(step, Step::ClientTicks | Step::ServerTicks(_) | Step::Dial(1));
            let Some(step) = steps.iter().find(quiet).or_else(|| steps.first()) else { break };
            self.take(*step)?;
        }
        rule(self.steps().is_empty(), || format!("goes on for ever: {:?}", self.steps()))?;
        if self.client_over {
            return Ok(());
        }
        let stats = self.client.stats();
        rule(stats.acknowledged == stats.accepted, || format!("client: {stats:?}"))?;
        let on = self.links.iter().find(|link| link.client).ok_or("no connection")?;
        let server = self.nodes[on.node].as_ref().ok_or("no server")?.machine.stats();
        rule(server.acknowledged == server.accepted, || format!("server: {server:?}"))?;
        rule(self.doubtful || server.accepted == self.log.len() as u64, || format!("log: {:?}", self.log))?;
        let undropped = self.client_fates.iter().filter(|fate| **fate == Some(Fate::Delivered)).count();
        rule(self.effects.len() == undropped, || format!("{:?} of {:?}", self.effects, self.client_fates))
    }
}
