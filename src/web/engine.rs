//! The machine as a trait object, so that an app carries only the kinds it uses. Every borrow of the machine begins and
//! ends here.

use crate::core::trace::Recorded;
use crate::core::{
    Attempt, CloseInfo, Effect, Error, Input, Instant, LostMessage, Machine, MachineKind, ReadyState, Stats,
    Ticket,
};
use std::cell::RefCell;

/// Declares the trait and its implementations; each method calls the machine's. `clone` clones a returned reference.
macro_rules! engine {
    ($(fn $name:ident($($argument:ident: $type:ty),*) -> $answer:ty $(, $clone:ident)?;)*) => {
        /// The methods of [`Machine`].
        pub(crate) trait Engine<P> {
            $(fn $name(&self, $($argument: $type),*) -> $answer;)*

            /// Returns the trace of a recorded machine.
            fn trace(&self) -> Option<String> {
                None
            }
        }

        impl<P: Clone, K: MachineKind<Text = String>> Engine<P> for RefCell<Machine<P, K>> {
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
    fn holds(ticket: Ticket) -> bool;
    fn last_lost() -> Option<LostMessage>;
    fn queued() -> (u64, u64);
    fn close_info() -> CloseInfo, clone;
    fn stats() -> Stats, clone;
}
