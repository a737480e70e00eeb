//! Close reasons stay in JavaScript; the core has their numbers.

use crate::core::Text;
use alloc::string::String;

/// A close reason that JavaScript stores; 0 stands for none.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct StoredText {
    /// The index in `reasons` of `steady.js`.
    pub(super) number: u32,
    /// The length, which the core checks, of one of the application's.
    bytes: u32,
}

impl StoredText {
    /// The reason with which a connection ended.
    pub(super) const OF_CONNECTION: Self = Self { number: 2, bytes: 0 };

    /// The reason that the application passed to `close`, of this length.
    pub(super) const fn of_application(bytes: u32) -> Self {
        Self { number: 1, bytes }
    }
}

impl Text for StoredText {
    fn bytes(&self) -> usize {
        self.bytes as usize
    }

    #[cfg(npm_trace)]
    fn write_to(&self, out: &mut String) {
        super::trace::read_stored(self.number, out);
    }

    /// Only traces have texts.
    #[cfg(not(npm_trace))]
    fn write_to(&self, _: &mut String) {}
}
