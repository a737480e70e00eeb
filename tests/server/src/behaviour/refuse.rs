//! Does not accept the handshake, in one of several ways.

use super::Opening;
use crate::handshake::Flaw;
use crate::http::Answer;
use crate::query::Target;

/// The way.
#[derive(Debug)]
pub struct Refuse {
    how: How,
}

#[derive(Debug)]
enum How {
    Status { status: u16, headers: Vec<(&'static str, String)>, body: Vec<u8> },
    Flaw(Flaw),
    Never,
}

impl Refuse {
    /// Reads the parameters.
    pub fn parse(target: &Target) -> Result<Self, String> {
        let how = match target.choice("how", &["status", "accept-key", "protocol", "extension", "never"])? {
            "accept-key" => How::Flaw(Flaw::AcceptKey),
            "protocol" => How::Flaw(Flaw::Protocol),
            "extension" => How::Flaw(Flaw::Extension),
            "never" => How::Never,
            _ => status(target)?,
        };
        Ok(Self { how })
    }

    /// How the handshake is answered.
    pub fn opening(&self) -> Opening {
        match &self.how {
            How::Status { status, headers, body } => {
                Opening::Refuse(Answer { status: *status, headers: headers.clone(), body: body.clone() })
            }
            How::Flaw(flaw) => Opening::Accept(*flaw),
            How::Never => Opening::Never,
        }
    }
}

fn status(target: &Target) -> Result<How, String> {
    let status = target.number_or("status", 503)?;
    if !(200..=999).contains(&status) {
        return Err("status: 200 to 999".to_owned());
    }
    let mut headers =
        vec![("content-type", "text/plain; charset=utf-8".to_owned()), ("connection", "close".to_owned())];
    for (name, parameter) in [("location", "location"), ("retry-after", "retry_after")] {
        if let Some(value) = target.get(parameter) {
            headers.push((name, value.to_owned()));
        }
    }
    let body = target.get("body").unwrap_or_default().as_bytes().to_vec();
    Ok(How::Status { status, headers, body })
}
