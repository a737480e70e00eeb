//! The event queue: one slot per millisecond, so that inserting and removing take constant time, for a thousand
//! events or ten million.

/// Milliseconds of virtual time since the start of a run.
pub type Millis = u64;

/// Events ordered by time and, within a millisecond, by insertion.
pub struct Calendar<E> {
    slots: Vec<Vec<E>>,
    now: usize,
}

impl<E> Calendar<E> {
    /// Creates a calendar that ends at `end`; later events are discarded.
    pub fn new(end: Millis) -> Self {
        Self { slots: (0..=end).map(|_| Vec::new()).collect(), now: 0 }
    }

    /// Inserts `event` at `at`, or now if that is in the past.
    pub fn put(&mut self, at: Millis, event: E) {
        let at = usize::try_from(at).unwrap_or(usize::MAX).max(self.now);
        if let Some(slot) = self.slots.get_mut(at) {
            slot.push(event);
        }
    }

    /// Returns the next time that has events, and these. Events inserted at that time meanwhile are returned by the
    /// next call.
    pub fn next(&mut self) -> Option<(Millis, Vec<E>)> {
        while let Some(slot) = self.slots.get_mut(self.now) {
            if !slot.is_empty() {
                return Some((self.now as Millis, std::mem::take(slot)));
            }
            self.now += 1;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::Calendar;

    #[test]
    fn keeps_time_and_order() {
        let mut calendar = Calendar::new(9);
        calendar.put(5, 'b');
        calendar.put(3, 'a');
        calendar.put(5, 'c');
        calendar.put(10, 'z');
        assert_eq!(calendar.next(), Some((3, vec!['a'])));
        assert_eq!(calendar.next(), Some((5, vec!['b', 'c'])));
        calendar.put(1, 'd');
        assert_eq!(calendar.next(), Some((5, vec!['d'])));
        assert_eq!(calendar.next(), None);
    }
}
