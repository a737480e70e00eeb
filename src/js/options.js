// The third argument of SteadyWebSocket: read once, checked, and refused by name.

const refuse = (field, rule) => {
  throw new TypeError(`Failed to construct 'SteadyWebSocket': options${field && `.${field}`} ${rule}.`);
};

/** The fields that are numbers, with their defaults, and those that are one of some words; the first is the default. */
const NUMBERS = Object.entries({
  highWaterMark: 1 << 20,
  lowWaterMark: 1 << 18,
  connectTimeout: 10_000,
  closeTimeout: 5_000,
  "backoff.jitter": ["full", "equal", "decorrelated", "none"],
  "backoff.first": 1_000,
  "backoff.growth": 2,
  "backoff.floor": 100,
  "backoff.ceiling": 30_000,
  "backoff.attempts": -1,
  "backoff.stableAfter": 5_000,
  "backoff.restartFloor": 5_000,
  "backoff.busyFloor": 30_000,
  "queue.maxBytes": 16 << 20,
  "queue.maxCount": 1 << 20,
  "queue.overflow": ["refuse", "drop-oldest", "drop-newest"],
  "queue.ttl": -1,
  "heartbeat.interval": -1,
  "heartbeat.timeout": -1,
  "inbound.maxBytes": 64 << 20,
  "inbound.maxCount": 1 << 20,
  "inbound.overflow": ["close", "drop-oldest", "drop-newest"],
});
/** So many of them are the core's: `options.rs` reads them in this order. */
const FOR_CORE = 19;
const GROUPS = ["backoff", "queue", "heartbeat", "inbound"];
const FUNCTIONS = ["beforeFlush", "retry", "heartbeat.isReply"];
const OTHERS = ["signal", "heartbeat.message"];

const known = new Set([...NUMBERS.map(([name]) => name), ...FUNCTIONS, ...OTHERS, ...GROUPS]);

const CEILED = "must not be above backoff.ceiling";
/** The core's rules, in the order of `config.rs`; most are about a span. */
const RULES = [
  ["lowWaterMark", "must not be above highWaterMark"],
  ["connectTimeout"],
  ["closeTimeout"],
  ["backoff.first"],
  ["backoff.ceiling"],
  ["backoff.growth", "must be at least 1"],
  ["backoff.floor", CEILED],
  ["backoff.first", CEILED],
  ["backoff.stableAfter"],
  ["backoff.restartFloor"],
  ["backoff.busyFloor"],
  ["queue.ttl", "must not be 0"],
  ["heartbeat.interval"],
  ["heartbeat.timeout"],
];

/** What the core has against a configuration. */
export function objection(number) {
  const [field, rule = "must be between 1 and 2147483647 ms"] = RULES[number];
  refuse(field, rule);
}

/** Every field given, by its path. */
function flatten(given) {
  // Without a prototype: what a page has put on that of all objects is no option.
  const fields = { __proto__: null };
  const take = (object, group) => {
    if (object === null || typeof object !== "object") refuse(group, "must be an object");
    for (const key of Object.keys(object)) {
      const name = group ? `${group}.${key}` : key;
      if (!known.has(name)) refuse(name, "is not an option");
      const value = object[key];
      if (value === undefined) continue;
      fields[name] = value;
      if (GROUPS.includes(name)) take(value, name);
    }
  };
  take(given, "");
  return fields;
}

export function read(given = {}) {
  const fields = flatten(given);
  for (const name of FUNCTIONS) {
    if (name in fields && typeof fields[name] !== "function") refuse(name, "must be a function");
  }
  const { signal } = fields;
  if (signal !== undefined && typeof signal?.addEventListener !== "function") refuse("signal", "must be an AbortSignal");
  const numbers = NUMBERS.map(([name, usual]) => {
    if (typeof usual === "number") {
      const value = fields[name] ?? usual;
      if (name in fields && !(typeof value === "number" && value >= 0)) refuse(name, "must be a number, 0 or more");
      return value;
    }
    const place = usual.indexOf(fields[name] ?? usual[0]);
    if (place < 0) refuse(name, `must be one of ${usual.join(", ")}`);
    return place;
  });
  // The high-water mark is the first number, the low one the second. Given alone, one moves the other.
  if (!("lowWaterMark" in fields)) numbers[1] = Math.floor(numbers[0] / 4);
  else if (!("highWaterMark" in fields)) numbers[0] = Math.max(numbers[0], numbers[1] * 4);
  if ("heartbeat" in fields) {
    for (const name of ["heartbeat.interval", "heartbeat.timeout"]) {
      if (!(name in fields)) refuse(name, "must be given");
    }
  }
  const inbound = numbers.splice(FOR_CORE);
  numbers.push(+("beforeFlush" in fields), +("retry" in fields));
  return { fields, numbers, inbound };
}
