//! The page under the sockets: one set of listeners for all of them, and one timer, gone with the last one.

use super::clock::{self, JumpWatch};
use super::platform::PageEvents;
use super::timer::{CLAMPED, Timer};
use crate::core::{Instant, Page};
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

/// Whoever wants to hear of the page, and of the time.
pub(super) trait Audience {
    fn page(self: Rc<Self>, page: Page);
    /// The moment that it waits for has come.
    fn tick(self: Rc<Self>);
}

/// What the page gives to whoever listens to it. An object, so that a strict socket carries nothing of it.
pub(super) trait Attendance {
    /// Listens to the page, if nobody does.
    fn listen(&self);
    /// Sees to it that there is a tick at the deadline, or before: it is moved only when it would come too late.
    fn wake_at(&self, deadline: Instant);
}

thread_local! {
    static HUB: RefCell<Hub> = RefCell::default();
}

#[derive(Default)]
struct Hub {
    audience: Vec<(Rc<Alarm>, Weak<dyn Audience>)>,
    /// A task for each would cost more than what a socket does in it.
    timer: Timer,
    ears: Option<Ears>,
}

struct Ears {
    _events: PageEvents,
    jumps: JumpWatch,
}

impl Ears {
    fn new() -> Self {
        Self { _events: PageEvents::new(tell), jumps: JumpWatch::new() }
    }
}

/// The moment somebody in the audience waits for.
type Alarm = Cell<Option<Instant>>;

/// A seat in the audience, given up when dropped.
struct Seat(Rc<Alarm>);

/// From now on the audience is told the time, and what happens to the page, until it drops what it is given.
pub(super) fn attend(audience: Weak<dyn Audience>) -> Rc<dyn Attendance> {
    let alarm = Rc::<Alarm>::default();
    HUB.with_borrow_mut(|hub| hub.audience.push((alarm.clone(), audience)));
    Rc::new(Seat(alarm))
}

impl Attendance for Seat {
    fn listen(&self) {
        HUB.with_borrow_mut(|hub| {
            hub.ears.get_or_insert_with(Ears::new);
        });
    }

    fn wake_at(&self, deadline: Instant) {
        let Self(alarm) = self;
        if alarm.get().is_none_or(|at| deadline < at) {
            alarm.set(Some(deadline));
            HUB.with_borrow(|hub| hub.timer.set(deadline, ring));
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        // Dropped after the borrow: listeners are let go with no hub held.
        let _gone = HUB.with_borrow_mut(|hub| {
            hub.audience.retain(|(alarm, _)| !Rc::ptr_eq(alarm, &self.0));
            if !hub.audience.is_empty() {
                return None;
            }
            hub.timer.stop();
            hub.ears.take()
        });
    }
}

/// Everybody whose moment has come is told.
fn ring(deadline: Instant) {
    if !HUB.with_borrow(|hub| hub.timer.fired(deadline)) {
        return;
    }
    let now = clock::exactly();
    if HUB.with_borrow(|hub| hub.ears.as_ref().is_some_and(|ears| ears.jumps.jumped())) {
        HUB.with_borrow(|hub| hub.timer.set(now.after(NET), ring));
        tell(Page::ClockJumped);
    }
    while let Some(one) = next(now) {
        one.tick();
    }
}

/// What is thrown meanwhile keeps the others waiting for so many milliseconds. Not less: what is posted can not be taken
/// back.
const NET: u64 = CLAMPED as u64;

/// Somebody whose moment has come. For the others the timer is set.
fn next(now: Instant) -> Option<Rc<dyn Audience>> {
    HUB.with_borrow(|hub| {
        let (mut next, mut earliest) = (None, None);
        for (alarm, one) in &hub.audience {
            let Some(mut moment) = alarm.get() else { continue };
            if moment <= now {
                if next.is_none() {
                    alarm.set(None);
                    next = one.upgrade();
                    continue;
                }
                moment = now.after(NET);
            }
            earliest = Some(earliest.map_or(moment, |other: Instant| moment.min(other)));
        }
        hub.timer.move_to(earliest, ring);
        next
    })
}

fn tell(page: Page) {
    // Copied out: whoever is told may open or drop sockets.
    let audience: Vec<Rc<dyn Audience>> =
        HUB.with_borrow(|hub| hub.audience.iter().filter_map(|(_, one)| one.upgrade()).collect());
    for one in audience {
        one.page(page);
    }
}
