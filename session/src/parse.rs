//! Reads control frames. Whatever `Display` would not have written is malformed.

use crate::escape::DLE;
use crate::frame::Frame;
use crate::keys::Bits;
use crate::limits::GREATEST;
use crate::loss::Refusal;
use core::str::Split;

/// A malformed control frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Malformed;

/// Reads a control frame.
pub fn parse(text: &str) -> Result<Frame, Malformed> {
    let mut letters = text.strip_prefix(DLE).ok_or(Malformed)?.chars();
    let kind = letters.next().ok_or(Malformed)?;
    let mut fields = Fields(letters.as_str().split(' '));
    let frame = match kind {
        'H' => {
            fields.version()?;
            Frame::Hello { window: fields.positive()?, life: fields.number()? }
        }
        'O' => Frame::Open { window: fields.positive()? },
        'W' => Frame::Welcome {
            id: fields.bits()?,
            secret: fields.bits()?,
            nonce: fields.bits()?,
            life: fields.number()?,
            window: fields.positive()?,
        },
        'R' => Frame::Resume {
            id: fields.bits()?,
            secret: fields.bits()?,
            nonce: fields.bits()?,
            attempt: fields.positive()?,
            received: fields.number()?,
            window: fields.positive()?,
        },
        'K' => Frame::Resumed {
            secret: fields.bits()?,
            nonce: fields.bits()?,
            received: fields.number()?,
            window: fields.positive()?,
        },
        'N' => Frame::Refused { why: fields.refusal()?, handled: fields.optional()? },
        'A' => Frame::Ack { handled: fields.number()?, credit: fields.number()?, sent: fields.number()? },
        'S' => Frame::Skip(fields.positive()?),
        '?' => fields.none(Frame::Ask)?,
        'P' => fields.none(Frame::Ping)?,
        'Q' => fields.none(Frame::Pong)?,
        'B' if letters.as_str().is_empty() => fields.none(Frame::Bye)?,
        'B' => Frame::Close(fields.number()?),
        _ => return Err(Malformed),
    };
    fields.end(frame)
}

/// What follows the letter, between single spaces.
struct Fields<'a>(Split<'a, char>);

impl<'a> Fields<'a> {
    fn next(&mut self) -> Result<&'a str, Malformed> {
        self.0.next().ok_or(Malformed)
    }

    fn number(&mut self) -> Result<u64, Malformed> {
        number(self.next()?)
    }

    fn positive(&mut self) -> Result<u64, Malformed> {
        self.number().and_then(|number| if number == 0 { Err(Malformed) } else { Ok(number) })
    }

    fn optional(&mut self) -> Result<Option<u64>, Malformed> {
        self.0.next().map(number).transpose()
    }

    fn bits(&mut self) -> Result<Bits, Malformed> {
        Bits::parse(self.next()?).ok_or(Malformed)
    }

    fn version(&mut self) -> Result<(), Malformed> {
        if self.next()? == "1" { Ok(()) } else { Err(Malformed) }
    }

    fn refusal(&mut self) -> Result<Refusal, Malformed> {
        Refusal::parse(self.next()?).ok_or(Malformed)
    }

    /// A frame without fields: only the empty text follows its letter.
    fn none(&mut self, frame: Frame) -> Result<Frame, Malformed> {
        if self.next()?.is_empty() { Ok(frame) } else { Err(Malformed) }
    }

    fn end(mut self, frame: Frame) -> Result<Frame, Malformed> {
        if self.0.next().is_none() { Ok(frame) } else { Err(Malformed) }
    }
}

/// Decimal digits without a sign or leading zeros, up to [`GREATEST`].
fn number(digits: &str) -> Result<u64, Malformed> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    if !plain || digits.len() > 1 && digits.starts_with('0') {
        return Err(Malformed);
    }
    digits.parse().ok().filter(|number| *number <= GREATEST).ok_or(Malformed)
}
