// The words for numbers of the border. Written by `cargo xtask build` from `numbers.rs`.

export const FATES = ["handed-over", "overflow", "expired", "replaced", "cancelled", "stale-session", "closed", "in-doubt"];

export const PHASES = ["connecting", "gate", "open", "closing"];

export const CAUSES = ["handshake", "timeout", "offline", "cut", "server", "provider", "forbidden", "gate", "stowed", "page"];

export const EVENTS = ["open", "error", "drain"];

/** The members of `stats()`, from the query ATTEMPTS on. */
export const STATS = ["attempts", "connections", "sentMessages", "sentBytes", "discarded", "inDoubt", "queuedMessages", "queuedBytes", "roundTrip"];

/** The options and their defaults: -1 is none; of words, the first; null is a function. */
export const OPTIONS = [
  ["highWaterMark", 1048576],
  ["lowWaterMark", 262144],
  ["connectTimeout", 10000],
  ["closeTimeout", 5000],
  ["backoff.jitter", ["full", "equal", "decorrelated", "none"]],
  ["backoff.first", 1000],
  ["backoff.growth", 2],
  ["backoff.floor", 100],
  ["backoff.ceiling", 30000],
  ["backoff.attempts", -1],
  ["backoff.stableAfter", 5000],
  ["backoff.restartFloor", 5000],
  ["backoff.busyFloor", 30000],
  ["queue.maxBytes", 16777216],
  ["queue.maxCount", 1048576],
  ["queue.overflow", ["refuse", "drop-oldest", "drop-newest"]],
  ["queue.ttl", -1],
  ["heartbeat.interval", -1],
  ["heartbeat.timeout", -1],
  ["beforeFlush", null],
  ["retry", null],
];

/** The core's rules: an option, and what it must be; without that, it must be a duration that is not 0 or too long. */
export const RULES = [
  ["lowWaterMark", "must not be above highWaterMark"],
  ["connectTimeout"],
  ["closeTimeout"],
  ["backoff.first"],
  ["backoff.ceiling"],
  ["backoff.growth", "must be at least 1"],
  ["backoff.floor", "must not be above backoff.ceiling"],
  ["backoff.first", "must not be above backoff.ceiling"],
  ["backoff.stableAfter", "must be at most 2147483647 ms"],
  ["backoff.restartFloor", "must be at most 2147483647 ms"],
  ["backoff.busyFloor", "must be at most 2147483647 ms"],
  ["queue.ttl", "must not be 0"],
  ["heartbeat.interval"],
  ["heartbeat.timeout"],
];
