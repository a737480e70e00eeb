//! The server's end, controlled by a test.

use crate::assembly::{Received, Violation};
use crate::codec::{CLOSE, Message, PONG, close_payload};
use crate::connection::{Connection, LINGER, ServerState};
use crate::error::Error;
use crate::event::Event;
use crate::faults::{Fault, Input, Reading, Target, violate};
use crate::handshake::{Accept, Refuse, Request, check_message, head_end, read_request};
use crate::network::{Shared, Task};
use crate::wire::Direction;
use std::time::Duration;

/// How long the client may take to answer a Close frame.
const CLOSING: Duration = Duration::from_secs(10);

/// The server's end of a connection.
#[derive(Debug)]
pub struct Peer<'n> {
    pub(crate) connection: &'n mut Connection,
    pub(crate) shared: &'n mut Shared,
}

impl Peer<'_> {
    fn request(&self, method: &'static str) -> Result<&Request, Error> {
        match &self.connection.server.state {
            ServerState::Requested(request) => Ok(request),
            ServerState::Reading => Err(Error::state(method, "the request has not arrived")),
            ServerState::Closed => Err(Error::state(method, "the connection is over")),
            _ => Err(Error::state(method, "the request is answered already")),
        }
    }

    fn open(&self, method: &'static str) -> Result<(), Error> {
        match self.connection.server.state {
            ServerState::Open => Ok(()),
            ServerState::Reading | ServerState::Requested(_) | ServerState::Answering => {
                Err(Error::state(method, "the request is not accepted"))
            }
            ServerState::CloseSent => Err(Error::state(method, "the peer has sent a Close frame")),
            ServerState::Closed => Err(Error::state(method, "the connection is over")),
        }
    }

    fn live(&self, method: &'static str) -> Result<(), Error> {
        match self.connection.server.state {
            ServerState::Closed => Err(Error::state(method, "the connection is over")),
            _ => Ok(()),
        }
    }

    fn pump(&mut self) {
        self.connection.pump(self.shared);
    }

    /// Accepts the handshake.
    ///
    /// # Errors
    ///
    /// If a sub-protocol or an extension was not offered, or if the request is answered already.
    pub fn accept(&mut self, accept: Accept) -> Result<(), Error> {
        let head = accept.head(self.request("accept")?)?;
        self.connection.server.endpoint.queue_bytes(head.into_bytes());
        self.connection.server.state = ServerState::Open;
        self.connection.server_frames(self.shared);
        self.pump();
        Ok(())
    }

    /// Answers the handshake with another status than 101, and ends the connection.
    ///
    /// # Errors
    ///
    /// If the status is none from 200 to 999, or if the request is answered already.
    pub fn refuse(&mut self, refuse: Refuse) -> Result<(), Error> {
        self.request("refuse")?;
        let bytes = refuse.bytes()?;
        self.connection.server.endpoint.queue_bytes(bytes);
        self.connection.server_closed(self.shared, 1006, String::new(), false);
        self.pump();
        Ok(())
    }

    /// Answers the handshake, and does from then on, what the fault server does for that path and query. Messages are
    /// the fault's from then on; [`Event::PeerClosed`](crate::Event::PeerClosed) still says that it is over.
    ///
    /// # Errors
    ///
    /// If there is no such fault, if a parameter cannot be used, or if the request is answered already.
    pub fn fault(&mut self, target: &str) -> Result<(), Error> {
        self.request("fault")?;
        let fault = Fault::parse(&Target::parse(target)).map_err(|wrong| Error::argument("fault", wrong))?;
        if fault.is_endless() && self.shared.options.bandwidth.is_none() {
            let problem = "n: without end needs `rate`, or the network's `bandwidth`: time would stand still";
            return Err(Error::argument("fault", problem));
        }
        self.connection.answer_later(self.shared, fault);
        Ok(())
    }

    /// Sends a message.
    ///
    /// # Errors
    ///
    /// If the connection is not open, or a limit is reached.
    pub fn send(&mut self, message: impl Into<Message>) -> Result<(), Error> {
        self.open("send")?;
        let message = message.into();
        let limits = &self.shared.options.limits;
        check_message(&message, limits.message)?;
        let endpoint = &mut self.connection.server.endpoint;
        if message.len() > limits.queue.saturating_sub(endpoint.queued()) {
            return Err(Error::Limit { limit: "queue", value: limits.queue });
        }
        let (opcode, payload) = message.into_frame();
        endpoint.queue_frame(opcode, payload);
        self.pump();
        Ok(())
    }

    /// Starts the closing handshake. The code is sent as it is, legal or not; without one the frame is empty.
    ///
    /// # Errors
    ///
    /// If the connection is not open, or the reason is longer than 123 bytes.
    pub fn close(&mut self, code: Option<u16>, reason: &str) -> Result<(), Error> {
        self.open("close")?;
        if reason.len() > 123 {
            return Err(Error::argument("reason", "is longer than 123 bytes"));
        }
        self.connection.server_close(self.shared, code, reason);
        self.pump();
        Ok(())
    }

    /// Writes bytes as they are, behind everything sent before.
    ///
    /// # Errors
    ///
    /// If the connection is over, or the queue's limit is reached.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.live("write")?;
        let limit = self.shared.options.limits.queue;
        let endpoint = &mut self.connection.server.endpoint;
        if bytes.len() > limit.saturating_sub(endpoint.queued()) {
            return Err(Error::Limit { limit: "queue", value: limit });
        }
        endpoint.queue_bytes(bytes.to_vec());
        self.pump();
        Ok(())
    }

    /// Breaks the protocol, as the fault server does at `/violate?how=…`: writes the frames of that name.
    ///
    /// # Errors
    ///
    /// If there is no such violation, if the connection is over, or the queue's limit is reached.
    pub fn violate(&mut self, how: &str) -> Result<(), Error> {
        let frames =
            violate::frames(how).ok_or_else(|| Error::argument("how", format!("is no violation: {how}")))?;
        self.write(&frames)
    }

    /// Ends TCP behind everything sent before, without a closing handshake.
    ///
    /// # Errors
    ///
    /// If the connection is over.
    pub fn cut(&mut self) -> Result<(), Error> {
        self.live("cut")?;
        self.connection.server_closed(self.shared, 1006, String::new(), false);
        self.pump();
        Ok(())
    }

    /// Resets TCP: what has not left is lost.
    ///
    /// # Errors
    ///
    /// If the connection is over.
    pub fn reset(&mut self) -> Result<(), Error> {
        self.live("reset")?;
        self.connection.server_reset(self.shared);
        self.pump();
        Ok(())
    }

    /// From now on nothing leaves, not even an answer to a Close frame; what arrives is still received.
    ///
    /// # Errors
    ///
    /// If the connection is over.
    pub fn silence(&mut self) -> Result<(), Error> {
        self.live("silence")?;
        self.connection.down.silence();
        self.pump();
        Ok(())
    }

    /// Reads so many bytes per second; 0: as fast as they come.
    ///
    /// # Errors
    ///
    /// If the connection is over.
    pub fn slow(&mut self, bytes_per_second: u64) -> Result<(), Error> {
        let reading = if bytes_per_second == 0 { Reading::All } else { Reading::Slow(bytes_per_second) };
        self.set_reading("slow", reading)
    }

    /// Reads nothing more.
    ///
    /// # Errors
    ///
    /// If the connection is over.
    pub fn stop_reading(&mut self) -> Result<(), Error> {
        self.set_reading("stop_reading", Reading::Stopped)
    }

    /// Reads again, as fast as bytes come.
    ///
    /// # Errors
    ///
    /// If the connection is over.
    pub fn resume_reading(&mut self) -> Result<(), Error> {
        self.set_reading("resume_reading", Reading::All)
    }

    /// Reads nothing while the application has too much to read: buffers fill, and the client's `bufferedAmount` grows.
    /// Apart from [`stop_reading`](Self::stop_reading), so that neither undoes the other.
    pub fn hold(&mut self, full: bool) {
        self.connection.hold(self.shared, full);
        self.pump();
    }

    /// Sets the size of the receive buffer, so that a peer that stops reading is felt soon.
    ///
    /// # Errors
    ///
    /// If the connection is over.
    pub fn set_receive_buffer(&mut self, bytes: usize) -> Result<(), Error> {
        self.live("set_receive_buffer")?;
        self.connection.up.set_receive_buffer(bytes);
        Ok(())
    }

    fn set_reading(&mut self, method: &'static str, reading: Reading) -> Result<(), Error> {
        self.live(method)?;
        self.connection.set_reading(self.shared, reading);
        self.pump();
        Ok(())
    }

    /// Returns the payload bytes that are not in the socket buffer yet.
    pub fn buffered_amount(&self) -> u64 {
        self.connection.server.endpoint.buffered()
    }
}

impl Connection {
    pub(crate) fn server_bytes(&mut self, shared: &mut Shared, bytes: &[u8]) {
        match self.server.state {
            ServerState::Closed => {}
            ServerState::Reading => self.server_head(shared, bytes),
            ServerState::Requested(_) | ServerState::Answering => self.server.endpoint.assembly.push(bytes),
            ServerState::Open | ServerState::CloseSent => {
                self.server.endpoint.assembly.push(bytes);
                self.server_frames(shared);
            }
        }
    }

    fn server_head(&mut self, shared: &mut Shared, bytes: &[u8]) {
        self.server.head.extend(bytes);
        let Some(end) = head_end(&self.server.head) else {
            if self.server.head.len() > shared.options.limits.head {
                self.server_refuse(shared, 431);
            }
            return;
        };
        let head = std::mem::take(&mut self.server.head);
        let (head, rest) = head.split_at_checked(end).unwrap_or((&head, &[]));
        let Some(listener) = self.listener else { return self.server_refuse(shared, 404) };
        let Ok(request) = read_request(head, &self.url) else { return self.server_refuse(shared, 400) };
        self.server.endpoint.assembly.push(rest);
        self.server.state = ServerState::Requested(request.clone());
        shared.events.push_back(Event::Request { connection: self.id, listener, request });
    }

    /// Refuses a request that no handler answered.
    fn server_refuse(&mut self, shared: &mut Shared, status: u16) {
        if let Ok(bytes) = Refuse::with(status).bytes() {
            self.server.endpoint.queue_bytes(bytes);
        }
        self.server_closed(shared, 1006, String::new(), false);
    }

    pub(crate) fn server_frames(&mut self, shared: &mut Shared) {
        let events = shared.events.len();
        let reads = |state: &ServerState| matches!(state, ServerState::Open | ServerState::CloseSent);
        while reads(&self.server.state) && !self.is_paused(Direction::ToServer) {
            match self.server.endpoint.assembly.next() {
                Ok(None) => break,
                Ok(Some(received)) => self.server_received(shared, received),
                Err(violation) => self.server_violated(shared, violation),
            }
            if shared.events.len() > events {
                self.pause(shared, Direction::ToServer);
            }
        }
    }

    fn server_received(&mut self, shared: &mut Shared, received: Received) {
        let connection = self.id;
        let open = self.server.state == ServerState::Open;
        match received {
            Received::Message(message) if self.fault.is_some() => {
                self.fault_hear(shared, Input::Message(message));
            }
            Received::Message(message) => {
                shared.events.push_back(Event::PeerMessage { connection, message });
            }
            Received::Ping(payload) if open => self.server.endpoint.queue_frame(PONG, payload),
            Received::Ping(_) | Received::Pong => {}
            Received::Close(code, reason) => {
                if open {
                    self.server.endpoint.queue_frame(CLOSE, close_payload(code, &reason));
                }
                self.server_closed(shared, code.unwrap_or(1005), reason, true);
            }
        }
    }

    fn server_violated(&mut self, shared: &mut Shared, violation: Violation) {
        if self.server.state == ServerState::Open {
            let payload = close_payload(Some(violation.code), violation.reason);
            self.server.endpoint.queue_frame(CLOSE, payload);
        }
        self.server_closed(shared, 1006, String::new(), false);
    }

    /// Starts the closing handshake.
    pub(crate) fn server_close(&mut self, shared: &mut Shared, code: Option<u16>, reason: &str) {
        self.server.endpoint.queue_frame(CLOSE, close_payload(code, reason));
        self.server.state = ServerState::CloseSent;
        self.server.wait(shared, self.id, CLOSING, Task::ServerDeadline);
    }

    /// Handles the end of the client's stream.
    pub(crate) fn server_end(&mut self, shared: &mut Shared) {
        if self.server.state != ServerState::Closed {
            self.server_closed(shared, 1006, String::new(), false);
        }
    }

    pub(crate) fn server_closed(&mut self, shared: &mut Shared, code: u16, reason: String, clean: bool) {
        let connection = self.id;
        let former = std::mem::replace(&mut self.server.state, ServerState::Closed);
        if former != ServerState::Reading {
            shared.events.push_back(Event::PeerClosed { connection, code, reason, clean });
        }
        self.fault_over(shared);
        self.server.endpoint.finish();
        self.server.wait(shared, connection, LINGER, Task::ServerDeadline);
        self.read(shared, Direction::ToServer);
    }

    /// Resets TCP.
    pub(crate) fn server_reset(&mut self, shared: &mut Shared) {
        self.server.endpoint.discard();
        self.server_closed(shared, 1006, String::new(), false);
        self.reset(shared, Direction::ToClient);
        self.server.relax(shared);
    }

    /// Handles a timeout of the server.
    pub(crate) fn server_deadline(&mut self, shared: &mut Shared) {
        if self.server.state == ServerState::CloseSent {
            self.server_closed(shared, 1006, String::new(), false);
        }
        self.server.relax(shared);
        self.server.endpoint.discard();
        self.reset(shared, Direction::ToClient);
    }
}
