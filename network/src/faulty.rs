//! Faults in memory: carries out the outputs of a fault's run.

use crate::codec::Message;
use crate::connection::{Connection, ServerState};
use crate::event::ConnectionId;
use crate::faults::{Cut, Fault, Flaw, Input, Offer, Opening, Output, Payload, Reading, Run};
use crate::handshake::{Refuse, Request};
use crate::network::{Key, Shared, Task};
use std::time::Duration;

impl Payload for Message {
    fn text(text: String) -> Self {
        Self::Text(text)
    }

    fn binary(bytes: Vec<u8>) -> Self {
        Self::Binary(bytes)
    }

    fn bytes(&self) -> &[u8] {
        self.bytes()
    }

    fn is_text(&self) -> bool {
        matches!(self, Self::Text(_))
    }
}

/// A server that a fault controls.
#[derive(Debug)]
pub(crate) enum Faulty {
    /// The answer that it will send.
    Answers(Fault, Request),
    Runs {
        run: Run<Message>,
        deadline: Option<Key>,
        /// The room that it has joined, and whether it receives its own messages.
        room: Option<(String, bool)>,
        /// How TCP ends when the budget is used up.
        cut: Cut,
    },
}

impl Connection {
    /// Lets a fault answer the request.
    pub(crate) fn answer_later(&mut self, shared: &mut Shared, fault: Fault) {
        let former = std::mem::replace(&mut self.server.state, ServerState::Answering);
        let ServerState::Requested(request) = former else { return };
        let at = shared.now.saturating_add(crate::options::nanos(fault.delay()));
        self.fault = Some(Faulty::Answers(fault, request));
        shared.schedule(at, self.id, Task::FaultAnswer);
    }

    pub(crate) fn fault_answer(&mut self, shared: &mut Shared) {
        let Some(Faulty::Answers(fault, request)) = self.fault.take() else { return };
        let flaw = match fault.opening() {
            Opening::Accept(flaw) => *flaw,
            Opening::Refuse { status, headers, body } => {
                let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
                let refuse = Refuse { status: *status, headers: headers.collect(), body: body.clone() };
                // The fault has validated it.
                self.server.endpoint.queue_bytes(refuse.bytes().unwrap_or_default());
                return self.server_closed(shared, 1006, String::new(), false);
            }
            Opening::Never => return,
            Opening::BlackHole => return self.set_reading(shared, Reading::Stopped),
        };
        let protocols: Vec<&str> = request.protocols.iter().map(String::as_str).collect();
        let chosen = fault.choose_protocol(&protocols);
        let key = request.header("sec-websocket-key").unwrap_or_default();
        self.server.endpoint.queue_bytes(flaw.answer(key, chosen.as_deref()).into_bytes());
        if flaw != Flaw::None {
            return;
        }
        self.server.state = ServerState::Open;
        let offer = Offer {
            protocols,
            chosen: chosen.as_deref(),
            extensions: request.header("sec-websocket-extensions"),
            origin: request.origin.as_deref(),
            cookie: request.header("cookie"),
            target: &self.url.target(),
        };
        let run = fault.start(Duration::from_nanos(shared.now), &offer);
        self.fault = Some(Faulty::Runs { run, deadline: None, room: None, cut: Cut::Fin });
        self.fault_act(shared);
        self.server_frames(shared);
    }

    /// Passes an input to the fault.
    pub(crate) fn fault_hear(&mut self, shared: &mut Shared, input: Input<Message>) {
        if let Some(Faulty::Runs { run, .. }) = &mut self.fault {
            run.handle(Duration::from_nanos(shared.now), input);
            self.fault_act(shared);
        }
    }

    pub(crate) fn fault_wants_room(&self) -> bool {
        let runs = matches!(&self.fault, Some(Faulty::Runs { run, .. }) if run.wants_room());
        runs && self.server.state == ServerState::Open && !self.down.is_silent()
    }

    /// Delivers a message of a room.
    pub(crate) fn overhear(
        &mut self,
        shared: &mut Shared,
        room: &str,
        from: ConnectionId,
        message: &Message,
    ) {
        let Some(Faulty::Runs { room: Some((name, own)), .. }) = &self.fault else { return };
        if name == room && (*own || from != self.id) {
            self.fault_do(shared, Output::Send(message.clone()));
            self.pump(shared);
        }
    }

    /// Counts the bytes that the server has read.
    pub(crate) fn spend(&mut self, shared: &mut Shared, bytes: u64) {
        let budget = &mut self.server.endpoint.budget;
        if *budget != u64::MAX {
            *budget = budget.saturating_sub(bytes);
            if let (0, Some(Faulty::Runs { cut, .. })) = (*budget, &self.fault) {
                self.fault_do(shared, Output::End(*cut));
            }
        }
    }

    /// Releases the server from the fault.
    pub(crate) fn fault_over(&mut self, shared: &mut Shared) {
        if let Some(Faulty::Runs { deadline: Some(key), .. }) = self.fault.take() {
            shared.cancel(key);
        }
    }

    fn fault_act(&mut self, shared: &mut Shared) {
        while let Some(Faulty::Runs { run, .. }) = &mut self.fault {
            let Some(output) = run.poll() else { break };
            self.fault_do(shared, output);
        }
        if let Some(Faulty::Runs { run, deadline, .. }) = &mut self.fault {
            if let Some(key) = deadline.take() {
                shared.cancel(key);
            }
            let at = run.deadline().map(|at| crate::options::nanos(at).max(shared.now));
            *deadline = at.map(|at| shared.schedule(at, self.id, Task::FaultTime));
        }
    }

    fn fault_do(&mut self, shared: &mut Shared, output: Output<Message>) {
        let endpoint = &mut self.server.endpoint;
        match output {
            Output::Send(message) if self.server.state == ServerState::Open => {
                if message.len() > shared.options.limits.queue.saturating_sub(endpoint.queued()) {
                    return self.server_reset(shared);
                }
                let (opcode, payload) = message.into_frame();
                endpoint.queue_frame(opcode, payload);
            }
            Output::Send(_) => {}
            Output::Close(code, reason) => self.server_close(shared, code, &reason),
            Output::Write { bytes, .. } => endpoint.queue_bytes(bytes),
            Output::End(Cut::Fin) => self.server_closed(shared, 1006, String::new(), false),
            Output::End(Cut::Rst) => {
                self.pump(shared);
                self.server_reset(shared);
            }
            Output::Silence => {
                self.pump(shared);
                self.down.silence();
            }
            Output::Read(reading) => self.set_reading(shared, reading),
            Output::ReceiveBuffer(bytes) => self.up.set_receive_buffer(bytes),
            Output::EndAfterReading(bytes, how) => {
                endpoint.budget = bytes;
                if let Some(Faulty::Runs { cut, .. }) = &mut self.fault {
                    *cut = how;
                }
            }
            Output::Join { room: name, own } => {
                if let Some(Faulty::Runs { room, .. }) = &mut self.fault {
                    *room = Some((name, own));
                }
            }
            Output::Say(message) => {
                if let Some(Faulty::Runs { room: Some((name, _)), .. }) = &self.fault {
                    shared.said.push_back((name.clone(), self.id, message));
                }
            }
        }
    }
}
