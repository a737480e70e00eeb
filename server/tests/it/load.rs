//! A client that sends all the time while its connections are cut, and what must be true of it in the end.

use crate::app::LAST;
use crate::client::Client;
use std::cell::Cell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;
use steady_session::{Event, Fate, Loss, Refusal};
use tokio::sync::watch;

/// A client sends while fewer of its messages are not acknowledged.
const UNACKNOWLEDGED: u64 = 64;
/// One in so many events is a cut of the client's connection.
const CUT_OF: u64 = 300;

/// The state that all clients of a test share.
pub struct Run {
    /// How much was acknowledged and received.
    pub progress: watch::Sender<u64>,
    /// How many connections have ended.
    pub ended: watch::Sender<u64>,
    /// True if the clients are to finish.
    pub ends: Cell<bool>,
}

pub struct Load {
    name: String,
    client: Client,
    chance: u64,
    cuts: u64,
    /// The messages that were not acknowledged at the end of each connection: after the first number, up to the second.
    open: Vec<(u64, u64)>,
    /// The number of the first message that asks for the end.
    end: u64,
}

/// The faults of a run, and the outcomes of its messages.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sums {
    /// Nodes that were killed, crashes of the store, reloads of nginx.
    pub kills: u64,
    pub crashes: u64,
    pub reloads: u64,
    /// Connections that ended, and those of them that the client cut.
    pub connections: u64,
    pub cuts: u64,
    /// Messages of the clients: handled; handled again after the process that had handled them was killed; handled again
    /// because the session went to another node before that process had stored its position.
    pub handled: u64,
    pub doubled: u64,
    pub taken_over: u64,
    /// Messages of the application: handled by the clients; and those of them of which it was not told that they were
    /// accepted, since its process was killed or overtaken.
    pub received: u64,
    pub untold: u64,
}

impl Load {
    pub fn new(seed: u64) -> Self {
        let chance = (seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Self {
            name: format!("client{seed}"),
            client: Client::new(),
            chance,
            cuts: 0,
            open: Vec::new(),
            end: 0,
        }
    }

    fn chance(&mut self, of: u64) -> bool {
        self.chance ^= self.chance << 13;
        self.chance ^= self.chance >> 7;
        self.chance ^= self.chance << 17;
        self.chance.is_multiple_of(of)
    }

    fn text(&self, number: u64) -> String {
        format!("{} {number}", self.name)
    }

    async fn send(&mut self) {
        let text = self.text(self.client.machine.stats().accepted + 1);
        self.client.send(&text).await;
    }

    fn progress(&self) -> u64 {
        self.client.machine.stats().acknowledged + self.client.received.len() as u64
    }

    /// The connection has ended.
    fn note(&mut self, run: &Run) {
        run.ended.send_modify(|ended| *ended += 1);
        let stats = self.client.machine.stats();
        self.open.push((stats.acknowledged, stats.accepted));
    }

    /// One thing happens.
    async fn turn(&mut self, address: &str, run: &Run) {
        let (was_connected, before) = (self.client.is_connected(), self.progress());
        self.client.turn_at(address).await;
        let made = self.progress() - before;
        run.progress.send_modify(|progress| *progress += made);
        if was_connected && !self.client.is_connected() {
            self.note(run);
        }
    }

    /// Sends until the run ends, and then until the session does.
    pub async fn run(&mut self, address: &str, run: &Run) {
        while !run.ends.get() {
            while self.client.machine.stats().accepted
                < self.client.machine.stats().acknowledged + UNACKNOWLEDGED
            {
                self.send().await;
            }
            if self.client.is_connected() && self.chance(CUT_OF) {
                self.cuts += 1;
                self.note(run);
                self.client.cut().await;
            }
            self.turn(address, run).await;
        }
        self.end = self.client.machine.stats().accepted + 1;
        let mut ended = None;
        while !self.client.machine.is_over() {
            // Again after each connection: the node that has handled it may have been overtaken before it closed the session.
            if ended != Some(self.open.len()) {
                ended = Some(self.open.len());
                self.client.send(LAST).await;
            }
            self.turn(address, run).await;
        }
        // The end may have come while it was without a connection.
        let closed = matches!(self.client.loss(), None | Some(Loss::Refused(Refusal::Closed)));
        assert!(closed, "{}: {:?}", self.name, self.client.loss());
    }

    fn id(&self) -> &str {
        &self.client.control.iter().find_map(|text| text.strip_prefix("\u{10}W")).unwrap()[..32]
    }

    /// Judges what the application wrote of this client's session, and adds it up.
    pub fn judge(&self, journal: &Journal<'_>, sums: &mut Sums) {
        let history = &journal.0[self.id()];
        self.judge_sent(&history.handled, sums);
        self.judge_received(&history.sent, sums);
        sums.connections += self.open.len() as u64;
        sums.cuts += self.cuts;
    }

    /// Every message of the client was handled, with its number, in order.
    fn judge_sent(&self, handled: &[Handled<'_>], sums: &mut Sums) {
        let mut next = 1;
        let mut processes = HashMap::new();
        for Handled { number, process, text, crashed } in handled {
            let expected = if *number < self.end { self.text(*number) } else { LAST.to_owned() };
            assert_eq!(*text, expected, "{}", self.name);
            let before = processes.insert(number, process);
            if *number == next {
                next += 1;
                continue;
            }
            assert!(*number < next, "{}: {number} was handled before {next}", self.name);
            // Again only if it was not acknowledged when a connection ended.
            let was_open = self.open.iter().any(|(behind, last)| (behind + 1..=*last).contains(number));
            assert!(was_open, "{}: {number} was acknowledged, and handled again", self.name);
            let has_crashed = before.is_some_and(|process| crashed.contains(process));
            *(if has_crashed { &mut sums.doubled } else { &mut sums.taken_over }) += 1;
        }
        assert!(next > self.end, "{}: {next} was not handled", self.name);
        // The client learned the same.
        let undelivered = self.client.events.iter().find_map(|event| match event {
            Event::Fate { first, fate, .. } if *fate != Fate::Delivered => Some(*first),
            _ => None,
        });
        assert!(undelivered.is_none_or(|first| first > self.end), "{}: {undelivered:?}", self.name);
        sums.handled += next - 1;
    }

    /// Every message of the application came once, in order: each says its own number.
    fn judge_received(&self, accepted: &[u64], sums: &mut Sums) {
        let received = self.client.texts();
        for (place, text) in received.iter().enumerate() {
            assert_eq!(*text, (place + 1).to_string(), "{}", self.name);
        }
        // None of them was accepted twice, or by a node that was not the owner.
        let mut numbers = BTreeSet::new();
        let repeated = accepted.iter().find(|number| !numbers.insert(**number));
        assert_eq!(repeated, None, "{}", self.name);
        assert!(numbers.last().is_some_and(|last| *last <= received.len() as u64), "{}", self.name);
        sums.received += received.len() as u64;
        sums.untold += (received.len() - accepted.len()) as u64;
    }

    /// Every message of the client was booked once, in order, by transactions that commit the position.
    pub async fn judge_booked(&self, pool: &sqlx::PgPool) {
        let select = "SELECT number FROM booked WHERE session = $1 ORDER BY id";
        let booked: Vec<i64> = sqlx::query_scalar(select).bind(self.id()).fetch_all(pool).await.unwrap();
        assert!(booked.len() as u64 >= self.end, "{}", self.name);
        assert!(booked.iter().copied().eq(1..=booked.len() as i64), "{}: {booked:?}", self.name);
    }
}

/// A message of a client, as it was handled.
struct Handled<'a> {
    number: u64,
    text: &'a str,
    /// The process that handles it.
    process: u32,
    /// The processes that were killed before.
    crashed: Rc<HashSet<u32>>,
}

/// The events of one session's application, in order.
#[derive(Default)]
struct History<'a> {
    sent: Vec<u64>,
    handled: Vec<Handled<'a>>,
}

/// The application's journal, by session.
pub struct Journal<'a>(HashMap<&'a str, History<'a>>);

impl<'a> Journal<'a> {
    pub fn parse(text: &'a str) -> Self {
        let mut histories: HashMap<&str, History<'_>> = HashMap::new();
        let mut crashed = Rc::<HashSet<u32>>::default();
        for line in text.lines() {
            let words: Vec<&str> = line.splitn(5, ' ').collect();
            let number = words[2].parse().unwrap();
            let history = histories.entry(words[1]).or_default();
            match words[0] {
                "sent" => history.sent.push(number),
                "handled" => history.handled.push(Handled {
                    number,
                    process: words[3].parse().unwrap(),
                    text: words[4],
                    crashed: crashed.clone(),
                }),
                "killed" => drop(Rc::make_mut(&mut crashed).insert(number as u32)),
                other => panic!("a node {other}"),
            }
        }
        Self(histories)
    }
}
