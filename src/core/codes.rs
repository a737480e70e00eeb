//! The close codes: what each means, who may send it, and whether a steady socket retries.

/// The party that may send a code in a Close frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeSender {
    /// None: the code is reserved, or only reported locally.
    Nobody,
    /// The protocol implementation of either end, but not a script in a page.
    Endpoint,
    /// Only the client's protocol implementation.
    Client,
    /// Only the server.
    Server,
    /// Anyone, including a script in a page.
    Anyone,
}

/// A close code, or a range of close codes with the same meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CloseCode {
    /// The first code of the range.
    pub first: u16,
    /// The last code of the range.
    pub last: u16,
    /// Its registered name.
    pub name: &'static str,
    /// Its meaning.
    pub meaning: &'static str,
    /// The party that may send it.
    pub sender: CodeSender,
    /// Whether a steady socket retries after it. It does not if the same request would fail again.
    pub retried: bool,
}

const fn row(
    (first, last): (u16, u16),
    name: &'static str,
    sender: CodeSender,
    meaning: &'static str,
) -> CloseCode {
    CloseCode { first, last, name, meaning, sender, retried: is_retried(first) }
}

/// All codes from 0 to 65535, in ascending order without gaps.
pub static CLOSE_CODES: [CloseCode; 28] = {
    use CodeSender::{Anyone, Client, Endpoint, Nobody, Server};
    [
        row((0, 999), "Unused", Nobody, "not a status code"),
        row((1000, 1000), "Normal Closure", Anyone, "the purpose is fulfilled"),
        row((1001, 1001), "Going Away", Endpoint, "the server shuts down, or the page is left"),
        row((1002, 1002), "Protocol Error", Endpoint, "the peer broke the protocol"),
        row((1003, 1003), "Unsupported Data", Endpoint, "this kind of data is not accepted"),
        row((1004, 1004), "Reserved", Nobody, "no meaning has been given to it"),
        row((1005, 1005), "No Status Received", Nobody, "the Close frame carried no code"),
        row((1006, 1006), "Abnormal Closure", Nobody, "the connection ended without a Close frame"),
        row((1007, 1007), "Invalid Payload Data", Endpoint, "a text message was not UTF-8"),
        row((1008, 1008), "Policy Violation", Endpoint, "the message breaks a policy"),
        row((1009, 1009), "Message Too Big", Endpoint, "the message is too big to process"),
        row((1010, 1010), "Mandatory Extension", Client, "the server lacks a needed extension"),
        row((1011, 1011), "Internal Error", Endpoint, "the peer met an unexpected condition"),
        row((1012, 1012), "Service Restart", Server, "the server restarts: come back later"),
        row((1013, 1013), "Try Again Later", Server, "the server is overloaded: come back much later"),
        row((1014, 1014), "Bad Gateway", Server, "a gateway got no valid answer from behind it"),
        row((1015, 1015), "TLS Handshake", Nobody, "TLS could not be established"),
        row((1016, 2999), "Unassigned", Nobody, "kept for later versions of the protocol"),
        row((3000, 3000), "Unauthorized", Anyone, "authentication is missing or wrong"),
        row((3001, 3002), "Unassigned", Anyone, "for libraries and frameworks to register"),
        row((3003, 3003), "Forbidden", Anyone, "authenticated, but not allowed"),
        row((3004, 3007), "Unassigned", Anyone, "for libraries and frameworks to register"),
        row((3008, 3008), "Timeout", Anyone, "the peer took too long"),
        row((3009, 3999), "Unassigned", Anyone, "for libraries and frameworks to register"),
        row((4000, 4399), "Private", Anyone, "agreed between this client and its server"),
        row((4400, 4499), "Private, Refused", Anyone, "private, read like HTTP's 4xx: do not repeat"),
        row((4500, 4999), "Private", Anyone, "agreed between this client and its server"),
        row((5000, u16::MAX), "Undefined", Nobody, "beyond the codes the protocol defines"),
    ]
};

/// Returns the row of `code`.
pub fn close_code(code: u16) -> &'static CloseCode {
    let at = CLOSE_CODES.partition_point(|row| row.last < code);
    CLOSE_CODES.get(at).unwrap_or(&CLOSE_CODES[0])
}

/// Returns whether a steady socket retries after `code`. Separate from the table, whose texts would add to the
/// download.
pub(crate) const fn is_retried(code: u16) -> bool {
    !matches!(code, 1000 | 1002 | 1003 | 1007..=1010 | 3000 | 3003 | 4400..=4499)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_cover_every_code_without_gap_or_overlap() {
        assert_eq!(CLOSE_CODES[0].first, 0);
        assert_eq!(CLOSE_CODES[CLOSE_CODES.len() - 1].last, u16::MAX);
        for pair in CLOSE_CODES.windows(2) {
            assert_eq!(pair[0].last + 1, pair[1].first, "{pair:?}");
        }
        for code in 0..=u16::MAX {
            let row = close_code(code);
            assert!((row.first..=row.last).contains(&code), "{code} found {row:?}");
            assert_eq!(is_retried(code), row.retried, "{code}");
        }
    }

    #[test]
    fn exactly_the_codes_that_would_fail_again_stop() {
        let stops = |code: &u16| !close_code(*code).retried;
        let stopping: Vec<u16> = (0..=u16::MAX).filter(stops).collect();
        let mut expected = vec![1000, 1002, 1003, 1007, 1008, 1009, 1010, 3000, 3003];
        expected.extend(4400..=4499);
        assert_eq!(stopping, expected);
    }
}
