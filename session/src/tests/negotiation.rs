//! The sub-protocol.

use crate::*;

#[test]
fn each_protocol_is_offered_with_a_session_and_then_without() {
    assert_eq!(offer(&[]), ["steady.v1"]);
    assert_eq!(offer(&["chat", "json"]), ["steady.v1+chat", "steady.v1+json", "chat", "json"]);
}

#[test]
fn the_application_sees_its_own_protocol() {
    let agreed = |chosen| {
        let Agreed { session, protocol } = agree(chosen);
        (session, protocol)
    };
    assert_eq!(agreed("steady.v1"), (true, ""));
    assert_eq!(agreed("steady.v1+chat"), (true, "chat"));
    assert_eq!(agreed("chat"), (false, "chat"));
    assert_eq!(agreed(""), (false, ""));
    assert_eq!(agreed("steady.v10"), (false, "steady.v10"));
}

#[test]
fn a_server_chooses_a_session_if_it_can() {
    assert_eq!(choose(&["steady.v1"], &[]), Some("steady.v1"));
    assert_eq!(choose(&["steady.v1+chat", "chat"], &["chat"]), Some("steady.v1+chat"));
    assert_eq!(
        choose(&["steady.v1+json", "steady.v1+chat", "json", "chat"], &["chat"]),
        Some("steady.v1+chat")
    );
    assert_eq!(choose(&["steady.v1+json", "json"], &["chat"]), None);
    assert_eq!(choose(&["chat"], &["chat"]), Some("chat"));
    assert_eq!(choose(&[], &["chat"]), None);
}

#[test]
fn attempts_alternate_until_one_opens() {
    use Fallback::{Doubtful, Untried, Without, Works};
    assert_eq!([Untried, Doubtful, Works, Without].map(Fallback::offers), [true, false, true, false]);
    assert_eq!([Untried, Doubtful].map(|known| known.after(false)), [Doubtful, Untried]);
    assert_eq!([Untried, Doubtful].map(|known| known.after(true)), [Works, Without]);
    // What has opened stays known: a later failure is the network's.
    for known in [Works, Without] {
        assert_eq!([true, false].map(|opened| known.after(opened)), [known; 2]);
    }
}
