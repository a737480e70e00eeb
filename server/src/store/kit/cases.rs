//! The cases of the conformance kit.

use super::sample::{append, bits, entry, keys, payloads, record, swap};
use super::{Forgetting, Violation, ensure, random};
use crate::Refusal;
use crate::message::Message;
use crate::store::{Bits, Entry, Failure, Head, Record, Store, Tombstone, Write};
use std::time::Duration;
use steady_session::GREATEST;

const LONG: Duration = Duration::from_secs(3_600);
const SHORT: Duration = Duration::from_millis(20);

type Verdict = Result<(), String>;

fn named(case: &'static str) -> impl Fn(String) -> Violation {
    move |what| Violation { case, what }
}

/// Runs all cases, with this many random runs.
pub(super) async fn all<S: Store>(store: &S, lives: u64) -> Result<(), Violation> {
    written(store).await.map_err(named("an answered write is stored"))?;
    unknown(store).await.map_err(named("a session that does not exist"))?;
    every_payload(store).await.map_err(named("payloads are unchanged"))?;
    great_numbers(store).await.map_err(named("numbers up to 2^53 - 1"))?;
    all_or_nothing(store).await.map_err(named("a batch is written entirely or not at all"))?;
    adoption(store).await.map_err(named("a session has one owner"))?;
    race(store).await.map_err(named("one of two concurrent takeovers succeeds"))?;
    ends(store).await.map_err(named("an ended session stays ended"))?;
    positions(store).await.map_err(named("an end keeps the position"))?;
    leases(store).await.map_err(named("a session ends with its lease"))?;
    random::lives(store, lives).await.map_err(named("random runs"))
}

async fn begin(store: &impl Store, record: &Record) -> Verdict {
    store.create(record, LONG).await.map_err(|failure| format!("create: {failure}"))
}

async fn write(store: &impl Store, record: &mut Record, what: Write<Message>) -> Verdict {
    let entry = entry(record, what);
    let answer = store.write(record.id, std::slice::from_ref(&entry)).await;
    let answer = answer.map_err(|failure| format!("{entry:?}: {failure}"))?;
    let applied = record.apply(entry.seq, entry.owner, entry.write);
    let applied = applied.map_err(|error| format!("the kit's own write is invalid: {error:?}"))?;
    ensure!(answer == applied, "expected the position {applied}, answered {answer}");
    Ok(())
}

/// Checks that the store has exactly this record.
pub(super) async fn same(store: &impl Store, record: &Record) -> Verdict {
    let stored = store.load(record.id).await.map_err(|failure| format!("load: {failure}"))?;
    ensure!(stored.as_ref() == Some(record), "expected {record:?}, found {stored:?}");
    let head = store.head(record.id).await.map_err(|failure| format!("head: {failure}"))?;
    let wanted = Head::of(record);
    ensure!(head == Some(wanted), "expected {wanted:?}, found {head:?}");
    Ok(())
}

async fn written(store: &impl Store) -> Verdict {
    let mut record = record();
    begin(store, &record).await?;
    same(store, &record).await?;
    for text in ["one", "two", "three"] {
        write(store, &mut record, append(text.into())).await?;
        same(store, &record).await?;
    }
    write(store, &mut record, Write::Skip(2)).await?;
    same(store, &record).await?;
    write(store, &mut record, Write::Handled { count: 7, cost: 70 }).await?;
    same(store, &record).await?;
    // The position never decreases.
    write(store, &mut record, Write::Handled { count: 6, cost: 60 }).await?;
    same(store, &record).await?;
    write(store, &mut record, Write::Trim(2)).await?;
    same(store, &record).await?;
    let next = swap(&record);
    write(store, &mut record, Write::Swap(next)).await?;
    same(store, &record).await?;
    write(store, &mut record, Write::Confirm).await?;
    same(store, &record).await?;
    let other = Record { current: keys(), ..record.clone() };
    let again = store.create(&other, LONG).await;
    ensure!(matches!(again, Err(Failure::Gap)), "created twice: {again:?}");
    same(store, &record).await
}

async fn unknown(store: &impl Store) -> Verdict {
    let record = record();
    let loaded = store.load(record.id).await;
    ensure!(matches!(loaded, Ok(None)), "load: {loaded:?}");
    let head = store.head(record.id).await;
    ensure!(matches!(head, Ok(None)), "head: {head:?}");
    let wrote = store.write(record.id, &[entry(&record, Write::Confirm)]).await;
    ensure!(matches!(wrote, Err(Failure::Gap)), "write: {wrote:?}");
    let adopted = store.adopt(record.id, record.current.nonce, &swap(&record), LONG).await;
    ensure!(matches!(adopted, Err(Failure::Gap)), "adopt: {adopted:?}");
    renew(store, record.id, record.current.nonce, LONG).await
}

async fn every_payload(store: &impl Store) -> Verdict {
    let mut record = record();
    begin(store, &record).await?;
    let mut entries = Vec::new();
    for payload in payloads() {
        let one = entry(&record, append(payload));
        record.apply(one.seq, one.owner, one.write.clone()).map_err(|error| format!("{error:?}"))?;
        entries.push(one);
    }
    store.write(record.id, &entries).await.map_err(|failure| format!("write: {failure}"))?;
    same(store, &record).await
}

async fn great_numbers(store: &impl Store) -> Verdict {
    let mut record = Record {
        attempt: GREATEST - 1,
        window: GREATEST,
        handled: GREATEST - 10,
        handled_cost: GREATEST - 10,
        acked: GREATEST - 10,
        acked_cost: GREATEST - 100,
        seq: GREATEST - 100,
        previous: Some(keys()),
        ..record()
    };
    begin(store, &record).await?;
    same(store, &record).await?;
    write(store, &mut record, append("x".into())).await?;
    write(store, &mut record, append("y".into())).await?;
    let acked = record.acked;
    write(store, &mut record, Write::Skip(acked + 2)).await?;
    write(store, &mut record, Write::Trim(acked + 1)).await?;
    write(store, &mut record, Write::Handled { count: GREATEST, cost: GREATEST }).await?;
    same(store, &record).await
}

async fn all_or_nothing(store: &impl Store) -> Verdict {
    let mut record = record();
    begin(store, &record).await?;
    write(store, &mut record, append("kept".into())).await?;
    let owner = record.current.nonce;
    let at = |seq, owner, write| Entry { seq, owner, write };
    let next = record.seq + 1;
    let gap = [
        at(next, owner, append("lost".into())),
        at(next + 1, owner, Write::Trim(1)),
        at(next + 3, owner, Write::Confirm),
    ];
    let answer = store.write(record.id, &gap).await;
    ensure!(matches!(answer, Err(Failure::Gap)), "a batch with a gap: {answer:?}");
    same(store, &record).await?;
    let stranger =
        [at(next, owner, Write::Handled { count: 9, cost: 9 }), at(next + 1, bits(), Write::Confirm)];
    let answer = store.write(record.id, &stranger).await;
    ensure!(matches!(answer, Err(Failure::Fenced)), "a batch with a stranger's write: {answer:?}");
    same(store, &record).await?;
    // A resume changes the owner in the middle of a batch.
    let change = swap(&record);
    let batch = [
        at(next, owner, append("before".into())),
        at(next + 1, owner, Write::Swap(change)),
        at(next + 2, change.current.nonce, append("behind".into())),
        at(next + 3, change.current.nonce, Write::Trim(3)),
    ];
    store.write(record.id, &batch).await.map_err(|failure| format!("a batch with a resume: {failure}"))?;
    for Entry { seq, owner, write } in batch {
        record.apply(seq, owner, write).map_err(|error| format!("{error:?}"))?;
    }
    same(store, &record).await
}

async fn adoption(store: &impl Store) -> Verdict {
    let mut record = record();
    begin(store, &record).await?;
    write(store, &mut record, append("of the first".into())).await?;
    let first = record.current.nonce;
    let change = swap(&record);
    // A write between reading the record and taking it over is part of the result.
    write(store, &mut record, append("late".into())).await?;
    let adopted =
        store.adopt(record.id, first, &change, LONG).await.map_err(|failure| format!("adopt: {failure}"))?;
    record.adopt(first, &change).map_err(|error| format!("{error:?}"))?;
    ensure!(adopted == record, "expected {record:?}, adopted {adopted:?}");
    same(store, &record).await?;
    let stale =
        store.write(record.id, &[Entry { owner: first, ..entry(&record, append("stale".into())) }]).await;
    ensure!(matches!(stale, Err(Failure::Fenced)), "a stale owner wrote: {stale:?}");
    let again = store.adopt(record.id, first, &swap(&record), LONG).await;
    ensure!(matches!(again, Err(Failure::Fenced)), "taken over from a stale owner: {again:?}");
    same(store, &record).await?;
    write(store, &mut record, append("of the second".into())).await?;
    same(store, &record).await
}

async fn race(store: &impl Store) -> Verdict {
    for _ in 0..8 {
        let record = record();
        begin(store, &record).await?;
        let owner = record.current.nonce;
        let (one, other) = (swap(&record), swap(&record));
        let adopt = async |change| loop {
            match store.adopt(record.id, owner, change, LONG).await {
                // The other takeover is under way.
                Err(Failure::Busy(_)) => tokio::time::sleep(Duration::from_millis(1)).await,
                answer => break answer,
            }
        };
        let (left, right) = futures_util::future::join(adopt(&one), adopt(&other)).await;
        let winner = match (&left, &right) {
            (Ok(_), Err(Failure::Fenced)) => one,
            (Err(Failure::Fenced), Ok(_)) => other,
            both => return Err(format!("{both:?}")),
        };
        let mut record = record;
        record.adopt(owner, &winner).map_err(|error| format!("{error:?}"))?;
        same(store, &record).await?;
    }
    Ok(())
}

async fn ends(store: &impl Store) -> Verdict {
    let whys = [Refusal::Closed, Refusal::Expired, Refusal::Counts, Refusal::Store, Refusal::Broken];
    for why in whys {
        let mut record = record();
        begin(store, &record).await?;
        write(store, &mut record, append("never sent".into())).await?;
        write(store, &mut record, Write::End(Tombstone { why, handled: 3 })).await?;
        same(store, &record).await?;
        let late = store.write(record.id, &[entry(&record, Write::Confirm)]).await;
        ensure!(matches!(late, Err(Failure::Gap)), "wrote after the end: {late:?}");
        let owner = record.current.nonce;
        let adopted = store.adopt(record.id, owner, &swap(&record), LONG).await;
        ensure!(
            matches!(&adopted, Ok(adopted) if *adopted == record),
            "taken over after the end: {adopted:?}"
        );
        same(store, &record).await?;
    }
    Ok(())
}

/// The application may have committed more than the session knows of when it ends.
async fn positions(store: &impl Store) -> Verdict {
    for (handled, then) in [(3, 7), (7, 7), (8, 8)] {
        let end = Write::End(Tombstone { why: Refusal::Broken, handled });
        let mut record = record();
        begin(store, &record).await?;
        write(store, &mut record, Write::Handled { count: 7, cost: 70 }).await?;
        write(store, &mut record, end.clone()).await?;
        ensure!(record.position() == then, "{record:?}");
        same(store, &record).await?;
        // The same in one batch.
        let mut record = Record { id: bits(), seq: 1, handled: 0, handled_cost: 0, end: None, ..record };
        begin(store, &record).await?;
        let (first, owner) = (record.seq + 1, record.current.nonce);
        let batch = [
            Entry { seq: first, owner, write: Write::Handled { count: 7, cost: 70 } },
            Entry { seq: first + 1, owner, write: end },
        ];
        let answer = store.write(record.id, &batch).await;
        ensure!(matches!(answer, Ok(count) if count == then), "expected {then}, answered {answer:?}");
        for Entry { seq, owner, write } in batch {
            record.apply(seq, owner, write).map_err(|error| format!("{error:?}"))?;
        }
        same(store, &record).await?;
    }
    Ok(())
}

/// Calls `expire` until the record satisfies a condition.
async fn until_expired(store: &impl Store, id: Bits, is_so: impl Fn(&Option<Record>) -> bool) -> Verdict {
    for _ in 0..500 {
        match store.expire(SHORT).await {
            // A node repeats it in its next round.
            Ok(_) | Err(Failure::Busy(_) | Failure::Away(_)) => {}
            Err(failure) => return Err(format!("expire: {failure}")),
        }
        if is_so(&store.load(id).await.map_err(|failure| format!("load: {failure}"))?) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Err("the session was neither ended nor deleted after its lease ran out".into())
}

/// Renews a lease, and like a node repeats it if the store is away.
async fn renew(store: &impl Store, id: Bits, owner: Bits, lease: Duration) -> Verdict {
    loop {
        match store.renew(&[(id, owner)], lease).await {
            Ok(()) => return Ok(()),
            Err(Failure::Busy(_) | Failure::Away(_)) => {}
            Err(failure) => return Err(format!("renew: {failure}")),
        }
    }
}

async fn leases(store: &impl Store) -> Verdict {
    let create = async |lease| {
        let mut record = record();
        let answer = store.create(&record, lease).await;
        answer.map_err(|failure| format!("create: {failure}"))?;
        write(store, &mut record, append("held".into())).await?;
        write(store, &mut record, Write::Handled { count: 5, cost: 50 }).await?;
        Ok::<_, String>(record)
    };
    let lasting = create(LONG).await?;
    let renewed = create(LONG).await?;
    // A renewal can shorten a lease; only the owner can renew it.
    renew(store, renewed.id, renewed.current.nonce, SHORT).await?;
    renew(store, renewed.id, bits(), LONG).await?;
    let mut adopted = create(LONG).await?;
    renew(store, adopted.id, adopted.current.nonce, Duration::ZERO).await?;
    let change = swap(&adopted);
    let owner = adopted.current.nonce;
    let answer = store.adopt(adopted.id, owner, &change, LONG).await;
    ensure!(answer.is_ok(), "adopt: {answer:?}");
    adopted.adopt(owner, &change).map_err(|error| format!("{error:?}"))?;
    until_expired(store, renewed.id, |found| found.as_ref().is_none_or(|found| found.end.is_some())).await?;
    if let Some(found) = store.load(renewed.id).await.map_err(|failure| format!("load: {failure}"))? {
        let tombstone = Tombstone { why: Refusal::Expired, handled: 5 };
        let expected = Record { end: Some(tombstone), held: Default::default(), ..renewed.clone() };
        ensure!(found == expected, "expected {expected:?}, found {found:?}");
        let late = store.write(renewed.id, &[entry(&renewed, Write::Confirm)]).await;
        ensure!(matches!(late, Err(Failure::Gap)), "wrote after the lease: {late:?}");
    }
    until_expired(store, renewed.id, Option::is_none).await?;
    same(store, &lasting).await?;
    same(store, &adopted).await
}

/// Runs the cases that need direct access: with retries, a repeated write cannot be told from the first one.
pub(super) async fn only_direct<S: Store>(store: &S) -> Result<(), Violation> {
    repeated(store).await.map_err(named("a repeated write is refused"))?;
    tombstones(store).await.map_err(named("a tombstone lasts as long as its lease"))
}

async fn repeated(store: &impl Store) -> Verdict {
    let mut record = record();
    begin(store, &record).await?;
    let once = entry(&record, append("once".into()));
    write(store, &mut record, once.write.clone()).await?;
    let twice = store.write(record.id, &[once]).await;
    ensure!(matches!(twice, Err(Failure::Gap)), "{twice:?}");
    let created = store.create(&record, LONG).await;
    ensure!(matches!(created, Err(Failure::Gap)), "{created:?}");
    same(store, &record).await
}

async fn tombstones(store: &impl Store) -> Verdict {
    let record = record();
    store.create(&record, Duration::ZERO).await.map_err(|failure| format!("create: {failure}"))?;
    let expired = async || store.expire(LONG).await.map_err(|failure| format!("expire: {failure}"));
    let mut ended = 0;
    while store
        .load(record.id)
        .await
        .map_err(|failure| format!("load: {failure}"))?
        .is_some_and(|found| found.end.is_none())
    {
        ended += expired().await?;
    }
    ensure!(ended >= 1, "counted {ended}");
    expired().await?;
    let found = store.load(record.id).await.map_err(|failure| format!("load: {failure}"))?;
    let wanted = Some(Tombstone { why: Refusal::Expired, handled: 0 });
    ensure!(found.as_ref().is_some_and(|found| found.end == wanted), "found {found:?}");
    Ok(())
}

/// Checks that the owner's next write fails if the store has lost its last writes.
pub(super) async fn lost_tail<S: Store>(store: &Forgetting<S>) -> Result<(), Violation> {
    let case = async {
        let mut record = record();
        begin(store, &record).await?;
        write(store, &mut record, append("kept".into())).await?;
        let kept = record.clone();
        store.forget(true);
        write(store, &mut record, append("lost".into())).await?;
        store.forget(false);
        let next = store.write(record.id, &[entry(&record, append("next".into()))]).await;
        ensure!(matches!(next, Err(Failure::Gap)), "the loss was not detected: {next:?}");
        same(store, &kept).await
    };
    case.await.map_err(named("lost writes are detected"))
}
