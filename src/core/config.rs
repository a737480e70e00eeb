//! The options of a socket. Every default suits a user who does not know the option.

use super::time::Millis;

/// The longest delay or timeout, 24 days: the limit of a browser's timer.
pub const LONGEST: Millis = i32::MAX as Millis;

/// The configuration of a socket. The default is strict: exactly the standard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// When the application should pause sending, and when it may continue.
    pub flow: Marks,
    /// Reconnection and everything that depends on it; `None` for a strict socket.
    pub steady: Option<SteadyConfig>,
}

/// The two water marks of back-pressure, in bytes accepted but not yet on the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marks {
    /// Above this the socket is under pressure.
    pub high: u64,
    /// At or below this the pressure ends. The gap between the marks prevents flickering.
    pub low: u64,
}

impl Default for Marks {
    fn default() -> Self {
        Self { high: 1 << 20, low: 1 << 18 }
    }
}

impl Marks {
    /// Returns an error if the marks are invalid.
    pub fn check(&self) -> Result<(), ConfigError> {
        rule(0, self.low <= self.high, "flow.low", "must not be above flow.high")
    }
}

/// The options of a steady socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SteadyConfig {
    /// The timeout of an attempt, applied to the address provider, the handshake and the gate separately.
    pub connect_timeout: Millis,
    /// The timeout of the closing handshake.
    pub close_timeout: Millis,
    /// The delays between attempts.
    pub retry: Retry,
    /// The queue of messages that wait for a connection.
    pub queue: Queue,
    /// How a dead peer is detected; `None` leaves it to the network.
    pub heartbeat: Option<HeartbeatConfig>,
    /// Whether the shell must open a gate before queued messages are sent (for authentication).
    pub gated: bool,
    /// Whether the shell is asked after each loss whether to retry.
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

/// The exponential backoff between attempts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retry {
    /// How delays are randomized, so that many clients do not reconnect at once.
    pub jitter: Jitter,
    /// The first step.
    pub first: Millis,
    /// Each step relative to the one before, in percent.
    pub growth: u32,
    /// The shortest delay.
    pub floor: Millis,
    /// The longest delay.
    pub ceiling: Millis,
    /// Attempts without a stable connection before giving up; `None` for no limit.
    pub attempts: Option<u32>,
    /// A connection that lasted this long was stable: the backoff starts over.
    pub stable_after: Millis,
    /// The shortest delay after 1012, Service Restart.
    pub restart_floor: Millis,
    /// The shortest delay after 1013, Try Again Later.
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

/// How a delay is drawn from a step of the backoff.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Jitter {
    /// Anywhere between the floor and the step.
    #[default]
    Full,
    /// Between half the step and the step.
    Equal,
    /// Between the first step and three times the delay before.
    Decorrelated,
    /// The step itself.
    None,
}

/// The queue of messages that wait for a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// At most this many bytes.
    pub max_bytes: u64,
    /// At most this many messages.
    pub max_count: u64,
    /// What is discarded when a message does not fit.
    pub overflow: Overflow,
    /// How long a message may wait, unless it has a lifetime of its own.
    pub lifetime: Option<Millis>,
}

impl Default for Queue {
    fn default() -> Self {
        Self { max_bytes: 16 << 20, max_count: 1 << 20, overflow: Overflow::Refuse, lifetime: None }
    }
}

/// What is discarded when the outbox is full.
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

/// How a dead peer is detected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeartbeatConfig {
    /// The silence after which a ping is sent.
    pub interval: Millis,
    /// How long to wait for any message after a ping.
    pub timeout: Millis,
}

/// An invalid configuration: the field, and the rule it breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfigError {
    /// The field, as a path from [`Config`].
    pub field: &'static str,
    /// What must hold.
    pub rule: &'static str,
    /// The rule's index in the order of [`Config::check`], for a shell with texts of its own.
    pub number: u8,
}

impl Config {
    /// Returns the defaults of a steady socket.
    pub fn steady() -> Self {
        Self { steady: Some(SteadyConfig::default()), ..Self::default() }
    }

    /// Returns the first broken rule as an error.
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
