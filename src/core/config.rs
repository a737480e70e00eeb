//! What a socket can be told once, when it is made. Every default is the answer for a user who
//! has never heard of the option.

use super::time::Millis;

/// No delay or timeout may be longer than this (24 days): it is what a browser's timer can wait.
pub const LONGEST: Millis = i32::MAX as Millis;

/// How a socket behaves. The default is strict: the standard, to the letter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// When the application is asked to pause, and when to go on.
    pub flow: Marks,
    /// Reconnecting and everything that comes with it; `None` is the strict socket.
    pub steady: Option<SteadyConfig>,
}

/// The two water marks of back-pressure, in bytes accepted but not yet on the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marks {
    /// Above this the socket is under pressure.
    pub high: u64,
    /// Falling to this it is not any more. The gap keeps it from flickering.
    pub low: u64,
}

impl Default for Marks {
    fn default() -> Self {
        Self { high: 1 << 20, low: 1 << 18 }
    }
}

impl Marks {
    /// Whether a machine can run on these.
    pub fn check(&self) -> Result<(), ConfigError> {
        rule(0, self.low <= self.high, "flow.low", "must not be above flow.high")
    }
}

/// How a steady socket stays connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SteadyConfig {
    /// How long one attempt may take, address provider, handshake and gate each.
    pub connect_timeout: Millis,
    /// How long a closing handshake may take.
    pub close_timeout: Millis,
    /// When to try again.
    pub retry: Retry,
    /// What is kept while there is no connection.
    pub queue: Queue,
    /// How a dead peer is noticed; `None` leaves it to the network.
    pub heartbeat: Option<HeartbeatConfig>,
    /// Whether the shell must open a gate before queued messages flow (authentication first).
    pub gated: bool,
    /// Whether the shell is asked, after each loss, if to try again.
    pub asks: bool,
}

impl Default for SteadyConfig {
    fn default() -> Self {
        Self {
            connect_timeout: 10_000,
            close_timeout: 5_000,
            retry: Retry::default(),
            queue: Queue::default(),
            heartbeat: None,
            gated: false,
            asks: false,
        }
    }
}

/// The ladder of delays between attempts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retry {
    /// How chance enters, so that a crowd does not return as one.
    pub jitter: Jitter,
    /// The first step of the ladder.
    pub first: Millis,
    /// Each step over the one before, in percent.
    pub growth: u32,
    /// No delay is shorter.
    pub floor: Millis,
    /// No delay drawn from the ladder is longer.
    pub ceiling: Millis,
    /// Attempts without a stable connection before giving up; `None` never does.
    pub attempts: Option<u32>,
    /// A connection that lived this long was stable: the ladder starts over.
    pub stable_after: Millis,
    /// The shortest wait after 1012, Service Restart.
    pub restart_floor: Millis,
    /// The shortest wait after 1013, Try Again Later.
    pub busy_floor: Millis,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            jitter: Jitter::Full,
            first: 1_000,
            growth: 200,
            floor: 100,
            ceiling: 30_000,
            attempts: None,
            stable_after: 5_000,
            restart_floor: 5_000,
            busy_floor: 30_000,
        }
    }
}

/// How a delay is drawn from a step of the ladder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Jitter {
    /// Anywhere between the floor and the step.
    #[default]
    Full,
    /// Half the step, and chance for the other half.
    Equal,
    /// Between the first step and three times the delay before.
    Decorrelated,
    /// The step itself.
    None,
}

/// What is kept for a connection to come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// At most this many bytes.
    pub max_bytes: u64,
    /// At most this many messages.
    pub max_count: u64,
    /// What gives way when one more does not fit.
    pub overflow: Overflow,
    /// How long a message may wait, unless it says so itself.
    pub lifetime: Option<Millis>,
}

impl Default for Queue {
    fn default() -> Self {
        Self { max_bytes: 16 << 20, max_count: 1 << 20, overflow: Overflow::Refuse, lifetime: None }
    }
}

/// What gives way when the outbox is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overflow {
    /// `send` fails.
    #[default]
    Refuse,
    /// The oldest queued messages are discarded.
    DropOldest,
    /// The new message is discarded.
    DropNewest,
}

/// How a dead peer is noticed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeartbeatConfig {
    /// Silence from the peer after which it is asked.
    pub interval: Millis,
    /// How long anything at all may take to come back.
    pub timeout: Millis,
}

/// A configuration that makes no sense: which field, and the rule it breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The field, as a path from [`Config`].
    pub field: &'static str,
    /// What must hold.
    pub rule: &'static str,
    /// The rule's place in the order of [`Config::check`]: for a shell that says it in words of its own, and then
    /// need not carry these.
    pub number: u8,
}

impl Config {
    /// A steady socket with every default.
    pub fn steady() -> Self {
        Self { steady: Some(SteadyConfig::default()), ..Self::default() }
    }

    /// Whether the machine can run on this; the first broken rule if not.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.flow.check()?;
        let Some(steady) = &self.steady else { return Ok(()) };
        let SteadyConfig { connect_timeout, close_timeout, retry, queue, heartbeat, .. } = steady;
        span(1, *connect_timeout, "connect_timeout")?;
        span(2, *close_timeout, "close_timeout")?;
        span(3, retry.first, "retry.first")?;
        span(4, retry.ceiling, "retry.ceiling")?;
        rule(5, retry.growth >= 100, "retry.growth", "must be at least 100 percent")?;
        rule(6, retry.floor <= retry.ceiling, "retry.floor", "must not be above retry.ceiling")?;
        rule(7, retry.first <= retry.ceiling, "retry.first", "must not be above retry.ceiling")?;
        rule(8, retry.stable_after <= LONGEST, "retry.stable_after", AT_MOST)?;
        rule(9, retry.restart_floor <= LONGEST, "retry.restart_floor", AT_MOST)?;
        rule(10, retry.busy_floor <= LONGEST, "retry.busy_floor", AT_MOST)?;
        rule(11, queue.lifetime != Some(0), "queue.lifetime", "must not be 0")?;
        if let Some(heartbeat) = heartbeat {
            span(12, heartbeat.interval, "heartbeat.interval")?;
            span(13, heartbeat.timeout, "heartbeat.timeout")?;
        }
        Ok(())
    }
}

const SPAN: &str = "must be between 1 and 2147483647 ms";
const AT_MOST: &str = "must be at most 2147483647 ms";

fn span(number: u8, value: Millis, field: &'static str) -> Result<(), ConfigError> {
    rule(number, (1..=LONGEST).contains(&value), field, SPAN)
}

fn rule(number: u8, holds: bool, field: &'static str, rule: &'static str) -> Result<(), ConfigError> {
    if holds { Ok(()) } else { Err(ConfigError { field, rule, number }) }
}
