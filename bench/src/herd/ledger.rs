//! Records which end has which message, from the world's view and not the machine's.

use steady_websocket::core::{Fate, Why};

/// What is known of one message.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    fate: Option<Fate>,
    delivered: bool,
    swallowed: bool,
}

/// One entry for every accepted message, in the order of acceptance.
#[derive(Default)]
pub struct Ledger {
    entries: Vec<Entry>,
    last: Option<u64>,
}

impl Ledger {
    /// Returns the number of the next accepted message.
    pub const fn next(&self) -> u64 {
        self.entries.len() as u64
    }

    /// Records that `send` accepted it.
    pub fn accepted(&mut self) {
        self.entries.push(Entry::default());
    }

    /// Records that it arrived at the server; fails unless in order and once.
    pub fn delivered(&mut self, id: u64) -> Result<(), String> {
        if self.last.is_some_and(|last| last >= id) {
            return Err(format!("message {id} arrived after {:?}", self.last));
        }
        self.last = Some(id);
        self.of(id)?.delivered = true;
        Ok(())
    }

    /// Records that it left and the network lost it.
    pub fn swallowed(&mut self, id: u64) -> Result<(), String> {
        self.of(id)?.swallowed = true;
        Ok(())
    }

    /// Records the machine's report of its outcome; fails on a second one.
    pub fn fate(&mut self, id: u64, fate: Fate) -> Result<(), String> {
        let entry = self.of(id)?;
        if let Some(earlier) = entry.fate.replace(fate) {
            return Err(format!("message {id}: {earlier:?}, and then {fate:?}"));
        }
        Ok(())
    }

    fn of(&mut self, id: u64) -> Result<&mut Entry, String> {
        self.entries.get_mut(id as usize).ok_or_else(|| format!("message {id} was never accepted"))
    }

    /// Returns the totals after the socket closed: delivered, discarded, in doubt, lost by the network; or the first
    /// message that was lost silently.
    pub fn balance(&self) -> Result<(u64, u64, u64, u64), String> {
        let mut sums = (0, 0, 0, 0);
        for (id, entry) in self.entries.iter().enumerate() {
            let honest = match entry.fate {
                None => false,
                Some(Fate::HandedOver) => entry.delivered || entry.swallowed,
                Some(Fate::Discarded(Why::InDoubt)) => true,
                Some(Fate::Discarded(_)) => !entry.delivered && !entry.swallowed,
            };
            if !honest {
                return Err(format!("message {id} is not what was said: {entry:?}"));
            }
            sums.0 += u64::from(entry.delivered);
            match entry.fate {
                Some(Fate::Discarded(Why::InDoubt)) => sums.2 += 1,
                Some(Fate::Discarded(_)) => sums.1 += 1,
                _ => sums.3 += u64::from(!entry.delivered),
            }
        }
        Ok(sums)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_a_lie_from_the_truth() {
        let mut ledger = Ledger::default();
        ledger.accepted();
        ledger.accepted();
        assert!(ledger.balance().is_err(), "lost without a word");
        ledger.fate(0, Fate::HandedOver).unwrap();
        ledger.fate(1, Fate::Discarded(Why::Expired)).unwrap();
        assert!(ledger.balance().is_err(), "said to be handed over, and did not arrive");
        ledger.delivered(0).unwrap();
        assert_eq!(ledger.balance(), Ok((1, 1, 0, 0)));
        assert!(ledger.delivered(0).is_err(), "twice");
        assert!(ledger.fate(0, Fate::HandedOver).is_err(), "two fates");
        ledger.delivered(1).unwrap();
        assert!(ledger.balance().is_err(), "said to be discarded, and arrived");
        assert!(ledger.delivered(0).is_err(), "out of order");
    }
}
