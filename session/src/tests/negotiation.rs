//! The sub-protocol.

use crate::*;
use std::vec::Vec;

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
fn a_first_connection_that_fails_is_followed_by_one_without() {
    let offers: Vec<bool> =
        [Fallback::Untried, Fallback::Untried.after(true), Fallback::Untried.after(false)]
            .iter()
            .map(|known| known.offers())
            .collect();
    assert_eq!(offers, [true, true, false]);
    // What is known stays known: a later failure is the network's.
    assert_eq!(Fallback::Untried.after(true).after(false), Fallback::Works);
    assert_eq!(Fallback::Untried.after(false).after(true), Fallback::Without);
}
