//! The segments of a connection as the client's machine sees them.

use crate::event::ConnectionId;
use crate::link::Carried;
use crate::url::Url;
use crate::wire::Direction;
use std::sync::Arc;

pub(crate) const FIN: u8 = 0x01;
pub(crate) const SYN: u8 = 0x02;
pub(crate) const RST: u8 = 0x04;
pub(crate) const PSH: u8 = 0x08;
pub(crate) const ACK: u8 = 0x10;

/// A segment.
#[derive(Clone, Debug)]
pub(crate) struct Packet {
    pub(crate) connection: ConnectionId,
    pub(crate) at: u64,
    pub(crate) direction: Direction,
    pub(crate) flags: u8,
    pub(crate) sequence: u32,
    pub(crate) acknowledged: u32,
    pub(crate) payload: Vec<u8>,
    pub(crate) server: Arc<Server>,
}

/// The address of a server.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) host: String,
    pub(crate) port: u16,
}

/// Numbers the segments of one connection.
#[derive(Debug)]
pub(crate) struct Tcp {
    connection: ConnectionId,
    server: Arc<Server>,
    /// The next sequence number of the client and of the server.
    client: u32,
    peer: u32,
}

impl Tcp {
    pub(crate) fn new(connection: ConnectionId, url: &Url) -> Self {
        let port = if url.port == 443 { 80 } else { url.port };
        let server = Arc::new(Server { host: url.host.clone(), port });
        Self { connection, server, client: 0, peer: 0 }
    }

    /// Returns a segment with a payload, a FIN or a reset.
    pub(crate) fn carry(&mut self, at: u64, direction: Direction, carried: &Carried) -> Packet {
        match carried {
            Carried::Bytes(bytes) => self.packet(at, direction, PSH | ACK, bytes.clone()),
            Carried::Fin => self.packet(at, direction, FIN | ACK, Vec::new()),
            Carried::Reset => self.packet(at, direction, RST | ACK, Vec::new()),
        }
    }

    /// Any segment.
    pub(crate) fn packet(&mut self, at: u64, direction: Direction, flags: u8, payload: Vec<u8>) -> Packet {
        let (mine, other) = match direction {
            Direction::ToServer => (&mut self.client, self.peer),
            Direction::ToClient => (&mut self.peer, self.client),
        };
        let sequence = *mine;
        let control = u32::from(flags & (SYN | FIN) != 0);
        *mine = mine.wrapping_add(payload.len() as u32).wrapping_add(control);
        let acknowledged = if flags & ACK != 0 { other } else { 0 };
        Packet {
            connection: self.connection,
            at,
            direction,
            flags,
            sequence,
            acknowledged,
            payload,
            server: Arc::clone(&self.server),
        }
    }
}
