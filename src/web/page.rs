//! The page under the sockets. All steady sockets share one set of listeners and one timer, which are released with the
//! last of them.

use super::clock::{self, ClockJumpDetector};
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
    jumps: ClockJumpDetector,
}

struct Subscription {
    subscriber: Weak<dyn Subscriber>,
    /// The moment it waits for.
    deadline: Cell<Option<Instant>>,
    /// What it has not been told yet.
    pages: RefCell<VecDeque<Page>>,
}

/// Ends the subscription when it is dropped.
struct Handle(Rc<Subscription>);

/// Subscribes to the page and the time.
pub(super) fn subscribe(subscriber: Weak<dyn Subscriber>) -> Rc<dyn PageSubscription> {
    let subscription =
        Rc::new(Subscription { subscriber, deadline: Cell::default(), pages: RefCell::default() });
    HUB.with(|hub| hub.subscriptions.borrow_mut().push(subscription.clone()));
    Rc::new(Handle(subscription))
}

impl PageSubscription for Handle {
    fn listen(&self) {
        HUB.with(|hub| {
            let listens = { hub.listeners.borrow().is_some() };
            if !listens {
                hub.jumps.start();
                let listeners = PageListeners::new(on_page_event);
                // Should they be there by now, one set goes.
                let _former = hub.listeners.replace(Some(listeners));
            }
        });
    }

    fn wake_at(&self, deadline: Instant) {
        let next = &self.0.deadline;
        let earlier = || next.get().map_or(deadline, |at| at.min(deadline));
        // Also if there is a deadline: what threw before may have kept the timer from being set.
        HUB.with(|hub| hub.timer.set(earlier(), on_timer));
        next.set(Some(earlier()));
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
                let listeners = hub.listeners.take();
                drop(listeners);
                hub.timer.stop();
            }
        });
    }
}

/// The timer has fired.
fn on_timer(deadline: Instant) {
    HUB.with(|hub| {
        if !hub.timer.fired(deadline) {
            return;
        }
        let now = clock::now_exact();
        let listens = { hub.listeners.borrow().is_some() };
        if listens && hub.jumps.jumped() {
            hub.queue_event(Page::ClockJumped);
        }
        hub.dispatch(now);
    });
}

/// Something has happened to the page.
fn on_page_event(page: Page) {
    HUB.with(|hub| {
        hub.queue_event(page);
        hub.dispatch(clock::now_exact());
    });
}

/// If one subscriber throws, the others have their turn after so many milliseconds. Not less: what is posted can not be
/// taken back.
pub(super) const REST_DELAY: u64 = CLAMPED as u64;

impl Hub {
    fn queue_event(&self, page: Page) {
        for subscription in &*self.subscriptions.borrow() {
            subscription.pages.borrow_mut().push_back(page);
        }
    }

    /// Calls everybody who has something to be told, and sets the timer for the others.
    fn dispatch(&self, now: Instant) {
        while let Some((subscriber, page)) = self.next(now) {
            match page {
                Some(page) => subscriber.page(page),
                None => subscriber.tick(),
            }
        }
    }

    /// Somebody who has something to be told: a page event, or that its moment has come.
    fn next(&self, now: Instant) -> Option<(Rc<dyn Subscriber>, Option<Page>)> {
        // First the timer: should it throw, nothing is forgotten.
        self.timer.move_to(self.next_deadline(now), on_timer);
        let subscriptions = self.subscriptions.borrow();
        if subscriptions.is_empty() {
            // The last has left while it was set.
            drop(subscriptions);
            self.timer.stop();
            return None;
        }
        let next = subscriptions.iter().find(|subscription| subscription.is_due(now))?;
        let page = { next.pages.borrow_mut().pop_front() };
        if page.is_none() {
            next.deadline.set(None);
        }
        Some((next.subscriber.upgrade()?, page))
    }

    /// When the timer is to ring for all but the next turn.
    fn next_deadline(&self, now: Instant) -> Option<Instant> {
        let mut is_next = true;
        let moment = |subscription: &Rc<Subscription>| {
            let deadline = subscription.deadline.get();
            let mut turns =
                subscription.pages.borrow().len() + usize::from(deadline.is_some_and(|at| at <= now));
            if turns > 0 && ::std::mem::take(&mut is_next) {
                turns -= 1;
            }
            if turns > 0 { Some(now.after(REST_DELAY)) } else { deadline.filter(|at| *at > now) }
        };
        self.subscriptions.borrow().iter().filter_map(moment).min()
    }
}

impl Subscription {
    fn is_due(&self, now: Instant) -> bool {
        !self.pages.borrow().is_empty() || self.deadline.get().is_some_and(|moment| moment <= now)
    }
}
