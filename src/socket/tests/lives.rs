//! Random lives of the Rust shell: whatever the application's code calls, and from wherever, in virtual time.
//!
//! Wakers, providers, gates, retry rules, pong predicates, key functions and the platform's own functions call any verb,
//! drop any half, open other sockets, and throw. A model of the peer judges: exactly one fate for each message, the order
//! of events as DESIGN has it, never two live connections, and nothing left at the end.
//!
//! `STEADY_LIVES` says how many lives; a life that fails is printed with its seed, and `STEADY_SEED` replays it.

use super::world::{Link, State, World};
use crate::core::Page;
use crate::{
    Builder, Decision, Event, Events, Gate, Heartbeat, Inbound, Marks, Message, OpenError, Outgoing,
    Overflow, Queue, Receiver, Retry, SendError, Sender, Ticket, WebSocket, Why,
};
use futures_util::{FutureExt, SinkExt};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::future::{Future, pending};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

thread_local! {
    static LIFE: RefCell<Option<Rc<Life>>> = const { RefCell::new(None) };
}

/// How many wakers of this thread's lives are alive; each test has a thread of its own.
static WAKERS: AtomicI64 = AtomicI64::new(0);

struct JobWaker(u64);

impl JobWaker {
    fn waker(job: u64) -> Waker {
        WAKERS.fetch_add(1, Ordering::Relaxed);
        Waker::from(Arc::new(Self(job)))
    }
}

impl Wake for JobWaker {
    fn wake(self: Arc<Self>) {
        let life = LIFE.with_borrow(Clone::clone);
        if let Some(life) = life {
            life.woken(self.0);
        }
    }
}

impl Drop for JobWaker {
    fn drop(&mut self) {
        WAKERS.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What a handler throws.
struct Thrown;

type Job = Pin<Box<dyn Future<Output = ()>>>;

struct Life {
    random: Cell<u64>,
    world: World,
    sockets: RefCell<Vec<Rc<Socket>>>,
    jobs: RefCell<BTreeMap<u64, Option<Job>>>,
    queue: RefCell<VecDeque<u64>>,
    next_job: Cell<u64>,
    opened: Cell<usize>,
    /// The sockets of which messages take the places of others.
    keyed: RefCell<BTreeSet<usize>>,
    depth: Cell<u32>,
    /// How many verbs handlers may still call.
    budget: Cell<u32>,
    throws: bool,
    wrong: RefCell<Vec<String>>,
    tells: bool,
}

/// One socket, and what the test knows of it.
struct Socket {
    number: usize,
    steady: bool,
    txs: RefCell<Vec<Sender>>,
    rx: RefCell<Option<Receiver>>,
    /// What it accepted: the text and the ticket.
    accepted: RefCell<Vec<(String, Ticket)>>,
    sent: Cell<u32>,
    reader: RefCell<Option<Events>>,
    events: RefCell<Vec<Event>>,
    /// What was received: the numbers that the peer gave.
    received: RefCell<Vec<u32>>,
    /// Lives as long as the driver.
    token: Weak<()>,
    lost: RefCell<Vec<(Ticket, Why)>>,
}

impl Life {
    fn below(&self, end: u64) -> u64 {
        let mut state = self.random.get().wrapping_add(0x9E37_79B9_7F4A_7C15);
        self.random.set(state);
        state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (state ^ (state >> 31)) % end
    }

    fn chance(&self, in_a_hundred: u64) -> bool {
        self.below(100) < in_a_hundred
    }

    fn pick<T: Copy>(&self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize]
    }

    fn tell(&self, what: impl FnOnce() -> String) {
        if self.tells {
            println!(
                "{:>6} {:width$}{}",
                self.world.now(),
                "",
                what(),
                width = self.depth.get() as usize * 2
            );
        }
    }

    fn wrong(&self, what: String) {
        self.tell(|| format!("WRONG: {what}"));
        self.wrong.borrow_mut().push(what);
    }

    /// A place where the application's code runs.
    fn mischief(self: &Rc<Self>, place: &str) {
        if self.depth.get() >= 4 || self.budget.get() == 0 || !self.chance(25) {
            return;
        }
        self.depth.set(self.depth.get() + 1);
        self.tell(|| format!("in {place}:"));
        for _ in 0..=self.below(2) {
            self.budget.set(self.budget.get().saturating_sub(1));
            self.verb();
        }
        let throws = self.throws && self.chance(10);
        self.depth.set(self.depth.get() - 1);
        if throws {
            self.tell(|| "throws".into());
            resume_unwind(Box::new(Thrown));
        }
    }

    fn woken(self: &Rc<Self>, job: u64) {
        let is_here = self.jobs.borrow().get(&job).is_some_and(Option::is_some);
        if is_here && self.depth.get() < 4 && self.chance(30) {
            self.depth.set(self.depth.get() + 1);
            self.poll(job);
            self.depth.set(self.depth.get() - 1);
        } else {
            self.queue.borrow_mut().push_back(job);
        }
        self.mischief("a waker");
    }

    fn run(self: &Rc<Self>, job: impl Future<Output = ()> + 'static) {
        let number = self.next_job.get();
        self.next_job.set(number + 1);
        self.jobs.borrow_mut().insert(number, Some(Box::pin(job)));
        self.queue.borrow_mut().push_back(number);
    }

    fn poll(self: &Rc<Self>, number: u64) {
        let job = { self.jobs.borrow_mut().get_mut(&number).and_then(Option::take) };
        let Some(mut job) = job else { return };
        let waker = JobWaker::waker(number);
        // What the application's task throws ends that task.
        let polled =
            catch_unwind(AssertUnwindSafe(|| job.as_mut().poll(&mut Context::from_waker(&waker)).is_ready()));
        match polled {
            Ok(false) if !self.chance(3) => {
                self.jobs.borrow_mut().insert(number, Some(job));
            }
            done => {
                self.jobs.borrow_mut().remove(&number);
                drop(job);
                if let Err(thrown) = done
                    && !thrown.is::<Thrown>()
                {
                    self.wrong(format!("a task panicked: {}", text(&*thrown)));
                }
            }
        }
    }

    fn settle(self: &Rc<Self>) {
        self.world.settle();
        for _ in 0..200 {
            let job = { self.queue.borrow_mut().pop_front() };
            let Some(job) = job else { return };
            self.poll(job);
            self.world.settle();
        }
    }

    fn socket(&self) -> Option<Rc<Socket>> {
        let sockets = self.sockets.borrow();
        let count = sockets.len() as u64;
        if count == 0 { None } else { sockets.get(self.below(count) as usize).cloned() }
    }

    fn open(self: &Rc<Self>) {
        let number = self.opened.get();
        if number >= 4 {
            return;
        }
        self.opened.set(number + 1);
        let steady = !self.chance(25);
        let token = Rc::new(());
        let weak = Rc::downgrade(&token);
        self.world.chance(self.below(1_000) as f64 / 1_000.0);
        let builder = self.options(number, steady, token);
        match builder.open() {
            Ok(socket) => {
                self.tell(|| format!("socket {number} is {}", if steady { "steady" } else { "strict" }));
                let reader = socket.events();
                let (tx, rx) = socket.split();
                let socket = Rc::new(Socket {
                    number,
                    steady,
                    txs: RefCell::new(vec![tx]),
                    rx: RefCell::new(Some(rx)),
                    accepted: RefCell::default(),
                    sent: Cell::new(0),
                    reader: RefCell::new(Some(reader)),
                    events: RefCell::default(),
                    received: RefCell::default(),
                    token: weak,
                    lost: RefCell::default(),
                });
                self.sockets.borrow_mut().push(socket);
            }
            Err(error) => self.tell(|| format!("socket {number}: {error}")),
        }
    }

    /// Something random to connect with.
    fn options(self: &Rc<Self>, number: usize, steady: bool, token: Rc<()>) -> Builder {
        let url = format!("ws://{number}");
        // Handlers know the life without keeping it.
        let life = Rc::downgrade(self);
        let handler = move |place: &'static str| {
            let life = life.clone();
            let token = token.clone();
            move || {
                let _alive = &token;
                let life = life.upgrade();
                if let Some(life) = &life {
                    life.mischief(place);
                }
                life
            }
        };
        let mut builder = if self.chance(40) {
            let handler = handler("a provider of the address");
            WebSocket::builder(move || {
                let life = handler();
                let answer = life.as_ref().map_or(0, |life| life.below(10));
                let pause = life.map(|life| life.world.pause(life.below(3_000)));
                let url = url.clone();
                let again = handler.clone();
                async move {
                    if answer < 2 {
                        return Err(());
                    } else if answer < 3 {
                        pending::<()>().await;
                    } else if answer < 6
                        && let Some(pause) = pause
                    {
                        pause.await;
                    }
                    again();
                    Ok(url)
                }
            })
        } else {
            let handler = handler("nothing");
            // Keeps the token, as every handler does.
            let key = move |_: &crate::Payload| {
                handler();
                None::<String>
            };
            WebSocket::builder(url).inbound(Inbound::latest_per_key(key))
        };
        builder = builder.flow(Marks { high: self.pick(&[0, 40, 1_000_000]), low: 0 });
        if self.chance(30) {
            let handler = handler("a provider of sub-protocols");
            builder = builder.protocols_with(move || {
                handler();
                let again = handler.clone();
                async move {
                    again();
                    vec!["a".to_owned()]
                }
            });
        }
        if self.chance(30) {
            self.keyed.borrow_mut().insert(number);
            let (handler, life) = (handler("a key function"), Rc::downgrade(self));
            let key = move |payload: &crate::Payload| {
                handler();
                let keyed = life.upgrade().is_some_and(|life| life.chance(30));
                keyed.then(|| payload.as_text().unwrap_or_default().len().to_string())
            };
            builder = builder.inbound(Inbound::latest_per_key(key).max_count(self.pick(&[1, 3, 100])));
        } else if self.chance(20) {
            builder = builder.inbound(Inbound::close().max_count(5));
        }
        if self.chance(10) {
            builder = builder.record();
        }
        if steady { self.steady_options(builder, handler) } else { builder }
    }

    fn steady_options<H, M>(self: &Rc<Self>, mut builder: Builder, handler: H) -> Builder
    where
        H: Fn(&'static str) -> M,
        M: Fn() -> Option<Rc<Life>> + Clone + 'static,
    {
        let retry = Retry { first: 10, floor: 5, ceiling: 1_000, ..Retry::default() };
        builder = builder.reconnect(Retry { attempts: self.pick(&[None, None, Some(3)]), ..retry });
        builder =
            builder.connect_timeout(Duration::from_millis(2_000)).close_timeout(Duration::from_millis(1_000));
        builder = builder.queue(Queue {
            max_count: self.pick(&[2, 100]),
            overflow: self.pick(&[Overflow::Refuse, Overflow::DropOldest, Overflow::DropNewest]),
            lifetime: self.pick(&[None, Some(500)]),
            ..Queue::default()
        });
        if self.chance(40) {
            let (handler, life) = (handler("a pong predicate"), Rc::downgrade(self));
            let is_pong = move |_: &crate::Payload| {
                handler();
                life.upgrade().is_some_and(|life| life.chance(20))
            };
            let heartbeat = Heartbeat::new("ping").pong_if(is_pong);
            builder = builder
                .heartbeat(heartbeat.every(Duration::from_millis(300)).timeout(Duration::from_millis(200)));
        }
        if self.chance(40) {
            let handler = handler("a gate");
            builder = builder.before_flush(move |mut gate: Gate| {
                let life = handler();
                let again = handler.clone();
                async move {
                    let how = life.as_ref().map_or(0, |life| life.below(10));
                    drop(life);
                    if how < 2 {
                        pending::<()>().await;
                    } else if how < 6 {
                        let _ = gate.send("token");
                        again();
                        gate.next().await;
                    }
                    again();
                    if how == 9 { Err(()) } else { Ok(()) }
                }
            });
        }
        if self.chance(40) {
            let (handler, life) = (handler("a retry rule"), Rc::downgrade(self));
            builder = builder.retry_if(move |_| {
                handler();
                let decisions =
                    [Decision::Usual, Decision::Again, Decision::Again, Decision::After(7), Decision::Stop];
                life.upgrade().map_or(Decision::Stop, |life| life.pick(&decisions))
            });
        }
        builder
    }

    /// One thing that an application does.
    fn verb(self: &Rc<Self>) {
        let Some(socket) = self.socket() else { return self.open() };
        let tx = {
            let txs = socket.txs.borrow();
            let at = self.below(txs.len().max(1) as u64) as usize;
            txs.get(at).cloned()
        };
        let Some(tx) = tx else { return self.open() };
        let number = socket.number;
        match self.below(40) {
            0..=11 => self.send(&socket, &tx),
            12..=13 => {
                self.tell(|| format!("{number}: send().await"));
                let life = Rc::downgrade(self);
                self.run(async move {
                    let Some(text) = life.upgrade().map(|_| socket.text()) else { return };
                    if let Ok(ticket) = tx.send(&*text).await {
                        socket.accepted.borrow_mut().push((text, ticket));
                    }
                });
            }
            14..=17 => self.flush(socket, tx),
            18 => {
                self.tell(|| format!("{number}: close"));
                drop(tx.close(self.pick(&[1000, 3000, 1001]), "by the test"));
            }
            19 => {
                self.tell(|| format!("{number}: terminate"));
                tx.terminate();
            }
            20..=21 => {
                self.tell(|| format!("{number}: reconnect"));
                let _ = tx.reconnect();
            }
            22 => {
                self.tell(|| format!("{number}: give up"));
                let _ = tx.give_up();
            }
            23 => {
                self.tell(|| format!("{number}: new session"));
                let _ = tx.new_session();
            }
            24..=25 => {
                let ticket = Ticket(self.below(10));
                let taken = tx.cancel(ticket);
                self.tell(|| format!("{number}: cancel {} is {taken}", ticket.0));
            }
            26..=27 => {
                let _ = (tx.ready_state(), tx.buffered_amount(), tx.stats(), tx.url(), tx.protocol());
                let _ = (tx.last_failure().map(|failure| failure.to_string()), tx.trace(), tx.events());
            }
            28 => socket.txs.borrow_mut().push(tx),
            29 => {
                self.tell(|| format!("{number}: a sender is dropped"));
                let dropped = { socket.txs.borrow_mut().pop() };
                drop((dropped, tx));
            }
            30 => {
                self.tell(|| format!("{number}: the receiver is dropped"));
                let dropped = { socket.rx.borrow_mut().take() };
                drop((dropped, tx));
            }
            31..=33 => {
                drop(tx);
                self.receive(&socket);
            }
            34 => {
                self.tell(|| format!("{number}: a sink closes"));
                let mut tx = tx;
                self.run(async move {
                    let _ = SinkExt::<Message>::close(&mut tx).await;
                });
            }
            35 => {
                drop(tx);
                self.run(async move {
                    let closed = socket.txs.borrow().first().cloned();
                    if let Some(tx) = closed {
                        tx.closed().await;
                    }
                });
            }
            36..=37 => self.open(),
            38 if self.chance(20) => {
                self.tell(|| format!("{number}: everything is dropped"));
                let dropped = (socket.txs.take(), socket.rx.take());
                drop((dropped, tx));
            }
            _ => {
                drop(tx);
                self.run(async move {
                    let opened = socket.txs.borrow().first().cloned();
                    if let Some(tx) = opened {
                        let _ = tx.opened().await;
                    }
                });
            }
        }
    }

    fn send(self: &Rc<Self>, socket: &Rc<Socket>, tx: &Sender) {
        let text = socket.text();
        let text = format!("{text}{}", ".".repeat(self.below(30) as usize));
        let mut message = Outgoing::from(&*text);
        if self.chance(20) {
            message = message.key(self.pick(&["a", "b"]));
        }
        if self.chance(20) {
            message = message.lifetime(Duration::from_millis(self.below(1_000) + 1));
        }
        if self.chance(20) {
            message = message.session_bound();
        }
        let sent = tx.send_now(message);
        self.tell(|| format!("{}: send {text:?} is {sent:?}", socket.number));
        if let Ok(ticket) = sent {
            socket.accepted.borrow_mut().push((text, ticket));
        }
    }

    fn flush(self: &Rc<Self>, socket: Rc<Socket>, tx: Sender) {
        self.tell(|| format!("{}: flush", socket.number));
        let life = Rc::downgrade(self);
        self.run(async move {
            // A clone has reported what the other had: nothing more is known, so a first flush learns what was lost.
            while let Some(Err(SendError::Lost(ticket, why))) = tx.flush().now_or_never() {
                socket.lost.borrow_mut().push((ticket, why));
            }
            let before: Vec<(String, Ticket)> = socket.accepted.borrow().clone();
            let flushed = tx.flush().await;
            let Some(life) = life.upgrade() else { return };
            life.tell(|| format!("{}: flushed {flushed:?}", socket.number));
            match flushed {
                Ok(()) => life.judge_flush(&socket, &before),
                Err(SendError::Lost(ticket, why)) => socket.lost.borrow_mut().push((ticket, why)),
                Err(other) => life.wrong(format!("a flush failed with {other:?}")),
            }
        });
    }

    /// What was accepted before the flush has left, unless an earlier one has reported it.
    fn judge_flush(&self, socket: &Socket, before: &[(String, Ticket)]) {
        self.read_events(socket);
        let left = self.left(socket);
        let mut discarded: BTreeSet<u64> = self.discarded(socket).keys().copied().collect();
        // What an event is about to say may be known already.
        discarded.extend(socket.lost.borrow().iter().map(|(ticket, _)| ticket.0));
        for (text, ticket) in before {
            if !left.contains_key(text) && !discarded.contains(&ticket.0) && socket.steady {
                self.wrong(format!("flushed, and {text:?} ({}) has not left", ticket.0));
            }
        }
    }

    fn receive(self: &Rc<Self>, socket: &Rc<Socket>) {
        let rx = { socket.rx.borrow_mut().take() };
        let Some(mut rx) = rx else { return };
        let (socket, life) = (socket.clone(), Rc::downgrade(self));
        self.run(async move {
            let waits = life.upgrade().is_some_and(|life| life.chance(50));
            if waits && let Some(message) = rx.next().await {
                socket.took(&message);
            }
            while let Some(payload) = rx.take_payload() {
                socket.took(&payload.into_message());
            }
            let gone = { socket.rx.replace(Some(rx)) };
            drop(gone);
        });
    }

    fn links(&self, socket: &Socket) -> Vec<Rc<Link>> {
        let url = format!("ws://{}", socket.number);
        self.world.links().into_iter().filter(|link| link.url == url).collect()
    }

    /// How often each text has left.
    fn left(&self, socket: &Socket) -> HashMap<String, u32> {
        let mut left = HashMap::new();
        for link in self.links(socket) {
            let mut bytes = link.given() - link.buffered.get();
            for frame in &*link.sent.borrow() {
                let Some(rest) = bytes.checked_sub(frame.size()) else { break };
                bytes = rest;
                *left.entry(frame.text().to_owned()).or_default() += 1;
            }
        }
        left
    }

    fn discarded(&self, socket: &Socket) -> BTreeMap<u64, Vec<Why>> {
        let mut discarded = BTreeMap::<u64, Vec<Why>>::new();
        for event in &*socket.events.borrow() {
            if let Event::Discarded { ticket, why, .. } = event {
                discarded.entry(ticket.0).or_default().push(*why);
            }
        }
        discarded
    }

    fn read_events(&self, socket: &Socket) {
        let reader = { socket.reader.borrow_mut().take() };
        let Some(mut reader) = reader else { return };
        let ended = loop {
            match reader.next().now_or_never() {
                Some(Some(event)) => {
                    self.tell(|| format!("{}: told {event:?}", socket.number));
                    socket.events.borrow_mut().push(event);
                }
                Some(None) => break true,
                None => break false,
            }
        };
        if !ended {
            socket.reader.replace(Some(reader));
        }
    }

    /// One thing that the world does.
    fn step(self: &Rc<Self>) {
        match self.below(20) {
            0..=6 => self.verb(),
            7..=13 => self.peer(),
            14..=16 => {
                let span = self.pick(&[0, 1, 5, 20, 60, 300, 1_000, 2_500]);
                self.tell(|| format!("{span} ms pass"));
                self.world.advance(span);
            }
            17 => {
                let page = self.pick(&[Page::Online, Page::Offline, Page::Hidden, Page::Visible]);
                self.tell(|| format!("{page:?}"));
                self.world.page(page);
            }
            18 => {
                let (away, back) = self.pick(&[(Page::Frozen, Page::Resumed), (Page::Stowed, Page::Shown)]);
                let span = self.pick(&[10, 5_000, 100_000]);
                self.tell(|| format!("{away:?}, {span} ms, {back:?}"));
                self.world.page(away);
                self.world.freeze(true);
                self.world.sleep(span, false);
                self.peer_away();
                self.world.page(back);
                self.world.freeze(false);
            }
            _ => {
                let (span, wall_only) = (self.pick(&[100, 3_000, 90_000]), self.chance(50));
                self.tell(|| format!("asleep for {span} ms"));
                self.world.sleep(span, wall_only);
            }
        }
        self.settle();
    }

    /// While the page is frozen, bytes leave.
    fn peer_away(&self) {
        for link in self.world.links().iter().filter(|link| link.is_live()) {
            link.drain(self.below(50));
        }
    }

    /// One thing that a peer does.
    fn peer(self: &Rc<Self>) {
        let links: Vec<Rc<Link>> = self.world.links().into_iter().filter(|link| link.is_live()).collect();
        let count = links.len() as u64;
        if count == 0 {
            return;
        }
        let link = &links[self.below(count) as usize];
        let closing = link.closing.borrow().is_some();
        let what = self.below(20);
        self.tell(|| {
            format!("the peer of {} ({:?}, closing: {closing}): {what}", link.url, link.state.get())
        });
        match (link.state.get(), what) {
            (State::Connecting, 0..=13) if !closing => link.open(),
            (State::Connecting, 14..) => link.cut(),
            (State::Open | State::Closing, 0..=5) => link.drain(self.pick(&[5, 30, 1_000])),
            (State::Open, 6..=12) if !closing => {
                let number = link.number();
                link.message(&number.to_string());
            }
            (State::Open | State::Closing, 13..=14) if closing => link.finish(),
            (State::Open, 15) => link.part(),
            (State::Open | State::Closing, 16) => {
                link.end(self.pick(&[1000, 1001, 1008, 1012, 4000]), "by the peer", true);
            }
            (State::Open | State::Closing, 17) => link.cut(),
            (State::Open, 18) if self.chance(20) => link.takes.set(false),
            (_, 19) => self.world.refuse(self.chance(30).then(|| OpenError::Forbidden(link.url.clone()))),
            _ => {}
        }
    }

    /// Holds everywhere and always.
    fn judge_now(&self) {
        let sockets = self.sockets.borrow().clone();
        for socket in sockets {
            self.read_events(&socket);
            let live = |link: &&Rc<Link>| link.is_live() && link.is_heard();
            let count = self.links(&socket).iter().filter(live).count();
            if count > 1 {
                self.wrong(format!("socket {} has {count} live connections", socket.number));
            }
            let open = |link: &&Rc<Link>| link.is_live() && link.closing.borrow().is_none();
            let count = self.links(&socket).iter().filter(open).count();
            if count > 1 {
                self.wrong(format!("socket {} has {count} open connections", socket.number));
            }
        }
        for panic in self.world.panics() {
            // What handlers throw has no text.
            if !panic.is_empty() {
                self.wrong(format!("panicked: {panic}"));
            }
        }
        for link in self.world.links() {
            if link.misused.get() {
                self.wrong(format!("a connection to {} was given a message while not open", link.url));
            }
        }
    }

    /// Everything ends.
    fn finish(self: &Rc<Self>) {
        self.tell(|| "the end".into());
        self.budget.set(0);
        self.world.unhook();
        self.world.refuse(None);
        let sockets = self.sockets.borrow().clone();
        for socket in &sockets {
            let tx = { socket.txs.borrow().first().cloned() };
            if let Some(tx) = tx {
                if self.chance(50) { drop(tx.close(1000, "the end")) } else { tx.terminate() }
            }
        }
        for _ in 0..6 {
            self.settle();
            for link in self.world.links() {
                if link.is_live() {
                    if link.closing.borrow().is_some() && self.chance(70) {
                        link.finish()
                    } else {
                        link.cut()
                    }
                }
            }
            self.world.advance(60_000);
        }
        self.settle();
        self.judge_now();
        for socket in &sockets {
            self.judge_socket(socket);
        }
        // Jobs hold halves.
        let jobs = self.jobs.take();
        drop(jobs);
        for socket in &sockets {
            drop((socket.txs.take(), socket.rx.take(), socket.reader.take()));
        }
        self.settle();
        for socket in &sockets {
            if socket.token.strong_count() > 0 {
                self.wrong(format!("socket {} is still alive", socket.number));
            }
        }
        for held in self.world.held() {
            self.wrong(format!("left: {held}"));
        }
        let wakers = WAKERS.load(Ordering::Relaxed);
        if wakers != 0 {
            self.wrong(format!("left: {wakers} wakers"));
        }
    }

    fn judge_socket(&self, socket: &Socket) {
        // A job may hold the last half.
        let was_dropped = socket.txs.borrow().is_empty();
        let events = socket.events.borrow();
        let number = socket.number;
        if let Err(what) = grammar(&events, socket.steady, was_dropped) {
            self.wrong(format!("socket {number}: {what}"));
        }
        let (left, discarded) = (self.left(socket), self.discarded(socket));
        for (text, ticket) in &*socket.accepted.borrow() {
            let times = left.get(text).copied().unwrap_or_default();
            let fates = discarded.get(&ticket.0).map_or(&[][..], Vec::as_slice);
            let wrong = match (fates, times) {
                _ if times > 1 => Some(format!("left {times} times")),
                ([], 0) if socket.steady && !was_dropped => Some("has no fate".to_owned()),
                ([Why::InDoubt] | [], _) => None,
                ([why], 0) if socket.steady => {
                    let _ = why;
                    None
                }
                (fates, times) => Some(format!("left {times} times, and its fates are {fates:?}")),
            };
            if let Some(wrong) = wrong {
                let links: Vec<String> = self.links(socket).iter().map(|link| link.to_string()).collect();
                self.wrong(format!("socket {number}: {text:?} ({}) {wrong}; {links:?}", ticket.0));
            }
        }
        for (ticket, why) in &*socket.lost.borrow() {
            let told = discarded.get(&ticket.0).is_some_and(|fates| fates.contains(why));
            if socket.steady && !told && !was_dropped {
                self.wrong(format!("socket {number}: a flush lost {}, but nothing was discarded", ticket.0));
            }
        }
        for link in self.links(socket) {
            let tickets = link.sent.borrow().iter().filter_map(|frame| socket.ticket(frame.text())).collect();
            let tickets: Vec<u64> = tickets;
            if !tickets.is_sorted() {
                self.wrong(format!("socket {number}: out of order: {tickets:?}"));
            }
        }
        let received = socket.received.borrow();
        if !received.is_sorted() && !self.keyed.borrow().contains(&number) {
            self.wrong(format!("socket {number} received out of order: {received:?}"));
        }
    }
}

/// The protocol of events of DESIGN.
fn grammar(events: &[Event], steady: bool, was_dropped: bool) -> Result<(), String> {
    let (mut open, mut opened, mut in_doubt, mut attempt) = (false, 0, 0, 0);
    let mut ended = false;
    for event in events {
        if ended {
            return Err(format!("{event:?} after the end"));
        }
        match event {
            Event::Open { attempt: now } => {
                if open || *now <= attempt && attempt > 0 && opened > 0 && *now < attempt {
                    return Err("open twice".into());
                }
                if !steady && opened > 0 {
                    return Err("a strict socket opened twice".into());
                }
                (open, opened, in_doubt, attempt) = (true, opened + 1, 0, *now);
            }
            Event::Reconnecting { attempt: next, in_doubt: told, .. } => {
                if !steady {
                    return Err("a strict socket reconnects".into());
                }
                if *next <= attempt && opened > 0 {
                    return Err(format!("attempt {next} after {attempt}"));
                }
                if *told != in_doubt {
                    return Err(format!("{told} in doubt told, {in_doubt} discarded"));
                }
                (open, in_doubt, attempt) = (false, 0, *next);
            }
            Event::Discarded { why, .. } => {
                if !steady {
                    return Err("a strict socket discards".into());
                }
                in_doubt += u64::from(*why == Why::InDoubt);
            }
            Event::Closed(_) => ended = true,
            Event::Missed { .. } => return Err("events were missed".into()),
            Event::Drain | Event::Overflow { .. } => {}
            #[cfg(feature = "session")]
            Event::Session(_) => {}
        }
    }
    if ended || was_dropped { Ok(()) } else { Err("no end".into()) }
}

impl Socket {
    fn text(&self) -> String {
        self.sent.set(self.sent.get() + 1);
        format!("{}/{}", self.number, self.sent.get())
    }

    fn took(&self, message: &Message) {
        if let Some(number) = message.as_text().and_then(|text| text.parse().ok()) {
            self.received.borrow_mut().push(number);
        }
    }

    fn ticket(&self, text: &str) -> Option<u64> {
        let accepted = self.accepted.borrow();
        accepted.iter().find(|(known, _)| known == text).map(|(_, ticket)| ticket.0)
    }
}

fn text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}

/// Lives once. What was wrong.
fn live(seed: u64, tells: bool) -> Vec<String> {
    WAKERS.store(0, Ordering::Relaxed);
    let life = Rc::new(Life {
        random: Cell::new(seed),
        world: World::new(),
        sockets: RefCell::default(),
        jobs: RefCell::default(),
        queue: RefCell::default(),
        next_job: Cell::new(0),
        opened: Cell::new(0),
        keyed: RefCell::default(),
        depth: Cell::new(0),
        budget: Cell::new(60),
        throws: seed.is_multiple_of(5),
        wrong: RefCell::default(),
        tells,
    });
    LIFE.set(Some(life.clone()));
    if seed.is_multiple_of(3) {
        let weak = Rc::downgrade(&life);
        life.world.hook(move |place| {
            // What is sent in the middle of a native `send` goes first.
            if let Some(life) = weak.upgrade()
                && place != "send"
                && life.chance(10)
            {
                // What a browser's `WebSocket` throws is caught where it is called; what takes back or is a getter throws nothing.
                let caught = ["connect", "close", "amount", "on", "off", "clear", "unlisten", "is_offline"]
                    .contains(&place);
                let done = catch_unwind(AssertUnwindSafe(|| life.mischief(place)));
                if let Err(thrown) = done
                    && !caught
                {
                    resume_unwind(thrown);
                }
            }
        });
    }
    let done = catch_unwind(AssertUnwindSafe(|| {
        for step in 0..40 {
            let stepped =
                catch_unwind(AssertUnwindSafe(|| if step == 0 { life.open() } else { life.step() }));
            if let Err(thrown) = stepped {
                // What a handler throws within a verb comes out of the verb.
                if !thrown.is::<Thrown>() {
                    resume_unwind(thrown);
                }
                life.depth.set(0);
                life.settle();
            }
            life.judge_now();
        }
        life.finish();
    }));
    if let Err(panic) = done {
        life.wrong(format!("panicked: {}", text(&*panic)));
    }
    LIFE.set(None);
    drop(life.jobs.take());
    drop(life.sockets.take());
    life.wrong.take()
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect(name))
}

#[test]
fn random_lives() {
    if let Some(seed) = number("STEADY_SEED") {
        let wrong = live(seed, true);
        assert!(wrong.is_empty(), "seed {seed}: {wrong:#?}");
        return;
    }
    let lives = number("STEADY_LIVES").unwrap_or(1_000);
    for seed in 0..lives {
        let wrong = live(seed, false);
        assert!(wrong.is_empty(), "STEADY_SEED={seed} replays: {wrong:#?}");
    }
    println!("{lives} lives");
}
