//! What the application provides to a steady socket.

use super::abort_on_drop::AbortOnDrop;
use super::error::OpenError;
use super::failure::{Failure, FailureLog};
use super::gate::{Gate, GateInbox};
use super::keys::KeyTable;
use super::message::{Keyed, Outgoing, OutgoingData, Payload};
use super::shell::{Callbacks, Shell};
use crate::core::{
    Attempt, CloseInfo, Decision, Effect, Error, Event, Input, NotDialed, OutgoingMessage, ReadyState, Ticket,
};
use crate::web::Driver;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

pub(super) type IsPong = Box<dyn Fn(&Payload) -> bool>;
pub(super) type RetryRule = Box<dyn Fn(&CloseInfo) -> Decision>;
/// Starts the application's work on a new connection.
pub(super) type BeforeFlush = Box<dyn Fn(Gate) -> AbortOnDrop>;

#[derive(Default)]
pub(super) struct SteadyCallbacks {
    pub(super) ping: Option<Outgoing>,
    pub(super) is_pong: Option<IsPong>,
    pub(super) rule: Option<RetryRule>,
    pub(super) before_flush: Option<BeforeFlush>,
    /// Of the current gate.
    gate_inbox: RefCell<Rc<GateInbox>>,
    /// The application's future that runs in it.
    task: Cell<Option<AbortOnDrop>>,
    /// Whether every attempt uses the same address and sub-protocols.
    pub(super) is_fixed: bool,
    failures: FailureLog,
    keys: RefCell<KeyTable>,
}

impl SteadyCallbacks {
    fn begin_gate(&self, driver: &Rc<Driver<Shell>>, attempt: Attempt) {
        let Some(before_flush) = &self.before_flush else { return };
        if !driver.machine().delivers(attempt) {
            return;
        }
        let gate_inbox = Rc::<GateInbox>::default();
        self.gate_inbox.replace(gate_inbox.clone());
        let task = before_flush(Gate::new(driver, attempt, gate_inbox));
        if driver.machine().delivers(attempt) {
            let _former = self.task.replace(Some(task));
        }
    }
}

impl Callbacks for SteadyCallbacks {
    fn perform(&self, driver: &Rc<Driver<Shell>>, effect: Effect<OutgoingData>) {
        match effect {
            Effect::Gate(attempt) => self.begin_gate(driver, attempt),
            Effect::Ping(attempt) => {
                if let Some(Outgoing(ping)) = self.ping.clone() {
                    driver.answer(Input::SendDirect(attempt, ping));
                }
            }
            Effect::Ask(attempt) if driver.machine().ready_state() != ReadyState::Closed => {
                let failure = self.failures.report(false);
                let closed = failure.map_or_else(|| driver.engine().close_info(), |failure| failure.closed);
                let decision = self.rule.as_ref().map_or(Decision::Usual, |rule| rule(&closed));
                // A late answer is ignored.
                let _ = driver.handle(Input::Decide(attempt, decision));
            }
            Effect::Failure(failure) => self.failures.failed(driver, failure),
            // The driver performs the others.
            _ => {}
        }
    }

    fn is_pong(&self, message: &Payload) -> bool {
        self.is_pong.as_ref().is_some_and(|is_pong| is_pong(message))
    }

    fn intercept(&self, message: Payload) -> Option<Payload> {
        let gate_inbox = { self.gate_inbox.borrow().clone() };
        gate_inbox.receive(message)
    }

    fn release(&self) {
        let _task = self.task.take();
        let gate_inbox = { self.gate_inbox.borrow().clone() };
        gate_inbox.close();
    }

    fn dialed(&self, url: &str, error: Option<&OpenError>) -> NotDialed {
        self.failures.dialed(url, error.cloned());
        if self.is_fixed { NotDialed::ForbiddenForGood } else { NotDialed::Forbidden }
    }

    fn fire(&self, event: &Event<OutgoingData>) -> Option<Failure> {
        match event {
            Event::Open(_) => self.failures.opened(),
            Event::Reconnecting { .. } | Event::Close => return self.failures.report(true),
            _ => {}
        }
        None
    }

    fn last_failure(&self) -> Option<Failure> {
        self.failures.last()
    }

    fn send(
        &self,
        driver: &Rc<Driver<Shell>>,
        mut message: OutgoingMessage<OutgoingData>,
    ) -> Result<Ticket, Error> {
        let OutgoingData::Keyed(keyed) = message.payload else { return driver.send(message) };
        let Keyed { key, data, send } = Rc::unwrap_or_clone(keyed);
        message.payload = data;
        send(&self.keys, driver, message, key)
    }
}
