// Cases and their tools: sockets that are closed afterwards, events as promises, queries to the server.

import "./watch.js";
import * as ours from "/pkg/index.js";
import { Network } from "/pkg/network.js";
import { DIFFERENCES } from "/network/differences.js";
import { MemoryServer } from "/network/memory_server.js";

export { ours };
export const { SteadyWebSocket } = ours;
export const Native = globalThis.WebSocket;

const cases = [];
/** Only waits on a very busy machine, or for events that never come, take so long. */
const LIMIT = 45_000;
let server;

/** Which browser this is, in `run.mjs`'s words. */
export let browser;

/**
 * A case for the native class, ours, and the emulated one with the fault server in memory: what is noted must be the same,
 * and no check may fail. `departs` names browsers whose own class departs from the standard here, and how: there the case
 * fails once native and ours note the same.
 */
export const both = (name, run, departs = {}) => cases.push({ name, run, limit: LIMIT, twin: true, departs });

/** A case for `SteadyWebSocket`, or for something that only we have. */
export const alone = (name, run, limit = LIMIT) => cases.push({ name, run, limit });

/**
 * A case in which a browser's own class departs from the standard. With ours and the emulated class `run` returns
 * `standard`, and with the native class what `departs` has for this browser, or else the same. So it fails when a browser changes.
 */
export const departure = (name, run, standard, departs) =>
  alone(name, async (t) => {
    equal(await run(t), standard, "ours");
    t.Class = Native;
    equal(await run(t), departs[browser] ?? standard, "native");
    t.emulate();
    equal(await run(t), standard, "emulated");
  });

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Only where there is a `gc()`: `run.mjs` asks Chromium for it. */
export const collect = async () => {
  for (let i = 0; i < 5; i++) {
    // Not with this function on the stack: a value left there may look like a reference.
    await globalThis.gc({ execution: "async" });
    await pause(20);
  }
};

const show = (value) =>
  JSON.stringify(value, (_, part) => {
    if (typeof part === "bigint" || typeof part === "symbol" || typeof part === "function") return String(part);
    if (part === undefined) return "undefined";
    return part instanceof Error || part instanceof DOMException ? `${part.name}: ${part.message}` : part;
  });

export function equal(actual, expected, what = "") {
  if (show(actual) !== show(expected)) throw new Error(`${what} is ${show(actual)}, not ${show(expected)}`);
}

export const ok = (value, what) => {
  if (!value) throw new Error(`not so: ${what}`);
};

/** The exception's name, its class, and whether it is a DOMException; or nothing. */
export function thrown(run) {
  try {
    run();
  } catch (cause) {
    return `${cause.constructor.name} ${cause.name}`;
  }
}

class Case {
  notes = [];
  sockets = [];
  id = crypto.randomUUID();

  constructor(name, Class) {
    this.name = name;
    this.Class = Class;
  }

  /** From now on with the emulated class, and the fault server in memory. */
  emulate() {
    this.memory = new MemoryServer(Network, server.ws);
    this.Class = this.memory.network.WebSocket;
  }

  note(...values) {
    this.notes.push(show(values));
  }

  url(path) {
    return `${server.ws}${path}${path.includes("?") ? "&" : "?"}id=${this.id}`;
  }

  open(path = "/echo", ...rest) {
    return this.keep(new this.Class(this.url(path), ...rest));
  }

  steady(path = "/echo", options = {}, protocols = []) {
    const quick = { first: 20, ceiling: 200, floor: 1, ...options.backoff };
    return this.keep(new SteadyWebSocket(this.url(path), protocols, { ...options, backoff: quick }));
  }

  keep(socket) {
    this.sockets.push(socket);
    return socket;
  }

  /** The next event of one of these types. */
  next(socket, ...types) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no ${types} in time`)), LIMIT - 3_000);
      const take = (event) => {
        clearTimeout(timer);
        for (const type of types) socket.removeEventListener(type, take);
        resolve(event);
      };
      for (const type of types) socket.addEventListener(type, take);
    });
  }

  /** Every event from now on, as a list that grows. */
  record(socket, types = ["open", "message", "error", "close", "reconnecting", "discard", "drain"]) {
    const seen = [];
    for (const type of types) socket.addEventListener(type, (event) => seen.push(event));
    return seen;
  }

  async control(method, path) {
    if (this.memory) return this.memory.control(method, path);
    const answer = await fetch(`${server.http}${path}${path.includes("?") ? "&" : "?"}id=${this.id}`, { method });
    return answer.json();
  }

  /** What the server received, by connection. */
  async heard(wanted = "") {
    const { connections } = await this.control("GET", `/log?${wanted}`);
    const data = ({ kind }) => kind === "text" || kind === "binary";
    return connections.map((one) => one.received.filter(data).map(({ text, length }) => text ?? `${length} bytes`));
  }

  end() {
    for (const socket of this.sockets) {
      try {
        if (socket.terminate) socket.terminate();
        else socket.close();
      } catch {}
    }
  }
}

/** Without a class, with the emulated one. */
async function attempt({ name, run, limit }, Class) {
  const one = new Case(name, Class);
  if (!Class) one.emulate();
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("took too long")), limit);
  });
  try {
    await Promise.race([run(one), late]);
    return { notes: one.notes };
  } catch (cause) {
    return { notes: one.notes, error: cause?.stack?.includes(cause.message) ? cause.stack : `${cause}\n${cause?.stack}` };
  } finally {
    clearTimeout(timer);
    one.end();
  }
}

async function judge(one) {
  const { notes, error } = await attempt(one, ours.WebSocket);
  if (!one.twin || error) return error;
  return (await compareNative(one, notes)) ?? compareEmulated(one, notes);
}

async function compareNative(one, notes) {
  const native = await attempt(one, Native);
  const departs = one.departs[browser];
  // A case that the native class fails too compares nothing.
  if (native.error) return departs ? undefined : `native: ${native.error}`;
  const at = notes.findIndex((note, place) => note !== native.notes[place]);
  if (departs) return at < 0 ? `the same as native, though ${departs}` : undefined;
  if (at >= 0) return `ours:   ${notes[at]}\nnative: ${native.notes[at]}`;
  if (notes.length !== native.notes.length) return `ours noted ${notes.length}, native ${native.notes.length}`;
}

/** Ours follows the standard where a browser's own class does not, so the emulated class is compared with ours. */
async function compareEmulated(one, notes) {
  const listed = DIFFERENCES[one.name];
  const difference = (listed?.browsers ?? [browser]).includes(browser) ? listed : undefined;
  const emulated = await attempt(one);
  if (emulated.error) return `emulated: ${emulated.error}`;
  if (difference && show(notes) === show(emulated.notes)) return `the emulated class does not differ: ${difference.reason}`;
  const expected = difference ? notes.map(difference.expect) : notes;
  const at = expected.findIndex((note, place) => note !== emulated.notes[place]);
  if (at >= 0) return `emulated: ${emulated.notes[at]}\nexpected: ${expected[at]}`;
  if (notes.length !== emulated.notes.length) return `emulated noted ${emulated.notes.length}, ours ${notes.length}`;
}

export async function runAll(parameters, report) {
  server = JSON.parse(parameters.get("server"));
  browser = parameters.get("browser");
  report("begun");
  for (const name of Object.keys(DIFFERENCES)) {
    if (!cases.some((one) => one.name === name)) report({ test: name, error: "differences.js names a case that does not exist", ms: 0 });
  }
  const only = new RegExp(parameters.get("only") ?? "");
  for (const one of cases.filter(({ name }) => only.test(name))) {
    const start = performance.now();
    const error = await judge(one).catch((cause) => `${cause}`);
    report({ test: one.name, error, ms: performance.now() - start });
  }
  report("done");
}
