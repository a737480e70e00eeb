//! The machine as a driver sees it: an object, so that an app carries only the machines it asked for. Every borrow of
//! the machine begins and ends here.

use crate::core::trace::Recorded;
use crate::core::{
    Attempt, CloseInfo, Effect, Error, Input, Instant, Machine, MachineKind, ReadyState, Stats, Ticket, Why,
};
use std::cell::RefCell;

/// Declares the trait and what implements it: each method is the machine's own. `clone` copies what the machine only
/// shows.
macro_rules! engine {
    ($(fn $name:ident($($argument:ident: $type:ty),*) -> $answer:ty $(, $clone:ident)?;)*) => {
        /// What [`Machine`] does, method by method.
        pub(crate) trait Engine<P> {
            $(fn $name(&self, $($argument: $type),*) -> $answer;)*

            /// What has happened to it, if it writes that down.
            fn trace(&self) -> Option<String> {
                None
            }
        }

        impl<P: Clone, K: MachineKind> Engine<P> for RefCell<Machine<P, K>> {
            $(fn $name(&self, $($argument: $type),*) -> $answer {
                self.borrow_mut().$name($($argument),*)$(.$clone())?
            })*
        }

        impl<P: Clone> Engine<P> for RefCell<Recorded<P>> {
            $(fn $name(&self, $($argument: $type),*) -> $answer {
                self.borrow_mut().$name($($argument),*)$(.$clone())?
            })*

            fn trace(&self) -> Option<String> {
                Some(self.borrow().trace().to_owned())
            }
        }
    };
}

engine! {
    fn handle(now: Instant, input: Input<P>) -> Result<(), Error>;
    fn poll() -> Option<Effect<P>>;
    fn deadline() -> Option<Instant>;
    fn ready_state() -> ReadyState;
    fn attempt() -> Attempt;
    fn awaits(attempt: Attempt) -> bool;
    fn delivers(attempt: Attempt) -> bool;
    fn is_pressed() -> bool;
    fn buffered_amount(native: u64) -> u64;
    fn next_ticket() -> Ticket;
    fn lost_since(from: Ticket) -> Option<(Ticket, Why)>;
    fn queued() -> (u64, u64);
    fn close_info() -> CloseInfo, clone;
    fn stats() -> Stats, clone;
}
