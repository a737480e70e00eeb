//! How an application's texts and control frames share a connection, and the cost of messages.

use alloc::borrow::Cow;
use alloc::string::String;

/// U+0010, DATA LINK ESCAPE, with which every control frame begins.
pub(crate) const DLE: char = '\u{10}';

/// Returns the text as it goes on the wire: one that begins with U+0010 gets one more in front.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.starts_with(DLE) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 1);
    escaped.push(DLE);
    escaped.push_str(text);
    Cow::Owned(escaped)
}

/// A text from the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Incoming<'a> {
    /// A text of the application, unescaped.
    Data(&'a str),
    /// A control frame, for the machine.
    Control(&'a str),
}

/// Distinguishes the application's texts from control frames.
pub fn incoming(text: &str) -> Incoming<'_> {
    match text.strip_prefix(DLE) {
        None => Incoming::Data(text),
        Some(rest) if rest.starts_with(DLE) => Incoming::Data(rest),
        Some(_) => Incoming::Control(text),
    }
}

/// Returns the cost of a text: its UTF-16 units before escaping, at least 1.
pub fn cost_of_text(text: &str) -> u64 {
    if text.is_ascii() {
        return text.len().max(1) as u64;
    }
    // A character has one byte that does not continue another, and two units if it has four bytes. The sums of pieces fit
    // into bytes, which makes this six times as fast as `encode_utf16().count()`.
    let units = |byte: &u8| u8::from(byte & 0xC0 != 0x80) + u8::from(*byte >= 0xF0);
    let pieces = text.as_bytes().chunks(128);
    pieces.map(|piece| u64::from(piece.iter().map(units).sum::<u8>())).sum()
}

/// Returns the cost of binary data: its bytes, at least 1.
pub const fn cost_of_binary(bytes: usize) -> u64 {
    if bytes == 0 { 1 } else { bytes as u64 }
}
