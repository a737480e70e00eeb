//! What only a steady socket does for its machine.

use super::errand::Errand;
use super::error::OpenError;
use super::failure::{Diagnosis, Failure};
use super::gate::{Gate, Letterbox};
use super::message::{Outgoing, Parcel, Payload};
use super::shell::{Callbacks, Shell};
use crate::core::{Attempt, Closure as Closed, Decision, Effect, Event, Input, NotDialed, ReadyState};
use crate::web::Driver;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

pub(super) type IsPong = Box<dyn Fn(&Payload) -> bool>;
pub(super) type RetryRule = Box<dyn Fn(&Closed) -> Decision>;
/// Begins what must be done on a fresh connection.
pub(super) type Gatekeeper = Box<dyn Fn(Gate) -> Errand>;

#[derive(Default)]
pub(super) struct SteadyCallbacks {
    pub(super) ping: Option<Outgoing>,
    pub(super) is_pong: Option<IsPong>,
    pub(super) rule: Option<RetryRule>,
    pub(super) gatekeeper: Option<Gatekeeper>,
    /// Of the present gate.
    letterbox: RefCell<Rc<Letterbox>>,
    /// What runs in it.
    errand: Cell<Option<Errand>>,
    /// Whether every attempt is made with the same address and sub-protocols.
    pub(super) is_fixed: bool,
    diagnosis: Diagnosis,
}

impl SteadyCallbacks {
    fn begin_gate(&self, driver: &Rc<Driver<Shell>>, attempt: Attempt) {
        let Some(gatekeeper) = &self.gatekeeper else { return };
        if !driver.machine().delivers(attempt) {
            return;
        }
        let letterbox = Rc::<Letterbox>::default();
        self.letterbox.replace(letterbox.clone());
        let errand = gatekeeper(Gate::new(driver, attempt, letterbox));
        if driver.machine().delivers(attempt) {
            let _former = self.errand.replace(Some(errand));
        }
    }
}

impl Callbacks for SteadyCallbacks {
    fn perform(&self, driver: &Rc<Driver<Shell>>, effect: Effect<Parcel>) {
        match effect {
            Effect::Gate(attempt) => self.begin_gate(driver, attempt),
            Effect::Ping(attempt) => {
                if let Some(Outgoing(ping)) = self.ping.clone() {
                    driver.answer(Input::Aside(attempt, ping));
                }
            }
            Effect::Ask(attempt) if driver.machine().ready_state() != ReadyState::Closed => {
                let failure = self.diagnosis.told(false);
                let closed = failure.map_or_else(|| driver.engine().closure(), |failure| failure.closed);
                let decision = self.rule.as_ref().map_or(Decision::Usual, |rule| rule(&closed));
                // An answer that comes too late changes nothing.
                let _ = driver.handle(Input::Decide(attempt, decision));
            }
            Effect::Failure(failure) => self.diagnosis.failed(driver, failure),
            // The driver's own.
            _ => {}
        }
    }

    fn is_pong(&self, message: &Payload) -> bool {
        self.is_pong.as_ref().is_some_and(|is_pong| is_pong(message))
    }

    fn intercept(&self, message: Payload) -> Option<Payload> {
        let letterbox = { self.letterbox.borrow().clone() };
        letterbox.receive(message)
    }

    fn release(&self) {
        let _errand = self.errand.take();
        let letterbox = { self.letterbox.borrow().clone() };
        letterbox.close();
    }

    fn dialed(&self, url: &str, error: Option<&OpenError>) -> NotDialed {
        self.diagnosis.dialed(url, error.cloned());
        if self.is_fixed { NotDialed::ForbiddenForGood } else { NotDialed::Forbidden }
    }

    fn fire(&self, event: &Event<Parcel>) -> Option<Failure> {
        match event {
            Event::Open(_) => self.diagnosis.opened(),
            Event::Reconnecting { .. } | Event::Close => return self.diagnosis.told(true),
            _ => {}
        }
        None
    }

    fn last_failure(&self) -> Option<Failure> {
        self.diagnosis.last()
    }
}
