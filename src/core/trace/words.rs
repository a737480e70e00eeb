//! The words that writing and reading share.

use crate::core::{Decision, Jitter, NotDialed, Overflow, Page};

/// An enum with a word for each value.
pub(super) trait Word: Copy + PartialEq + 'static {
    const WORDS: &'static [(&'static str, Self)];

    fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, value)| *value == self).map_or("", |(word, _)| word)
    }

    fn of(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(known, _)| *known == word).map(|(_, value)| *value)
    }
}

impl Word for Page {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("online", Self::Online),
        ("offline", Self::Offline),
        ("hidden", Self::Hidden),
        ("visible", Self::Visible),
        ("frozen", Self::Frozen),
        ("resumed", Self::Resumed),
        ("stowed", Self::Stowed),
        ("shown", Self::Shown),
        ("clock-jumped", Self::ClockJumped),
    ];
}

impl Word for NotDialed {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("provider", Self::Provider),
        ("forbidden", Self::Forbidden),
        ("forbidden-for-good", Self::ForbiddenForGood),
    ];
}

impl Word for Jitter {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("full", Self::Full),
        ("equal", Self::Equal),
        ("decorrelated", Self::Decorrelated),
        ("none", Self::None),
    ];
}

impl Word for Overflow {
    const WORDS: &'static [(&'static str, Self)] =
        &[("refuse", Self::Refuse), ("drop-oldest", Self::DropOldest), ("drop-newest", Self::DropNewest)];
}

/// All but `After`, which carries a number.
impl Word for Decision {
    const WORDS: &'static [(&'static str, Self)] =
        &[("usual", Self::Usual), ("stop", Self::Stop), ("again", Self::Again)];
}
