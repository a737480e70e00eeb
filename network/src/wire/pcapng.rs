//! Capture files: the pcapng format, with IPv4 and TCP headers for each segment.

use crate::tcp::Packet;
use crate::wire::Direction;
use std::collections::BTreeMap;

/// Link type: raw IP.
const RAW_IP: u16 = 101;
const CLIENT: [u8; 4] = [10, 0, 0, 1];
/// Virtual time starts at 1 January 2026 in a capture.
const EPOCH: u64 = 1_767_225_600;

pub(super) fn write<'p>(packets: impl Iterator<Item = &'p Packet> + Clone) -> Vec<u8> {
    let mut out = Vec::new();
    // Section header: byte order, version 1.0, unknown length of the section.
    let mut section = 0x1a2b_3c4d_u32.to_le_bytes().to_vec();
    section.extend([1, 0, 0, 0]);
    section.extend([0xff; 8]);
    block(&mut out, 0x0a0d_0d0a, &section);
    // Interface: no limit on the length of packets; option 9: nanoseconds.
    let mut interface = RAW_IP.to_le_bytes().to_vec();
    interface.extend([0; 6]);
    interface.extend([9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0]);
    block(&mut out, 1, &interface);
    names(&mut out, packets.clone());
    for (index, packet) in packets.enumerate() {
        let ip = ip(packet, index as u16);
        let at = (EPOCH * 1_000_000_000).saturating_add(packet.at);
        let mut body = vec![0; 4];
        body.extend(((at >> 32) as u32).to_le_bytes());
        body.extend((at as u32).to_le_bytes());
        body.extend((ip.len() as u32).to_le_bytes());
        body.extend((ip.len() as u32).to_le_bytes());
        body.extend(&ip);
        block(&mut out, 6, &body);
    }
    out
}

fn block(out: &mut Vec<u8>, kind: u32, body: &[u8]) {
    let padded = body.len().next_multiple_of(4);
    let length = (padded as u32 + 12).to_le_bytes();
    out.extend(kind.to_le_bytes());
    out.extend(length);
    out.extend(body);
    out.extend(std::iter::repeat_n(0, padded - body.len()));
    out.extend(length);
}

/// The hosts' names.
fn names<'p>(out: &mut Vec<u8>, packets: impl Iterator<Item = &'p Packet>) {
    let hosts: BTreeMap<[u8; 4], &str> =
        packets.map(|packet| (server_address(&packet.server.host), packet.server.host.as_str())).collect();
    if hosts.is_empty() {
        return;
    }
    let mut body = Vec::new();
    for (address, host) in hosts {
        let host = host.as_bytes().get(..255).unwrap_or(host.as_bytes());
        let length = host.len() + 5;
        body.extend([1, 0]);
        body.extend((length as u16).to_le_bytes());
        body.extend(address);
        body.extend(host);
        body.extend(std::iter::repeat_n(0, 1 + length.next_multiple_of(4) - length));
    }
    body.extend([0; 4]);
    block(out, 4, &body);
}

/// Returns an address in 10.0.0.0/8 derived from the host's name.
fn server_address(host: &str) -> [u8; 4] {
    let hash =
        host.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let [_, first, second, third] = (hash ^ hash >> 24).to_be_bytes();
    // Not the client's.
    [10, first | 1, second, third]
}

fn ip(packet: &Packet, number: u16) -> Vec<u8> {
    let server = (server_address(&packet.server.host), packet.server.port);
    let client = (CLIENT, 49_152 + (packet.connection.number() % 16_384) as u16);
    let (from, to) = match packet.direction {
        Direction::ToServer => (client, server),
        Direction::ToClient => (server, client),
    };
    let tcp = tcp(packet, from, to);
    let mut ip = vec![0x45, 0];
    ip.extend((20 + tcp.len() as u16).to_be_bytes());
    ip.extend(number.to_be_bytes());
    // Don't fragment; 64 hops; TCP; the checksum is filled in below.
    ip.extend([0x40, 0, 64, 6]);
    let mut rest = from.0.to_vec();
    rest.extend(to.0);
    let sum = checksum(ip.iter().chain(&rest));
    ip.extend(sum);
    ip.extend(rest);
    ip.extend(tcp);
    ip
}

fn tcp(packet: &Packet, from: ([u8; 4], u16), to: ([u8; 4], u16)) -> Vec<u8> {
    let mut head = from.1.to_be_bytes().to_vec();
    head.extend(to.1.to_be_bytes());
    head.extend(packet.sequence.to_be_bytes());
    head.extend(packet.acknowledged.to_be_bytes());
    // A header of 20 bytes; a window of 65,535.
    head.extend([0x50, packet.flags, 0xff, 0xff]);
    let mut pseudo = from.0.to_vec();
    pseudo.extend(to.0);
    pseudo.extend([0, 6]);
    pseudo.extend((20 + packet.payload.len() as u16).to_be_bytes());
    let sum = checksum(pseudo.iter().chain(&head).chain(&packet.payload));
    head.extend(sum);
    // No urgent data.
    head.extend([0, 0]);
    head.extend(&packet.payload);
    head
}

/// RFC 1071.
fn checksum<'b>(bytes: impl Iterator<Item = &'b u8>) -> [u8; 2] {
    let mut sum = 0_u32;
    for (index, byte) in bytes.enumerate() {
        sum += u32::from(*byte) << if index % 2 == 0 { 8 } else { 0 };
    }
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    (!(sum as u16)).to_be_bytes()
}
