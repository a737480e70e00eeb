//! What only a steady socket does for its machine.

use super::failure::{Diagnosis, Failure, Note};
use super::gate::{Gatekeeper, Letterbox};
use super::message::{Outgoing, Parcel, Payload};
use super::shell::{Duty, Shell};
use crate::core::{Closure as Closed, Decision, Effect, Input};
use crate::web::Driver;
use std::rc::Rc;

pub(super) type Pong = Box<dyn Fn(&Payload) -> bool>;
pub(super) type Rule = Box<dyn Fn(&Closed) -> Decision>;

#[derive(Default)]
pub(super) struct Duties {
    pub(super) ping: Option<Outgoing>,
    pub(super) pong: Option<Pong>,
    pub(super) rule: Option<Rule>,
    pub(super) gatekeeper: Option<(Gatekeeper, Rc<Letterbox>)>,
    diagnosis: Diagnosis,
}

impl Duty for Duties {
    fn oblige(&self, driver: &Rc<Driver<Shell>>, effect: Effect<Parcel>) {
        match effect {
            Effect::Gate(attempt) => {
                if let Some((gatekeeper, _)) = &self.gatekeeper {
                    gatekeeper(driver, attempt);
                }
            }
            Effect::Ping(attempt) => {
                if let Some(Outgoing(ping)) = self.ping.clone() {
                    // A connection that is not open any more has other ways to say so.
                    let _ = driver.handle(Input::Aside(attempt, ping));
                }
            }
            Effect::Ask(attempt) => {
                let closed = driver.machine().closure();
                let decision = self.rule.as_ref().map_or(Decision::Usual, |rule| rule(&closed));
                // An answer that comes too late changes nothing.
                let _ = driver.handle(Input::Decide(attempt, decision));
            }
            // The driver's own.
            _ => {}
        }
    }

    fn is_pong(&self, message: &Payload) -> bool {
        self.pong.as_ref().is_some_and(|is_pong| is_pong(message))
    }

    fn intercept(&self, message: Payload) -> Option<Payload> {
        match &self.gatekeeper {
            Some((_, letterbox)) => letterbox.take_in(message),
            None => Some(message),
        }
    }

    fn note(&self, note: Note<'_>) {
        self.diagnosis.note(note, self.gatekeeper.is_some());
    }

    fn last_failure(&self) -> Option<Failure> {
        self.diagnosis.last()
    }
}
