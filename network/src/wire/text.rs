//! The wire as text.

use super::record::{Direction, Frame, Record, What};
use std::fmt::Write;

/// How many bytes of a payload are shown.
const SHOWN: usize = 64;

pub(super) fn write<'r>(records: impl Iterator<Item = &'r Record>) -> String {
    let mut out = String::new();
    for record in records {
        // Writing to a string cannot fail.
        let _ = line(&mut out, record);
    }
    out
}

fn line(out: &mut String, record: &Record) -> std::fmt::Result {
    let arrow = match record.direction {
        Direction::ToServer => "-->",
        Direction::ToClient => "<--",
    };
    let nanos = record.at.subsec_nanos();
    write!(out, "{}.{nanos:09} #{} {arrow} ", record.at.as_secs(), record.connection.number())?;
    match &record.what {
        What::Request(head) => {
            writeln!(out, "request")?;
            lines(out, head)
        }
        What::Answer { head, accept } => {
            writeln!(out, "answer")?;
            lines(out, head)?;
            let Some(accept) = accept else { return Ok(()) };
            let verdict = if accept.given == accept.expected { "as it must be" } else { "wrong" };
            writeln!(
                out,
                "    BASE64(SHA1({} + {})) = {}: {verdict}",
                accept.key, accept.guid, accept.expected
            )
        }
        What::Frame(frame) => write_frame(out, frame),
        What::Bytes(bytes) => writeln!(out, "{} bytes: {}", bytes.len(), show(bytes)),
        What::Fin => writeln!(out, "FIN"),
        What::Reset => writeln!(out, "RST"),
    }
}

fn lines(out: &mut String, head: &str) -> std::fmt::Result {
    head.lines().filter(|line| !line.is_empty()).try_for_each(|line| writeln!(out, "    {line}"))
}

fn write_frame(out: &mut String, frame: &Frame) -> std::fmt::Result {
    write!(out, "{} FIN={}", frame.name(), u8::from(frame.fin))?;
    if frame.rsv != 0 {
        write!(out, " RSV={:03b}", frame.rsv)?;
    }
    write!(out, " opcode={:#x} length={} ({} bits)", frame.opcode, frame.length, frame.length_bits)?;
    let plain = frame.plain();
    if let Some(key) = frame.mask {
        write!(out, " mask={:08x} masked={}", u32::from_be_bytes(key), hex(&frame.payload))?;
    }
    match plain.as_slice() {
        [high, low, reason @ ..] if frame.opcode == 8 => {
            writeln!(out, " code={} reason={}", u16::from_be_bytes([*high, *low]), show(reason))
        }
        plain => writeln!(out, " payload={}", show(plain)),
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut out = String::new();
    for byte in bytes.iter().take(SHOWN) {
        let _ = write!(out, "{byte:02x}");
    }
    if bytes.len() > SHOWN {
        out.push('…');
    }
    out
}

/// Formats UTF-8 as text, anything else in hexadecimal.
fn show(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => {
            let mut shown: String = text.chars().take(SHOWN).collect();
            if shown.len() < text.len() {
                shown.push('…');
            }
            format!("{shown:?}")
        }
        Err(_) => hex(bytes),
    }
}
