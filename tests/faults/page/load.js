// Load tests of one socket, and of many: order and content are compared with the server by one hash over all
// messages, and memory is measured before and after, each time after a forced collection.

// Imported first, so that it sees every wasm memory.
import { used } from "./memory.js";
import * as ours from "/pkg/index.js";
import initApp, { Ladder, Socket } from "/app/app.js";
import { FNV, fnv } from "./messages.js";

const query = new URLSearchParams(location.search);
const server = JSON.parse(query.get("server"));
const whole = query.get("whole") === "true";
const only = new RegExp(query.get("only") ?? "");

const MIB = 1 << 20;
/** How much the engine's own caches may grow. A leak per message would be far larger. */
const FLAT = 8 * MIB;
const ROUNDS = 3;
/** How many messages: each of 200 sockets', small ones through one, large ones through one. */
const AMOUNTS = whole ? [500, 1_000_000, 64] : [50, 30_000, 4];
/** The share of them that goes before the first look at the memory: it grows what is kept for ever. */
const FIRST = whole ? 0.2 : 1;
const encoder = new TextEncoder();

/** A JavaScript class. `hear` is called with what comes back. */
class Scripted {
  constructor(socket, hear) {
    this.socket = socket;
    this.socket.binaryType = "arraybuffer";
    this.opened = new Promise((resolve) => this.socket.addEventListener("open", resolve, { once: true }));
    this.closed = new Promise((resolve) => this.socket.addEventListener("close", resolve));
    this.socket.addEventListener("message", ({ data }) => hear(data));
  }

  /** Sends as soon as there is room. */
  send(data) {
    this.socket.send(data);
    return this.socket.ready();
  }

  close() {
    this.socket.close(1000);
  }
}

class Rust {
  constructor(url, hear) {
    const ignore = () => {};
    this.opened = new Promise((open) => {
      this.closed = new Promise((close) => {
        const ear = { open, close, message: hear, over: ignore, reconnecting: ignore, discard: ignore, missed: ignore };
        this.socket = new Socket(url, new Ladder(1_000, 30_000, CONNECT, CONNECT, 0), ear);
      });
    });
  }

  send(data) {
    return typeof data === "string" ? this.socket.patiently(data) : this.socket.bytes_patiently(data);
  }

  close() {
    this.socket.close();
  }
}

const classes = {
  strict: (url, hear) => new Scripted(new ours.WebSocket(url), hear),
  steady: (url, hear) => new Scripted(new ours.SteadyWebSocket(url, [], { connectTimeout: CONNECT, closeTimeout: CONNECT }), hear),
  Rust: (url, hear) => new Rust(url, hear),
};

/** A page that is busy with 200 sockets may hear late that one is open. */
const CONNECT = 120_000;

const check = (is, what) => {
  if (!is) throw new Error(what);
};

/** Sends messages 0 to `count`, made by `message`, and compares both ends; the bytes heard back. */
async function carry(open, path, count, message, echoes) {
  const id = crypto.randomUUID();
  let heard = 0;
  let wrong = 0;
  let chain = FNV;
  const socket = open(`${server.ws}${path}?keep=0&id=${id}`, (data) => {
    if (data !== message(heard)) wrong++;
    heard++;
    if (heard === count) all();
  });
  let all;
  const echoed = new Promise((resolve) => {
    all = resolve;
  });
  await socket.opened;
  for (let number = 0; number < count; number++) {
    const data = message(number);
    const text = typeof data === "string";
    chain = fnv(text ? encoder.encode(data) : data, fnv([text ? 0x74 : 0x62], chain));
    await socket.send(data);
  }
  if (echoes) await echoed;
  socket.close();
  await socket.closed;
  const answer = await fetch(`${server.http}/log?brief&ended=1&timeout_ms=60000&id=${id}`);
  const { connections } = await answer.json();
  check(connections.length === 1, `${connections.length} connections`);
  const [{ messages, end, ...log }] = connections;
  check(messages === count, `the server received ${messages} of ${count}`);
  check(Number.parseInt(log.chain, 16) === chain, "the server received something else, or in another order");
  check(end?.how === "closed" && end.by === "client", `it ended so: ${JSON.stringify(end)}`);
  check(wrong === 0, `${wrong} echoes were not what was due`);
  await fetch(`${server.http}/log?id=${id}`, { method: "DELETE" });
}

const short = (number) => `message ${number}`;

function many(name, share) {
  const one = (socket) => {
    const message = (number) => `${socket} ${number} ${"x".repeat(number % 100)}`;
    return carry(classes[name], "/echo", Math.ceil(AMOUNTS[0] * share), message, true);
  };
  return Promise.all(Array.from({ length: 200 }, (_, socket) => one(socket)));
}

function million(name, share) {
  return carry(classes[name], "/echo", Math.ceil(AMOUNTS[1] * share), (number) => `message ${number}`, true);
}

function gibibyte(name, share) {
  const data = new Uint8Array(16 * MIB);
  const message = (number) => {
    new DataView(data.buffer).setUint32(0, number);
    // The Rust API requires that bytes are not changed; the classes copy what may have to wait.
    return name === "Rust" ? data.slice() : data;
  };
  return carry(classes[name], "/sink", Math.ceil(AMOUNTS[2] * share), message, false);
}

const loads = {
  "200 sockets at once": many,
  "1,000,000 messages through one": million,
  "1 GiB in messages of 16 MiB": gibibyte,
};

/**
 * Runs a load between two looks at the memory. A wasm memory keeps the size of its fullest moment, which chance makes
 * fuller at times: what leaks gains in every round.
 */
async function flat(run, name) {
  await run(name, FIRST);
  for (let round = 1; ; round++) {
    const before = await used();
    const start = performance.now();
    await run(name, 1);
    const took = performance.now() - start;
    const after = await used();
    const gained = Object.keys(after).some((what) => after[what] - before[what] > FLAT);
    if (!gained) return { took, before, after };
    check(round < ROUNDS, `memory grows in every of ${ROUNDS} rounds: ${JSON.stringify({ before, after })}`);
  }
}

try {
  await initApp();
  for (const [load, run] of Object.entries(loads)) {
    for (const name of Object.keys(classes)) {
      const test = `${load}: ${name}`;
      if (!only.test(test)) continue;
      const start = performance.now();
      const outcome = await flat(run, name).catch((cause) => ({ error: `${cause?.stack ?? cause}` }));
      window.results.push({ test, ms: performance.now() - start, ...outcome });
    }
  }
} catch (cause) {
  window.results.push({ test: "the loads could be run", error: `${cause?.stack ?? cause}`, ms: 0 });
}
window.done = true;
