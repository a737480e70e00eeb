//! Formats Rust values in the words of the stories.

use std::time::Duration;
use steady_websocket::{CloseInfo, Event, Failure, Message, Outgoing, SendError};

/// Returns the text between quotes.
pub fn quoted(text: &str) -> Option<&str> {
    text.strip_prefix('"')?.strip_suffix('"')
}

/// Formats how a connection ended.
pub fn ended(closed: &CloseInfo) -> String {
    let reason = if closed.reason.is_empty() { String::new() } else { format!(" \"{}\"", closed.reason) };
    format!("{}{reason} {}", closed.code, if closed.was_clean { "clean" } else { "unclean" })
}

/// Formats a failure.
pub fn failure(failure: Option<&Failure>) -> String {
    let said = |failure: &Failure| format!("{} in phase {}", failure.cause.as_str(), failure.phase.as_str());
    failure.map_or_else(|| "none".to_owned(), said)
}

/// Formats a message.
pub fn shown(message: &Message) -> String {
    match message {
        Message::Text(text) => format!("\"{text}\""),
        Message::Binary(bytes) => {
            format!("bytes {}", bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(" "))
        }
    }
}

/// Formats an event.
pub fn shown_event(event: Event) -> String {
    let text = match event {
        Event::Open { .. } => "open".to_owned(),
        Event::Reconnecting { attempt, delay, closed, in_doubt, failure: why, .. } => {
            let doubt = if in_doubt > 0 { format!(", {in_doubt} in doubt") } else { String::new() };
            let (delay, closed, why) = (delay.as_millis(), ended(&closed), failure(why.as_ref()));
            format!("reconnecting to attempt {attempt} in {delay} ms: {closed}, {why}{doubt}")
        }
        Event::Drain => "drain".to_owned(),
        Event::Discarded { ticket, message, why } => {
            format!("discard of {} {}: {}", ticket.0, shown(&message), why.as_str())
        }
        Event::Closed(closed) => format!("close: {}", ended(&closed)),
        Event::Overflow { messages } => format!("overflow of {messages}"),
        other => format!("{other:?}"),
    };
    format!("event {text}")
}

/// Formats the refusal of a message.
pub fn refused(error: SendError) -> String {
    match error {
        SendError::Connecting => "connecting",
        SendError::Closed => "closed",
        SendError::QueueBytes => "maxBytes",
        SendError::QueueCount => "maxCount",
        SendError::TooLarge => "too large",
        other => return other.to_string(),
    }
    .to_owned()
}

/// Formats the outcome of a flush, of waiting until ready, or of closing a sink.
pub fn outcome(result: Result<(), SendError>, done: &str, failed: &str) -> String {
    match result {
        Ok(()) => done.to_owned(),
        Err(SendError::Lost(ticket, why)) => format!("{failed}: {} {}", ticket.0, why.as_str()),
        Err(error) => format!("{failed}: {}", refused(error)),
    }
}

/// Parses `"text" with key "k" with ttl 20 for this session`, `bytes 1 2 3` or `3 bytes`.
pub fn outgoing(what: &str) -> Outgoing {
    if let Some(bytes) = what.strip_prefix("bytes ") {
        return bytes.split(' ').map(|byte| byte.parse().unwrap()).collect::<Vec<u8>>().into();
    }
    if let Some(count) = what.strip_suffix(" bytes") {
        return vec![0u8; count.parse().unwrap()].into();
    }
    let (text, wishes) = what[1..].split_once('"').expect("a text");
    let mut message = Outgoing::from(text);
    let mut words = wishes.split_whitespace();
    while let Some(word) = words.next() {
        match (word, words.next(), words.next()) {
            ("with", Some("key"), Some(key)) => message = message.key(quoted(key).unwrap()),
            ("with", Some("ttl"), Some(ttl)) => {
                message = message.lifetime(Duration::from_millis(ttl.parse().unwrap()));
            }
            ("for", Some("this"), Some("session")) => message = message.session_bound(),
            _ => panic!("unknown: send {what}"),
        }
    }
    message
}
