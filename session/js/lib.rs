//! `steady_session::Client` for JavaScript. Only numbers and control frames cross the boundary; payloads stay in
//! JavaScript.

mod border;

use border::{Crossing, Kind, deadline, millis, readings, refusal};
use steady_session::{ClientInput as Input, Config, Effect, Mode};
use wasm_bindgen::prelude::*;

/// The client's end of one session. Call `poll` after each input until it returns 0.
#[wasm_bindgen(skip_typescript)]
#[derive(Debug)]
pub struct Client {
    machine: steady_session::Client<u64>,
    /// Effects that the machine has emitted and `poll` has not returned.
    emitted: [Option<Effect<u64>>; 2],
    last: Crossing,
    /// The time of the last input.
    now: f64,
}

readings!(Client);

#[wasm_bindgen]
impl Client {
    /// Creates a session that has not begun.
    #[wasm_bindgen(constructor)]
    pub fn new(window: f64, required: bool) -> Self {
        // The rules of the queue limit the held messages.
        let config = Config { window: window as u64, queue: u64::MAX, ..Config::default() };
        let mode = if required { Mode::Require } else { Mode::Prefer };
        let machine = steady_session::Client::new(config, mode);
        Self { machine, emitted: [None, None], last: Crossing::default(), now: 0.0 }
    }

    fn handle(&mut self, now: f64, input: Input<u64>) -> u32 {
        self.now = now;
        refusal(self.machine.handle(millis(now), input))
    }

    fn next(&mut self) -> Option<Effect<u64>> {
        let [first, second] = &mut self.emitted;
        first.take().or_else(|| second.take()).or_else(|| self.machine.poll())
    }

    /// Handles an input whose usual outcome crosses in its answer. For any other outcome, `usual` returns `None`; then the
    /// answer is `NaN`, and `poll` returns the effects.
    fn answer(
        &mut self,
        now: f64,
        input: Input<u64>,
        usual: impl FnOnce(&[Option<Effect<u64>>; 2], &steady_session::Client<u64>) -> Option<f64>,
    ) -> f64 {
        self.handle(now, input);
        let first = self.next();
        let second = if first.is_some() { self.next() } else { None };
        let emitted = [first, second];
        let answer = usual(&emitted, &self.machine);
        if answer.is_none() {
            self.emitted = emitted;
        }
        answer.unwrap_or(f64::NAN)
    }

    /// Accepts a message. Messages are numbered from 1 in the order of acceptance. Returns the cost of what was accepted and
    /// is not acknowledged; negated, if the message cannot be sent yet. It does not depend on the time: reading the clock would
    /// cost more than this.
    pub fn send(&mut self, number: f64, cost: f64) -> f64 {
        let number = number as u64;
        self.answer(self.now, Input::Send(number, cost as u64), |emitted, machine| {
            let held = machine.stats().held_cost as f64;
            match emitted {
                [Some(Effect::Transmit(_, sent)), None] if *sent == number => Some(held),
                [None, _] => Some(-held),
                _ => None,
            }
        })
    }

    /// Drops a message that was never sent.
    #[wasm_bindgen(js_name = dropMessage)]
    pub fn drop_message(&mut self, now: f64, number: f64) -> u32 {
        self.handle(now, Input::Drop(number as u64))
    }

    /// Reports that the application has handled all messages up to this one. Returns the deadline.
    pub fn handled(&mut self, now: f64, number: f64) -> f64 {
        self.answer(now, Input::Handled(number as u64), |emitted, machine| {
            matches!(emitted, [None, _]).then(|| deadline(machine.deadline()))
        })
    }

    /// Requests an acknowledgement.
    #[wasm_bindgen(js_name = askNow)]
    pub fn ask_now(&mut self, now: f64) -> u32 {
        self.handle(now, Input::Ask)
    }

    /// Sends a ping.
    pub fn ping(&mut self, now: f64) -> u32 {
        self.handle(now, Input::Ping)
    }

    /// Closes the session.
    pub fn close(&mut self, now: f64) -> u32 {
        self.handle(now, Input::Close)
    }

    /// Gives up the session.
    #[wasm_bindgen(js_name = giveUp)]
    pub fn give_up(&mut self, now: f64) -> u32 {
        self.handle(now, Input::GiveUp)
    }

    /// Reports an open connection, and whether a session was negotiated.
    pub fn connected(&mut self, now: f64, on: u32, session: bool) -> u32 {
        self.handle(now, Input::Connected(on, session))
    }

    /// Reports that the gate of a connection has finished.
    pub fn ready(&mut self, now: f64, on: u32) -> u32 {
        self.handle(now, Input::Ready(on))
    }

    /// Reports a received message of this cost. Returns its number.
    pub fn message(&mut self, now: f64, on: u32, cost: f64) -> f64 {
        self.answer(now, Input::Message(on, cost as u64), |emitted, _| match emitted {
            [Some(Effect::Deliver(number)), None] => Some(*number as f64),
            _ => None,
        })
    }

    /// Reports a received control frame.
    pub fn control(&mut self, now: f64, on: u32, text: String) -> u32 {
        self.handle(now, Input::Control(on, text))
    }

    /// Reports the end of a connection.
    pub fn disconnected(&mut self, now: f64, on: u32, code: u16) -> u32 {
        self.handle(now, Input::Disconnected(on, code))
    }

    /// Reports that time has passed.
    pub fn tick(&mut self, now: f64) -> u32 {
        self.handle(now, Input::Tick)
    }

    /// Returns the kind of the next effect, 0 if there are no more. The methods below return its fields.
    pub fn poll(&mut self) -> Kind {
        self.last = self.next().as_ref().and_then(Crossing::of).unwrap_or_default();
        self.last.kind
    }

    /// Returns whether the hello has arrived and no open or resume was sent yet.
    #[wasm_bindgen(js_name = isGated)]
    pub fn is_gated(&self) -> bool {
        self.machine.is_gated()
    }

    /// Returns whether messages on the current connection belong to the session.
    #[wasm_bindgen(js_name = isLive)]
    pub fn is_live(&self) -> bool {
        self.machine.is_live()
    }

    /// Returns how much more fits into the server's window.
    pub fn room(&self) -> f64 {
        self.machine.stats().room as f64
    }
}

/// Returns the protocols to offer for an application with these protocols.
#[wasm_bindgen(skip_typescript)]
pub fn offer(protocols: Vec<String>) -> Vec<String> {
    let protocols: Vec<&str> = protocols.iter().map(String::as_str).collect();
    steady_session::offer(&protocols)
}

/// Returns the application's protocol, if the server selected one with a session.
#[wasm_bindgen(skip_typescript)]
pub fn agreed(chosen: &str) -> Option<String> {
    let agreed = steady_session::agree(chosen);
    agreed.session.then(|| agreed.protocol.to_owned())
}
