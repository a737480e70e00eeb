//! An account of every message, computed from the inputs and effects alone.

use super::api::*;
use super::world::{Broken, rule};

/// Payloads from here on are direct sends; below, a payload is its message's ticket.
pub const ASIDE: u64 = 1 << 60;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Queued,
    Flying,
    /// In flight on a connection that ended with it in doubt, or delivered; its fate is about to be reported.
    Doubted,
    Delivered,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// `None` for a direct send.
    pub ticket: Option<u64>,
    pub size: u64,
    pub place: Place,
    pub expires: Option<Instant>,
    /// The message that it replaced when it was accepted.
    pub replaces: Option<u64>,
    /// The newest message that replaced it, unless that did not fit and perhaps replaced nothing.
    pub replaced_by: Option<u64>,
    /// True if a message was to replace it.
    pub may_be_replaced: bool,
    session: Option<u64>,
    fate: Option<Fate>,
    gone: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    pub kept: Vec<Kept>,
    pub native: u64,
    pub never_sent: u64,
    pub session: u64,
    /// Sends after closing began whose fate is not reported yet.
    late: u64,
    pub next: u64,
    /// Consecutive samples that showed no progress.
    pub fruitless: u32,
    /// The page was frozen, and no sample since then is surely current.
    pub stale: bool,
    /// When a page that runs again reads current amounts.
    pub fresh: Option<Instant>,
    pub aside_size: u64,
    /// The default lifetime of the queue.
    pub lifetime: Option<Millis>,
}

impl Account {
    pub fn accepted(&mut self, message: &OutgoingMessage<u64>, now: Instant) {
        let ticket = self.next;
        self.next += 1;
        let session = message.session_bound.then_some(self.session);
        let kept = Kept {
            ticket: Some(ticket),
            size: message.size,
            place: Place::Queued,
            expires: message.lifetime.or(self.lifetime).map(|span| now.after(span)),
            replaces: message.replaces.map(|older| older.0),
            replaced_by: None,
            may_be_replaced: false,
            session,
            fate: None,
            gone: false,
        };
        let older =
            self.kept.iter_mut().find(|other| other.ticket.is_some() && other.ticket == kept.replaces);
        if let Some(older) = older {
            older.replaced_by = Some(ticket);
            older.may_be_replaced = true;
        }
        self.kept.push(kept);
    }

    pub fn refused_late(&mut self, steady: bool) {
        self.next += 1;
        self.late += u64::from(steady);
    }

    pub fn aside(&mut self, message: &OutgoingMessage<u64>) {
        self.aside_size = message.size;
    }

    /// Records a payload handed to the connection; returns whether it was a direct send.
    pub fn transmitted(&mut self, payload: u64, now: Instant, steady: bool) -> Result<bool, Broken> {
        if payload >= ASIDE {
            let size = self.aside_size;
            self.native += size;
            let aside = Place::Flying;
            self.kept.push(Kept {
                ticket: None,
                size,
                place: aside,
                expires: None,
                replaces: None,
                replaced_by: None,
                may_be_replaced: false,
                session: None,
                fate: None,
                gone: false,
            });
            return Ok(true);
        }
        let (oldest, session) = (
            self.kept.iter().position(|kept| kept.place == Place::Queued && kept.fate.is_none()),
            self.session,
        );
        let at = oldest.ok_or("transmitted what was never accepted")?;
        let kept = self.kept.get_mut(at).ok_or("no longer there")?;
        rule(kept.ticket == Some(payload), || format!("overtaking {:?}", kept.ticket))?;
        rule(kept.session.is_none_or(|bound| bound == session), || "into another session".into())?;
        rule(kept.expires.is_none_or(|at| at > now), || "past its lifetime".into())?;
        rule(kept.replaced_by.is_none(), || "replaced already".into())?;
        kept.place = Place::Flying;
        self.native += kept.size;
        // Messages in flight come before queued ones; a newer message goes behind an older one.
        let kept = self.kept.remove(at);
        if steady {
            let behind =
                self.kept.iter().rposition(|kept| kept.place == Place::Flying).map_or(0, |at| at + 1);
            self.kept.insert(behind, kept);
        }
        Ok(false)
    }

    /// Records the end of the connection: what is known never to have left is queued again, the rest is in doubt.
    pub fn cut(&mut self, unsent: u64, ours_and_clean: bool, steady: bool) {
        (self.native, self.fruitless, self.stale) = (0, 0, false);
        if !steady {
            self.never_sent += unsent;
            self.kept.retain(|kept| kept.place == Place::Queued);
            return;
        }
        let mut flying: Vec<Kept> = Vec::new();
        let mut queued: Vec<Kept> = Vec::new();
        for kept in self.kept.drain(..) {
            if kept.place == Place::Flying { flying.push(kept) } else { queued.push(kept) }
        }
        // Written as the definition reads: a message never left if it and all after it fit into the unsent bytes and,
        // if it is empty, one before it did not leave.
        let tail = |at: usize| flying.iter().skip(at).map(|kept| kept.size).sum::<u64>();
        let stayed = |(at, kept): (usize, &Kept)| kept.size > 0 && tail(at) <= unsent;
        let first = flying.iter().enumerate().position(stayed).unwrap_or(flying.len());
        for (at, kept) in flying.iter_mut().enumerate() {
            kept.place = match (at >= first, ours_and_clean) {
                (true, _) => Place::Queued,
                (false, true) => Place::Delivered,
                (false, false) => Place::Doubted,
            };
        }
        flying.retain(|kept| kept.ticket.is_some());
        flying.append(&mut queued);
        self.kept = flying;
    }

    pub fn fate(&mut self, ticket: Ticket, fate: Fate, now: Instant) -> Result<(), Broken> {
        let at = self.kept.iter().position(|kept| kept.ticket == Some(ticket.0));
        let flying =
            self.kept.iter().skip(at.map_or(0, |at| at + 1)).filter(|kept| kept.place == Place::Flying);
        let younger: u64 = flying.map(|kept| kept.size).sum();
        let Some(kept) = at.and_then(|at| self.kept.get_mut(at)) else {
            rule(self.late > 0 && fate == Fate::Discarded(Why::Closed), || "a fate for nobody".into())?;
            self.late -= 1;
            return Ok(());
        };
        rule(kept.fate.is_none(), || format!("a second fate after {:?}", kept.fate))?;
        let fits = match (fate, kept.place) {
            // It has left if all unsent bytes are newer; an empty one right before them may have left.
            (Fate::HandedOver, Place::Flying) => {
                younger >= self.native && (kept.size + younger > self.native || self.native == 0)
            }
            (Fate::HandedOver, place) => place == Place::Delivered,
            (Fate::Discarded(Why::InDoubt), place) => place == Place::Doubted,
            (Fate::Discarded(Why::Expired), Place::Queued) => kept.expires.is_some_and(|at| at <= now),
            (Fate::Discarded(Why::StaleSession), Place::Queued) => {
                kept.session.is_some_and(|bound| bound != self.session)
            }
            (Fate::Discarded(Why::Replaced), Place::Queued) => kept.may_be_replaced,
            (Fate::Discarded(_), place) => place == Place::Queued,
        };
        rule(fits, || format!("not the fate of {kept:?}"))?;
        kept.fate = Some(fate);
        kept.gone = fate == Fate::HandedOver;
        if fate == Fate::Discarded(Why::Overflow) {
            let older = self.kept.iter_mut().find(|older| older.replaced_by == Some(ticket.0));
            if let Some(older) = older {
                older.replaced_by = None;
            }
        }
        Ok(())
    }

    pub fn discarded(&mut self, ticket: Ticket, payload: u64, why: Why, now: Instant) -> Result<(), Broken> {
        self.fate(ticket, Fate::Discarded(why), now)?;
        let kept = self.kept.iter_mut().find(|kept| kept.ticket == Some(ticket.0) && !kept.gone);
        let kept = kept.ok_or("discarded what was not kept")?;
        rule(payload == ticket.0, || "another's payload".into())?;
        kept.gone = true;
        if why == Why::Closed {
            self.never_sent += kept.size;
        }
        Ok(())
    }

    pub fn sampled(&mut self, amount: u64, now: Instant) {
        self.fruitless = if amount < self.native || amount == 0 { 0 } else { self.fruitless + 1 };
        self.native = amount;
        if self.fresh.is_some_and(|at| at <= now) {
            self.stale = false;
        }
    }

    /// Nothing is queued or in flight.
    pub fn is_settled(&self) -> bool {
        self.kept.iter().all(|kept| kept.gone || kept.ticket.is_none())
    }

    /// No message below this ticket is queued or in flight.
    pub fn is_settled_below(&self, ticket: u64) -> bool {
        self.kept.iter().all(|kept| kept.gone || kept.ticket.is_none_or(|own| own >= ticket))
    }

    /// Returns whether this message has that fate, reported already or not.
    pub fn was_discarded(&self, ticket: Ticket, why: Why) -> bool {
        let kept = self.kept.iter().find(|kept| kept.ticket == Some(ticket.0));
        kept.is_some_and(|kept| kept.fate.is_none_or(|fate| fate == Fate::Discarded(why)))
    }

    fn there(&self, place: Place) -> impl Iterator<Item = &Kept> {
        self.kept.iter().filter(move |kept| kept.place == place && !kept.gone)
    }

    pub fn flying(&self) -> usize {
        self.there(Place::Flying).count()
    }

    /// Messages and bytes queued.
    pub fn queued(&self) -> (u64, u64) {
        (self.there(Place::Queued).count() as u64, self.there(Place::Queued).map(|kept| kept.size).sum())
    }

    /// Queued tickets, oldest first.
    pub fn queue(&self) -> Vec<u64> {
        self.there(Place::Queued).filter_map(|kept| kept.ticket).collect()
    }

    /// Removes messages whose fate is decided, and direct sends that a sample showed to have left.
    pub fn tidy(&mut self) {
        self.kept.retain(|kept| !kept.gone);
        if self.native == 0 {
            self.kept.retain(|kept| kept.ticket.is_some() || kept.place != Place::Flying);
        }
    }
}
