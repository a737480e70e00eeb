//! The Rust API in a browser, against the fault server.
//!
//! What others get wrong, and where it is shown that this does not (`hooks`: `integrations/hooks/tests/scenarios`):
//!
//! | fault | in | test |
//! | --- | --- | --- |
//! | the sink's `close` is Ok, and the socket is open 300 ms later | gloo-net | `basics::the_sinks_close_really_closes` |
//! | 40 awaited sends of 1 MB all lie in `bufferedAmount` | gloo-net, ws_stream_wasm | `pressure::forty_megabytes_never_pile_up`, `…_through_the_sink` |
//! | `flush` does nothing | gloo-net, ws_stream_wasm, tokio-tungstenite-wasm | the same, and `pressure::pressure_ends_at_the_low_mark_and_not_before` |
//! | waiting for room is a timer without delay | websocket-web | `pressure::waiting_for_room_sets_few_timers` |
//! | what is received and not taken is kept without bound, or fails at a bound nobody set | all | `inbound` |
//! | sending when closed is Ok, logged or silent, and the message lost | gloo-net, websocket-web, ewebsock, the hooks | `basics::sending_to_a_closed_socket_is_an_error`, `hooks::closed_and_opened_again_by_hand` |
//! | a reason without a code throws; a bad code panics | gloo-net, websocket-web | `basics::wrong_codes_and_reasons_are_errors` (a reason goes with a code, by type) |
//! | the close is an error among the messages, or can't be learned | gloo-net, websocket-web, ewebsock | `basics::close_resolves_to_the_close_that_happened`, `basics::either_half_can_close` |
//! | a list of sub-protocols of more than one is broken | tokio-tungstenite-wasm | `basics::sub_protocols` |
//! | text and binary change places | ewebsock | `basics::order_holds_between_text_and_binary` |
//! | connecting and dropping costs memory; closures leak or are called when gone | ewebsock, yew-hooks | `soundness` |
//! | a fixed 3 s between attempts | leptos-use, yew-hooks | `steady::it_comes_back_with_what_was_queued`, the core's `tests/core/delays.rs` |
//! | nothing goes on unless it is polled | reconnecting-websocket, the crate | `steady::it_comes_back_though_nobody_polls_it` |
//! | heartbeats are sent, their answer never looked for | leptos-use | `steady::a_silent_peer_is_noticed` |
//! | of a burst only the latest message is seen | leptos-use, yew-hooks | `hooks::a_burst_is_whole_and_in_order` |
//! | no workers | leptos-use, yew-hooks | `tests/in_*_worker.rs` |
//! | a server does not compile it | websocket-web | `tests/rust_api_host.rs`, `integrations/leptos/tests/ssr.rs` |
#![cfg(target_arch = "wasm32")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "clippy does not know these tests for tests"
)]

mod basics;
mod failures;
mod inbound;
mod pressure;
#[cfg(feature = "session")]
mod session;
mod soundness;
mod steady;
mod support;
mod timer;
#[cfg(feature = "json")]
mod typed;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
