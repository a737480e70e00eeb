//! Page events and timers. All steady sockets share one set of listeners and one timer, which are released with the
//! last socket.

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
    /// Called at its deadline.
    fn tick(self: Rc<Self>);
}

/// A subscription, which ends when it is dropped. A trait object, so that strict sockets do not carry it.
pub(super) trait PageSubscription {
    /// Attaches the page listeners unless they are attached.
    fn listen(&self);
    /// Schedules a tick at or before the deadline.
    fn wake_at(&self, deadline: Instant);
}

thread_local! {
    static HUB: Hub = Hub::default();
}

/// Calls `act` with the hub. Does nothing where a thread has ended it before it drops the last sockets.
fn with_hub(act: impl FnOnce(&Hub)) {
    let _ = HUB.try_with(act);
}

// Page scripts may have replaced the platform's timers and listeners, and the replacements may call anything or throw.
// So they are called without a borrow, and nothing is recorded as done before they return.

#[derive(Default)]
struct Hub {
    subscriptions: RefCell<Vec<Rc<Subscription>>>,
    /// Shared: a task for each socket would cost more than the socket's work in it.
    timer: Timer,
    listeners: RefCell<Option<PageListeners>>,
    jumps: ClockJumpDetector,
}

struct Subscription {
    subscriber: Weak<dyn Subscriber>,
    /// When it is to be called.
    deadline: Cell<Option<Instant>>,
    /// Page events that it has not received yet.
    pages: RefCell<VecDeque<Page>>,
}

/// Ends the subscription when it is dropped.
struct Handle(Rc<Subscription>);

/// Subscribes to the page and the time.
pub(super) fn subscribe(subscriber: Weak<dyn Subscriber>) -> Rc<dyn PageSubscription> {
    let subscription =
        Rc::new(Subscription { subscriber, deadline: Cell::default(), pages: RefCell::default() });
    with_hub(|hub| hub.subscriptions.borrow_mut().push(subscription.clone()));
    Rc::new(Handle(subscription))
}

impl PageSubscription for Handle {
    fn listen(&self) {
        with_hub(|hub| {
            let listens = { hub.listeners.borrow().is_some() };
            if !listens {
                hub.jumps.start();
                let listeners = PageListeners::new(on_page_event);
                // If a nested call has attached listeners meanwhile, one set is dropped.
                let _former = hub.listeners.replace(Some(listeners));
            }
        });
    }

    fn wake_at(&self, deadline: Instant) {
        let next = &self.0.deadline;
        let earlier = || next.get().map_or(deadline, |at| at.min(deadline));
        // Even if there is an earlier deadline: an exception may have prevented the timer from being set.
        with_hub(|hub| hub.timer.set(earlier(), on_timer));
        next.set(Some(earlier()));
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        with_hub(|hub| {
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

/// Handles the timer.
fn on_timer(deadline: Instant) {
    with_hub(|hub| {
        if !hub.timer.fired(deadline) {
            return;
        }
        let now = clock::now();
        let listens = { hub.listeners.borrow().is_some() };
        if listens && hub.jumps.jumped() {
            hub.queue_event(Page::ClockJumped);
        }
        hub.dispatch(now);
    });
}

/// Handles a page event.
fn on_page_event(page: Page) {
    with_hub(|hub| {
        hub.queue_event(page);
        hub.dispatch(clock::now());
    });
}

/// If a subscriber throws, the others are called after so many milliseconds. A shorter delay would use a posted task,
/// which cannot be cancelled.
pub(super) const REST_DELAY: u64 = CLAMPED as u64;

impl Hub {
    fn queue_event(&self, page: Page) {
        for subscription in &*self.subscriptions.borrow() {
            subscription.pages.borrow_mut().push_back(page);
        }
    }

    /// Calls every subscriber that is due, and sets the timer for the others.
    fn dispatch(&self, now: Instant) {
        while let Some((subscriber, page)) = self.next(now) {
            match page {
                Some(page) => subscriber.page(page),
                None => subscriber.tick(),
            }
        }
    }

    /// Returns a subscriber that is due, with its page event or `None` for a tick.
    fn next(&self, now: Instant) -> Option<(Rc<dyn Subscriber>, Option<Page>)> {
        // First the timer: if it throws, nothing is lost.
        self.timer.move_to(self.next_deadline(now), on_timer);
        let subscriptions = self.subscriptions.borrow();
        if subscriptions.is_empty() {
            // The last subscriber left while the timer was set.
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

    /// Returns the deadline of all calls but the next one.
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
