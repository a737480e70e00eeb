//! Events that have not been expected yet, and the results of callbacks.

use crate::words::shown_event;
use futures_util::FutureExt;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use steady_websocket::{Event, Events, Sender};

/// Events and callbacks, in order.
#[derive(Default)]
pub struct Log {
    pub events: RefCell<Option<Events>>,
    entries: RefCell<VecDeque<String>>,
    pub gives_up: Cell<bool>,
    pub ignores_drain: Cell<bool>,
    pub sender: RefCell<Option<Rc<Sender>>>,
}

impl Log {
    /// Reads the events that have arrived.
    fn read(&self) {
        while let Some(event) = self.read_one() {
            if matches!(event, Event::Reconnecting { .. })
                && self.gives_up.get()
                && let Some(sender) = &*self.sender.borrow()
            {
                sender.give_up().unwrap();
            }
            if !(matches!(event, Event::Drain) && self.ignores_drain.get()) {
                self.entries.borrow_mut().push_back(shown_event(event));
            }
        }
    }

    fn read_one(&self) -> Option<Event> {
        self.events.borrow_mut().as_mut()?.next().now_or_never().flatten()
    }

    /// Records a callback after the events so far.
    pub fn callback(&self, what: &str) {
        self.read();
        self.entries.borrow_mut().push_back(format!("callback {what}"));
    }

    pub fn next(&self) -> Option<String> {
        self.read();
        self.entries.borrow_mut().pop_front()
    }
}

/// The results of a callback, call by call; the last one is used for all further calls.
#[derive(Clone, Default)]
pub struct Answers(Rc<RefCell<VecDeque<String>>>);

impl Answers {
    pub fn push(&self, answer: &str) {
        self.0.borrow_mut().push_back(answer.to_owned());
    }

    pub fn some(&self) -> bool {
        !self.0.borrow().is_empty()
    }

    pub fn next(&self) -> String {
        let mut answers = self.0.borrow_mut();
        if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() }.expect("an answer")
    }
}
