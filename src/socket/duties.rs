//! What only a steady socket does for its machine.

use super::failure::{Diagnosis, Failure};
use super::gate::{Gatekeeper, Letterbox};
use super::message::{Outgoing, Payload};
use super::shell::{Duty, Note, Shell};
use crate::core::{Attempt, Closure as Closed, Decision, Input};
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
    fn gate(&self, driver: &Rc<Driver<Shell>>, attempt: Attempt) {
        if let Some((gatekeeper, _)) = &self.gatekeeper {
            gatekeeper(driver, attempt);
        }
    }

    fn ping(&self, driver: &Rc<Driver<Shell>>, attempt: Attempt) {
        if let Some(Outgoing(ping)) = self.ping.clone() {
            // A connection that is not open any more has other ways to say so.
            let _ = driver.handle(Input::Aside(attempt, ping));
        }
    }

    fn decide(&self, closed: &Closed) -> Decision {
        self.rule.as_ref().map_or(Decision::Usual, |rule| rule(closed))
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
