// Reads and validates the options of a SteadyWebSocket.

import { OPTIONS, RULES } from "./words.js";

const refuse = (field, rule) => {
  throw new TypeError(`Failed to construct 'SteadyWebSocket': options${field && `.${field}`} ${rule}.`);
};

/** The limits of `readable`, which the core does not know. */
const INBOUND = [
  ["inbound.maxBytes", 64 << 20],
  ["inbound.maxCount", 1 << 20],
  ["inbound.overflow", ["close", "drop-oldest", "drop-newest"]],
];
const ALL = new Map([...OPTIONS, ...INBOUND, ["heartbeat.isReply", null]]);
const GROUPS = ["backoff", "queue", "heartbeat", "inbound"];
const known = new Set([...ALL.keys(), "signal", "heartbeat.message", ...GROUPS]);

/** Throws for the rule that a configuration breaks. */
export function throwConfigError(number) {
  const [field, rule = "must be between 1 and 2147483647 ms"] = RULES[number];
  refuse(field, rule);
}

/** Returns the given fields by their paths. */
function flatten(given) {
  // No prototype: properties that a page has put on `Object.prototype` are not options.
  const fields = { __proto__: null };
  const visit = (object, group) => {
    if (object === null || typeof object !== "object") refuse(group, "must be an object");
    for (const key of Object.keys(object)) {
      const name = group ? `${group}.${key}` : key;
      if (!known.has(name)) refuse(name, "is not an option");
      const value = object[key];
      if (value === undefined) continue;
      fields[name] = value;
      if (GROUPS.includes(name)) visit(value, name);
    }
  };
  visit(given, "");
  return fields;
}

/** Encodes an option as a number: a word as its index, a function as 1 or 0. Throws if the value is invalid. */
function number(fields, [name, fallback]) {
  const value = fields[name];
  const refuseUnless = (holds, rule) => holds || refuse(name, rule);
  if (fallback === null) {
    if (name in fields) refuseUnless(typeof value === "function", "must be a function");
    return +(name in fields);
  }
  if (typeof fallback === "number") {
    refuseUnless(value == null || (typeof value === "number" && value >= 0), "must be a number, 0 or more");
    return value ?? fallback;
  }
  const index = fallback.indexOf(value ?? fallback[0]);
  refuseUnless(index >= 0, `must be one of ${fallback.join(", ")}`);
  return index;
}

export function read(given = {}) {
  const fields = flatten(given);
  const { signal, highWaterMark: high, lowWaterMark: low } = fields;
  if (signal !== undefined && typeof signal?.addEventListener !== "function") refuse("signal", "must be an AbortSignal");
  // One water mark alone sets the other.
  if (low == null && high >= 0) fields.lowWaterMark = Math.floor(high / 4);
  if (high == null && low >= 0) fields.highWaterMark = Math.max(ALL.get("highWaterMark"), low * 4);
  if ("heartbeat" in fields) {
    for (const name of ["heartbeat.interval", "heartbeat.timeout"]) {
      if (!(name in fields)) refuse(name, "must be given");
    }
  }
  const numbers = [...ALL].map((option) => number(fields, option));
  return { fields, numbers: numbers.slice(0, OPTIONS.length), inbound: numbers.slice(OPTIONS.length) };
}
