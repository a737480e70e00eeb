// The third argument of SteadyWebSocket: read once, checked, and refused by name.

import { OPTIONS, RULES } from "./words.js";

const refuse = (field, rule) => {
  throw new TypeError(`Failed to construct 'SteadyWebSocket': options${field && `.${field}`} ${rule}.`);
};

/** What waits in `readable` is not the core's business. */
const INBOUND = [
  ["inbound.maxBytes", 64 << 20],
  ["inbound.maxCount", 1 << 20],
  ["inbound.overflow", ["close", "drop-oldest", "drop-newest"]],
];
const ALL = new Map([...OPTIONS, ...INBOUND, ["heartbeat.isReply", null]]);
const GROUPS = ["backoff", "queue", "heartbeat", "inbound"];
const known = new Set([...ALL.keys(), "signal", "heartbeat.message", ...GROUPS]);

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

/** An option as a number: a word's place, and whether a function is there. Refuses what it can not be. */
function number(fields, [name, usual]) {
  const value = fields[name];
  const refuseUnless = (holds, rule) => holds || refuse(name, rule);
  if (usual === null) {
    if (name in fields) refuseUnless(typeof value === "function", "must be a function");
    return +(name in fields);
  }
  if (typeof usual === "number") {
    refuseUnless(value == null || (typeof value === "number" && value >= 0), "must be a number, 0 or more");
    return value ?? usual;
  }
  const place = usual.indexOf(value ?? usual[0]);
  refuseUnless(place >= 0, `must be one of ${usual.join(", ")}`);
  return place;
}

export function read(given = {}) {
  const fields = flatten(given);
  const { signal, highWaterMark: high, lowWaterMark: low } = fields;
  if (signal !== undefined && typeof signal?.addEventListener !== "function") refuse("signal", "must be an AbortSignal");
  // One water mark alone moves the other.
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
