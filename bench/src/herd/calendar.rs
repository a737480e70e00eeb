//! What happens when: one slot for every millisecond, so that putting in and taking out cost the
//! same whether a thousand events wait or ten million.

/// Milliseconds of virtual time since the beginning of a run.
pub type Millis = u64;

/// Events in the order of their time, and within one millisecond in the order they were put in.
pub struct Calendar<E> {
    slots: Vec<Vec<E>>,
    now: usize,
}

impl<E> Calendar<E> {
    /// A calendar that ends at `end`; what would come later never comes.
    pub fn new(end: Millis) -> Self {
        Self { slots: (0..=end).map(|_| Vec::new()).collect(), now: 0 }
    }

    /// Puts `event` at `at`; the past is the present.
    pub fn put(&mut self, at: Millis, event: E) {
        let at = usize::try_from(at).unwrap_or(usize::MAX).max(self.now);
        if let Some(slot) = self.slots.get_mut(at) {
            slot.push(event);
        }
    }

    /// The next moment at which anything happens, with what happens then. What is put into that same
    /// moment meanwhile comes with the next call.
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
