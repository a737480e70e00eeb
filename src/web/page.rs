//! The page under the sockets. All steady sockets share one set of listeners and one timer, which are released with the
//! last of them.

use super::clock::{self, JumpWatch};
use super::platform::PageListeners;
use super::timer::{CLAMPED, Timer};
use crate::core::{Instant, Page};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

/// Receives page events and timer ticks.
pub(super) trait Subscriber {
    fn page(self: Rc<Self>, page: Page);
    /// The moment that it waits for has come.
    fn tick(self: Rc<Self>);
}

/// What the page gives to a subscriber, until it is dropped. An object, so that a strict socket carries nothing of it.
pub(super) trait PageSubscription {
    /// Listens to the page, unless that is done already.
    fn listen(&self);
    /// Schedules a tick at or before the deadline.
    fn wake_at(&self, deadline: Instant);
}

thread_local! {
    static HUB: Hub = Hub::default();
}

// Page scripts may have replaced the platform's timers and listeners, and what replaces them may call anything or throw:
// it is called with no borrow held, and nothing is noted as done before it returns.

#[derive(Default)]
struct Hub {
    subscriptions: RefCell<Vec<Rc<Subscription>>>,
    /// A task for each would cost more than what a socket does in it.
    timer: Timer,
    listeners: RefCell<Option<PageListeners>>,
    jumps: JumpWatch,
}

struct Subscription {
    subscriber: Weak<dyn Subscriber>,
    /// The moment it waits for.
    alarm: Cell<Option<Instant>>,
    /// What it has not been told yet.
    pages: RefCell<VecDeque<Page>>,
}

/// Ends the subscription when it is dropped.
struct Handle(Rc<Subscription>);

/// Subscribes to the page and the time.
pub(super) fn subscribe(subscriber: Weak<dyn Subscriber>) -> Rc<dyn PageSubscription> {
    let subscription =
        Rc::new(Subscription { subscriber, alarm: Cell::default(), pages: RefCell::default() });
    HUB.with(|hub| hub.subscriptions.borrow_mut().push(subscription.clone()));
    Rc::new(Handle(subscription))
}

impl PageSubscription for Handle {
    fn listen(&self) {
        HUB.with(|hub| {
            let listens = { hub.listeners.borrow().is_some() };
            if !listens {
                hub.jumps.start();
                let listeners = PageListeners::new(told);
                // Should they be there by now, one set goes.
                let _former = hub.listeners.replace(Some(listeners));
            }
        });
    }

    fn wake_at(&self, deadline: Instant) {
        let alarm = &self.0.alarm;
        let is_late = || alarm.get().is_none_or(|at| deadline < at);
        if is_late() {
            HUB.with(|hub| hub.timer.set(deadline, ring));
            if is_late() {
                alarm.set(Some(deadline));
            }
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        HUB.with(|hub| {
            let is_last = {
                let mut subscriptions = hub.subscriptions.borrow_mut();
                subscriptions.retain(|other| !Rc::ptr_eq(other, &self.0));
                subscriptions.is_empty()
            };
            if is_last {
                hub.timer.stop();
                let _gone = hub.listeners.take();
            }
        });
    }
}

/// The timer has fired.
fn ring(deadline: Instant) {
    HUB.with(|hub| {
        if !hub.timer.fired(deadline) {
            return;
        }
        let now = clock::exactly();
        let listens = { hub.listeners.borrow().is_some() };
        if listens && hub.jumps.jumped() {
            hub.tell(Page::ClockJumped);
        }
        hub.serve(now);
    });
}

/// Something has happened to the page.
fn told(page: Page) {
    HUB.with(|hub| {
        hub.tell(page);
        hub.serve(clock::exactly());
    });
}

/// If one subscriber throws, the others have their turn after so many milliseconds. Not less: what is posted can not be
/// taken back.
pub(super) const RETURN: u64 = CLAMPED as u64;

impl Hub {
    fn tell(&self, page: Page) {
        for subscription in &*self.subscriptions.borrow() {
            subscription.pages.borrow_mut().push_back(page);
        }
    }

    /// Calls everybody who has something to be told, and sets the timer for the others.
    fn serve(&self, now: Instant) {
        while let Some((subscriber, page)) = self.next(now) {
            match page {
                Some(page) => subscriber.page(page),
                None => subscriber.tick(),
            }
        }
    }

    /// Somebody who has something to be told: a page event, or that its moment has come.
    fn next(&self, now: Instant) -> Option<(Rc<dyn Subscriber>, Option<Page>)> {
        let (mut next, mut earliest) = (None, None);
        for subscription in &*self.subscriptions.borrow() {
            let alarm = &subscription.alarm;
            let is_due = |moment: Instant| moment <= now;
            let waits = { !subscription.pages.borrow().is_empty() };
            if next.is_none() && (waits || alarm.get().is_some_and(is_due)) {
                let page = { subscription.pages.borrow_mut().pop_front() };
                if page.is_none() {
                    alarm.set(None);
                }
                next = subscription.subscriber.upgrade().map(|subscriber| (subscriber, page));
            }
            let waits = { !subscription.pages.borrow().is_empty() };
            let moment = if waits { Some(now) } else { alarm.get() };
            if let Some(moment) = moment {
                let moment = if is_due(moment) { now.after(RETURN) } else { moment };
                earliest = Some(earliest.map_or(moment, |other: Instant| moment.min(other)));
            }
        }
        self.timer.move_to(earliest, ring);
        next
    }
}
