//! Random runs of a session, compared with a record in memory.

use super::cases::same;
use super::ensure;
use super::sample::{append, bits, entry, record, swap};
use crate::Refusal;
use crate::store::{Entry, Failure, Store, Tombstone, Write};
use std::fmt::Debug;
use std::time::Duration;
use steady_session::StoreError;

const STEPS: u64 = 40;
const LONG: Duration = Duration::from_secs(3_600);

/// A xorshift64 generator.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

pub(super) async fn lives(store: &impl Store, count: u64) -> Result<(), String> {
    for seed in 1..=count {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        life(store, &mut random).await.map_err(|what| format!("seed {seed}: {what}"))?;
    }
    Ok(())
}

async fn life(store: &impl Store, random: &mut Random) -> Result<(), String> {
    let mut model = record();
    store.create(&model, LONG).await.map_err(|failure| failure.to_string())?;
    for _ in 0..STEPS {
        if random.below(12) == 0 {
            let owner = if random.below(3) == 0 { bits() } else { model.current.nonce };
            let change = swap(&model);
            let expected = model.adopt(owner, &change);
            let answer = store.adopt(model.id, owner, &change, LONG).await;
            agree(expected, answer.as_ref().map(drop), "adopt")?;
            if let Ok(adopted) = answer {
                ensure!(adopted == model, "expected {model:?}, adopted {adopted:?}");
            }
            continue;
        }
        let mut after = model.clone();
        let mut expected = Ok(model.position());
        let mut entries = Vec::new();
        for _ in 0..=random.below(6) {
            let mut one = any(random, &after);
            match random.below(30) {
                0 => one.owner = bits(),
                1 => one.seq += 1,
                _ => {}
            }
            if expected.is_ok() {
                expected = after.apply(one.seq, one.owner, one.write.clone());
            }
            entries.push(one);
        }
        let now = if random.below(2) == 0 { store.write_now(model.id, &entries) } else { None };
        let answer = match now {
            Some(answer) => answer,
            None => store.write(model.id, &entries).await,
        };
        agree(expected, answer.as_ref().copied(), "write")?;
        if expected.is_ok() {
            model = after;
        }
        same(store, &model).await?;
    }
    Ok(())
}

fn any(random: &mut Random, record: &crate::store::Record) -> Entry {
    let held = record.held.len() as u64;
    let write = match random.below(24) {
        0..=9 => append(random.below(1_000).to_string().into()),
        10..=11 => append(vec![7; 1 + random.below(9) as usize].into()),
        12..=13 => Write::Skip(record.acked + random.below(held + 3)),
        14..=17 => Write::Trim(record.acked.saturating_sub(1) + random.below(held + 3)),
        18..=20 => {
            let count = record.handled + random.below(5);
            Write::Handled { count, cost: record.handled_cost + 10 * (count - record.handled) }
        }
        21 => Write::Swap(swap(record)),
        22 => Write::Confirm,
        _ if random.below(4) == 0 => {
            let handled = record.handled.saturating_sub(2) + random.below(4);
            Write::End(Tombstone { why: Refusal::Closed, handled })
        }
        _ => Write::Confirm,
    };
    entry(record, write)
}

fn agree<T: Copy + PartialEq + Debug>(
    expected: Result<T, StoreError>,
    answer: Result<T, &Failure>,
    what: &str,
) -> Result<(), String> {
    let answered = match answer {
        Ok(answered) => Some(Ok(answered)),
        Err(Failure::Fenced) => Some(Err(StoreError::Fenced)),
        Err(Failure::Gap) => Some(Err(StoreError::Gap)),
        Err(_) => None,
    };
    ensure!(answered == Some(expected), "{what}: expected {expected:?}, answered {answer:?}");
    Ok(())
}
