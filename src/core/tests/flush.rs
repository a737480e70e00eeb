//! The list of pending flushes stays as short as the flushes that are pending.

use crate::core::tests::fail_fast;
use crate::core::{Config, Effect, Input, Instant, Machine, OutgoingMessage};

/// One flush is always pending, so the list is never empty.
#[test]
fn finished_flushes_are_dropped_while_another_is_pending() {
    fail_fast();
    for config in [Config::default(), Config::steady()] {
        let mut machine: Machine<u64> = Machine::new(config, 1).expect("the defaults are valid");
        let mut now = 0;
        let mut reported = 0;
        let mut step = |machine: &mut Machine<u64>, input| {
            now += 1;
            machine.handle(Instant::from_millis(now), input).expect("the input is legal");
            while let Some(effect) = machine.poll() {
                reported += u32::from(matches!(effect, Effect::Flushed(_)));
            }
        };
        for input in [Input::Connect, Input::Dialed(1), Input::Opened(1), Input::Announced(1)] {
            step(&mut machine, input);
        }
        for payload in 0..1_000 {
            step(&mut machine, Input::Send(OutgoingMessage::new(payload, 10)));
            step(&mut machine, Input::Flush);
            // Everything but the latest message has left.
            step(&mut machine, Input::Buffered(1, 10));
            let stored = format!("{:?}", machine.flushes).matches("PendingFlush {").count();
            assert_eq!(stored, 1, "one flush is pending");
        }
        assert_eq!(reported, 999);
    }
}
