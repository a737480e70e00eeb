//! What happens on a fresh connection before queued messages flow.

use super::error::SendError;
use super::failure::Note;
use super::message::{Message, Outgoing, Payload};
use super::shell::Shell;
use super::wakers::WakerSet;
use crate::core::{Attempt, Input};
use crate::web::Driver;
use crate::web::platform::spawn_local;
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::rc::{Rc, Weak};
use std::task::Poll;

/// A fresh connection that nothing queued has used yet: say who you are.
/// See [`before_flush`](crate::Builder::before_flush).
pub struct Gate {
    driver: Weak<Driver<Shell>>,
    attempt: Attempt,
    letterbox: Rc<Letterbox>,
}

/// Where a message waits that whoever opens the gate asked for.
#[derive(Default)]
pub(super) struct Letterbox {
    wanted: Cell<bool>,
    message: RefCell<Option<Payload>>,
    pub(super) wakers: WakerSet,
}

impl Letterbox {
    /// Gives the message back unless one is wanted.
    pub(super) fn take_in(&self, message: Payload) -> Option<Payload> {
        if !self.wanted.take() {
            return Some(message);
        }
        let before = self.message.replace(Some(message));
        self.wakers.wake();
        before
    }
}

impl Gate {
    /// The number of the connection, from 1.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Sends ahead of everything queued, on this connection or not at all.
    pub fn send(&self, message: impl Into<Outgoing>) -> Result<(), SendError> {
        let Some(driver) = self.driver.upgrade() else { return Err(SendError::Closed) };
        Ok(driver.handle(Input::Aside(self.attempt, message.into().0))?)
    }

    /// The next message from the server, kept from the application; `None` if the connection was
    /// lost. What arrives while nobody waits here is the application's.
    pub fn next(&mut self) -> impl Future<Output = Option<Message>> {
        let wish = Wish(self);
        self.letterbox.wakers.until(move || wish.look().map(|message| message.map(Payload::into_message)))
    }
}

struct Wish<'g>(&'g Gate);

impl Wish<'_> {
    fn look(&self) -> Poll<Option<Payload>> {
        let Some(driver) = self.0.driver.upgrade() else { return Poll::Ready(None) };
        let message = self.0.letterbox.message.take();
        if message.is_some() || !driver.machine().delivers(self.0.attempt) {
            return Poll::Ready(message);
        }
        self.0.letterbox.wanted.set(true);
        Poll::Pending
    }
}

impl Drop for Wish<'_> {
    fn drop(&mut self) {
        let letterbox = &self.0.letterbox;
        letterbox.wanted.set(false);
        // It came, but whoever wished for it is gone.
        let message = { letterbox.message.take() };
        if let (Some(driver), Some(message)) = (self.0.driver.upgrade(), message) {
            driver.host().inbox.push(message);
        }
    }
}

/// Begins what must be done on a fresh connection.
pub(super) type Gatekeeper = Box<dyn Fn(&Rc<Driver<Shell>>, Attempt)>;

pub(super) fn gatekeeper<F, A, E>(open: F) -> (Gatekeeper, Rc<Letterbox>)
where
    F: Fn(Gate) -> A + 'static,
    A: Future<Output = Result<(), E>> + 'static,
{
    let letterbox = Rc::<Letterbox>::default();
    let gates = letterbox.clone();
    let keeper = Box::new(move |driver: &Rc<Driver<Shell>>, attempt| {
        let driver = Rc::downgrade(driver);
        let opening = open(Gate { driver: driver.clone(), attempt, letterbox: gates.clone() });
        spawn_local(async move {
            let opened = opening.await.is_ok();
            if let Some(driver) = driver.upgrade() {
                driver.host().note(Note::Gate(opened));
                // A strict socket has no gate.
                let _ = driver.handle(Input::Gate(attempt, opened));
            }
        });
    });
    (keeper, letterbox)
}
