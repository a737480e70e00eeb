//! The client's end, which behaves like a browser.

use crate::assembly::{Received, Violation};
use crate::codec::{CLOSE, Message, PONG, close_payload};
use crate::connection::{ClientState, Connection, LINGER, ServerState};
use crate::error::Error;
use crate::event::Event;
use crate::handshake::{head_end, read_answer};
use crate::network::{Shared, Task};
use crate::wire::Direction;
use std::time::Duration;

/// How long Chromium waits for the server's Close frame.
const CLOSING: Duration = Duration::from_secs(60);
/// How long Chromium waits for the server to end TCP after that.
const ENDING: Duration = Duration::from_secs(2);

impl Connection {
    pub(crate) fn client_bytes(&mut self, shared: &mut Shared, bytes: &[u8]) {
        match self.client.state {
            ClientState::Closed => {}
            ClientState::Connecting => self.client_head(shared, bytes),
            _ => {
                self.client.endpoint.assembly.push(bytes);
                self.client_frames(shared);
            }
        }
    }

    fn client_head(&mut self, shared: &mut Shared, bytes: &[u8]) {
        self.client.head.extend(bytes);
        let Some(end) = head_end(&self.client.head) else {
            if self.client.head.len() > shared.options.limits.head {
                self.client_fail(shared, None);
            }
            return;
        };
        let head = std::mem::take(&mut self.client.head);
        let (head, rest) = head.split_at_checked(end).unwrap_or((&head, &[]));
        match read_answer(head, &self.key, &self.asked) {
            Ok((protocol, extensions)) => {
                self.client.state = ClientState::Open;
                shared.events.push_back(Event::Open { connection: self.id, protocol, extensions });
                self.client.endpoint.assembly.push(rest);
                self.pause(shared, Direction::ToClient);
            }
            Err(_) => self.client_fail(shared, None),
        }
    }

    pub(crate) fn client_frames(&mut self, shared: &mut Shared) {
        let events = shared.events.len();
        while self.client.state != ClientState::Closed && !self.is_paused(Direction::ToClient) {
            match self.client.endpoint.assembly.next() {
                Ok(None) => break,
                Ok(Some(received)) => self.client_received(shared, received),
                Err(violation) => self.client_fail(shared, Some(violation)),
            }
            if shared.events.len() > events {
                self.pause(shared, Direction::ToClient);
            }
        }
    }

    fn client_received(&mut self, shared: &mut Shared, received: Received) {
        let connection = self.id;
        let endpoint = &mut self.client.endpoint;
        match (&self.client.state, received) {
            (ClientState::CloseReceived(..), _) => {
                self.client_fail(shared, Some(Violation::protocol("Data after the Close frame")));
            }
            (ClientState::Open, Received::Message(message)) => {
                shared.events.push_back(Event::Message { connection, message });
            }
            (ClientState::Open, Received::Ping(payload)) => endpoint.queue_frame(PONG, payload),
            (state, Received::Close(code, reason)) => {
                if *state == ClientState::Open {
                    endpoint.queue_frame(CLOSE, close_payload(code, &reason));
                    shared.events.push_back(Event::Closing { connection });
                }
                let more = endpoint.assembly.has_more();
                self.client.state = ClientState::CloseReceived(code, reason);
                self.client.wait(shared, connection, ENDING, Task::ClientDeadline);
                if more {
                    self.client_fail(shared, Some(Violation::protocol("Data after the Close frame")));
                }
            }
            // While the socket closes, nothing is delivered.
            _ => {}
        }
    }

    /// Fails the connection as the standard requires.
    pub(crate) fn client_fail(&mut self, shared: &mut Shared, violation: Option<Violation>) {
        if let (ClientState::Open, Some(violation)) = (&self.client.state, violation) {
            let payload = close_payload(Some(violation.code), violation.reason);
            self.client.endpoint.queue_frame(CLOSE, payload);
        }
        shared.events.push_back(Event::Error { connection: self.id });
        self.client_closed(shared, 1006, String::new(), false);
    }

    /// Handles the end of the server's stream.
    pub(crate) fn client_end(&mut self, shared: &mut Shared) {
        match self.client.state.clone() {
            ClientState::Closed => {}
            ClientState::Connecting => self.client_fail(shared, None),
            ClientState::Open | ClientState::CloseSent => {
                self.client_closed(shared, 1006, String::new(), false);
            }
            ClientState::CloseReceived(code, reason) => {
                self.client_closed(shared, code.unwrap_or(1005), reason, true);
            }
        }
    }

    fn client_closed(&mut self, shared: &mut Shared, code: u16, reason: String, clean: bool) {
        let buffered = self.buffered_amount();
        self.client.state = ClientState::Closed;
        self.client.endpoint.finish();
        let connection = self.id;
        shared.events.push_back(Event::Closed { connection, code, reason, clean, buffered });
        if self.established {
            self.client.wait(shared, connection, LINGER, Task::ClientDeadline);
        } else {
            self.client.relax(shared);
            self.server.state = ServerState::Closed;
            self.up.abandon();
            self.down.abandon();
        }
    }

    /// Handles a timeout of the client.
    pub(crate) fn client_deadline(&mut self, shared: &mut Shared) {
        match self.client.state.clone() {
            ClientState::CloseReceived(code, reason) => {
                self.client_closed(shared, code.unwrap_or(1005), reason, true);
            }
            ClientState::CloseSent => self.client_closed(shared, 1006, String::new(), false),
            _ => {}
        }
        self.client.relax(shared);
        self.client.endpoint.discard();
        self.reset(shared, Direction::ToServer);
    }

    /// Returns whether the message is sent or only counted; an error if the socket is not open yet.
    pub(crate) fn client_send(&mut self, shared: &mut Shared, message: Message) -> Result<(), ()> {
        match self.client.state {
            ClientState::Connecting => return Err(()),
            ClientState::Open => {
                let (queued, length) = (self.client.endpoint.queued(), message.len());
                if length > shared.options.limits.queue.saturating_sub(queued) {
                    // The standard: "flagged as full".
                    self.unsent += length as u64;
                    self.client_fail(shared, None);
                } else {
                    let (opcode, payload) = message.into_frame();
                    self.client.endpoint.queue_frame(opcode, payload);
                }
            }
            _ => self.unsent += message.len() as u64,
        }
        Ok(())
    }

    pub(crate) fn client_write(&mut self, bytes: &[u8], limit: usize) -> Result<(), Error> {
        if self.client.state == ClientState::Closed {
            return Err(Error::state("write", "the socket is closed"));
        }
        if bytes.len() > limit.saturating_sub(self.client.endpoint.queued()) {
            return Err(Error::Limit { limit: "queue", value: limit });
        }
        self.client.endpoint.queue_bytes(bytes.to_vec());
        Ok(())
    }

    pub(crate) fn client_close(&mut self, shared: &mut Shared, code: Option<u16>, reason: &str) {
        match self.client.state {
            ClientState::Connecting => self.client_fail(shared, None),
            ClientState::Open => {
                let code = code.or((!reason.is_empty()).then_some(1000));
                self.client.endpoint.queue_frame(CLOSE, close_payload(code, reason));
                self.client.state = ClientState::CloseSent;
                self.client.wait(shared, self.id, CLOSING, Task::ClientDeadline);
            }
            _ => {}
        }
    }

    pub(crate) fn buffered_amount(&self) -> u64 {
        self.client.endpoint.buffered() + self.unsent
    }
}
