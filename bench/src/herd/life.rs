//! Twenty-four hours of one steady socket in virtual time, with random faults.
//!
//! The world is `network.rs`, the account is `ledger.rs`; here is the schedule.

use steady_websocket::core::{
    Config, Error, HeartbeatConfig, Input, OutgoingMessage, Overflow, Page, Ticket,
};

use crate::calendar::Millis;
use crate::network::{Network, Weather};
use crate::random::Random;

/// One hour.
pub const HOUR: Millis = 3_600_000;

/// The totals of a life.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Life {
    /// Messages accepted by `send`.
    pub accepted: u64,
    /// Messages that `send` refused.
    pub refused: u64,
    /// Messages that the server received.
    pub delivered: u64,
    /// Messages reported as discarded by a rule.
    pub discarded: u64,
    /// Messages reported as in doubt.
    pub in_doubt: u64,
    /// Messages that left and were lost by the network: no browser can know.
    pub swallowed: u64,
    /// Faults injected.
    pub faults: u64,
    /// Connections made.
    pub connections: u32,
    /// For each hour with a quiet moment, the length of the machine's smallest debug output: a measure of what it
    /// stores.
    pub holds: Vec<usize>,
}

/// Simulates this many hours; an error is the first broken promise.
pub fn live(hours: u64, seed: u64) -> Result<Life, String> {
    let mut config = Config::steady();
    if let Some(steady) = &mut config.steady {
        steady.heartbeat = Some(HeartbeatConfig { interval: 25_000, timeout: 10_000 });
        steady.queue.max_count = 500;
        steady.queue.overflow = if seed.is_multiple_of(2) { Overflow::Refuse } else { Overflow::DropOldest };
    }
    let mut net = Network::new(config, seed)?;
    let mut chance = Random::new(seed ^ 0x6C69_6665);
    let mut life = Life::default();
    net.hear(Input::Connect)?;
    let (mut next_word, mut next_fault) = (0, 60_000);
    for hour in 1..=hours {
        let mut least = usize::MAX;
        while net.now < hour * HOUR {
            let until = next_word.min(next_fault).min(hour * HOUR);
            net.run_until(until)?;
            if net.now >= next_word {
                talk(&mut net, &mut chance, &mut life)?;
                next_word = net.now + 1 + chance.below(800);
            }
            if net.now >= next_fault {
                misbehave(&mut net, &mut chance)?;
                life.faults += 1;
                next_fault = net.now + 1_000 + chance.below(120_000);
            }
            if net.is_calm() && chance.below(10) == 0 {
                least = least.min(net.description());
            }
        }
        // An hour may have no quiet moment.
        life.holds.extend((least < usize::MAX).then_some(least));
    }
    // All faults end, everything drains, and the socket is closed: the totals must add up.
    net.clear()?;
    net.run_until(net.now + 300_000)?;
    net.hear(Input::Close { code: Some(1000), reason: "".into() })?;
    net.run_until(net.now + 60_000)?;
    let sums = net.balance()?;
    (life.delivered, life.discarded, life.in_doubt, life.swallowed) = sums;
    life.connections = net.connections();
    Ok(life)
}

fn talk(net: &mut Network, chance: &mut Random, life: &mut Life) -> Result<(), String> {
    if !net.is_awake() {
        return Ok(());
    }
    let burst = if chance.below(100) == 0 { 300 } else { 1 };
    for _ in 0..burst {
        let mut message = OutgoingMessage::new(net.next_ticket(), chance.below(2_000));
        match chance.below(20) {
            0 => message.lifetime = Some(1 + chance.below(30_000)),
            1 => message.session_bound = true,
            2 => message.replaces = Some(Ticket(net.next_ticket().saturating_sub(1))),
            3 => message.size *= 1_000,
            _ => {}
        }
        match net.send(message)? {
            None => life.accepted += 1,
            Some(Error::QueueBytes | Error::QueueCount | Error::TooLarge) => life.refused += 1,
            Some(error) => return Err(format!("send said {error:?}")),
        }
    }
    match chance.below(2_000) {
        0 => net.hear(Input::NewSession),
        1 => net.hear(Input::Reconnect),
        2..6 => net.hear(Input::Flush),
        _ => Ok(()),
    }
}

fn misbehave(net: &mut Network, chance: &mut Random) -> Result<(), String> {
    let span = 500 + chance.below(60_000);
    match chance.below(14) {
        0 => net.cut(1006),
        1 => net.cut(1001),
        2 => net.cut(1011),
        3 => net.cut(1012),
        4 => net.cut(1013),
        5 => {
            net.weather(Weather::Down, span);
            net.cut(1006)
        }
        6 => {
            net.weather(Weather::Deaf, span);
            net.cut(1006)
        }
        7 => {
            net.weather(Weather::DropsAtOnce, span);
            net.cut(1006)
        }
        8 => {
            net.weather(Weather::Swallows, span);
            Ok(())
        }
        9 | 10 => {
            net.weather(Weather::Slow, span);
            Ok(())
        }
        11 => net.page_for(Page::Offline, Page::Online, span),
        12 => net.page_for(Page::Stowed, Page::Shown, span),
        _ => net.sleep(span * 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_without_silent_loss() {
        let life = live(24, 1).unwrap();
        assert!(life.accepted > 100_000 && life.faults > 1_000 && life.connections > 500, "{life:?}");
        assert!(life.in_doubt > 0 && life.discarded > 0 && life.swallowed > 0, "{life:?}");
        let told = life.delivered + life.discarded + life.in_doubt + life.swallowed;
        // A message in doubt may have arrived: then it is counted twice here, never zero times.
        assert!((life.accepted..=life.accepted + life.in_doubt).contains(&told), "{life:?}");
        // Numbers get longer in a day, and nothing else does.
        let hours = life.holds.len();
        assert!(hours >= 20, "{life:?}");
        let (early, late) = (&life.holds[..6], &life.holds[hours - 6..]);
        assert!(*late.iter().max().unwrap() < early.iter().min().unwrap() + 100, "{:?}", life.holds);
    }

    #[test]
    fn other_days_and_the_same_day_twice() {
        for seed in 2..6 {
            let life = live(2, seed).unwrap();
            assert_eq!(life, live(2, seed).unwrap());
        }
    }
}
