// Random sessions over an emulated network in virtual time, cut at random moments: every message accepted at one end
// must be handled at the other exactly once and in order. `SEED=7` runs one seed, `LIVES=100000` more of them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Network } from "../../pkg/network.js";
import { MemoryStore, SessionServer } from "../../pkg/server.js";
import { SteadyWebSocket } from "../../pkg/session.js";

const LIVES = Number(process.env.LIVES ?? 2_000);
const URL_ = "ws://server.test/";
const DAY = 86_400_000;

/** Returns a mulberry32 generator. */
function generator(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let bits = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Wraps a peer of the network as a socket of `ws`. */
function socketOf(peer) {
  let open = true;
  // After a cut, a peer throws until its close event; a socket of `ws` never does.
  const quietly = (call) => {
    try {
      if (open) call();
    } catch (cause) {
      assert.match(cause.message, /the connection is over/);
    }
  };
  return {
    protocol: peer.protocol,
    send: (data) => quietly(() => peer.send(data)),
    close: (code, reason) => quietly(() => peer.close(code, reason)),
    on(event, listener) {
      if (event === "message") {
        peer.onmessage = (data) => listener(typeof data === "string" ? Buffer.from(data) : data, typeof data !== "string");
      }
      if (event === "close") {
        peer.onclose = ({ code }) => {
          open = false;
          listener(code);
        };
      }
    },
  };
}

/** Replaces the platform's clock with the network's. */
function virtualTime(network) {
  const { setTimeout, clearTimeout, performance } = globalThis;
  const timer = (callback, delay) => {
    const id = network.setTimeout(callback, delay);
    return { id, unref() {} };
  };
  Object.assign(globalThis, { setTimeout: timer, clearTimeout: (set) => set && network.clearTimeout(set.id) });
  Object.defineProperty(globalThis, "performance", { value: { now: () => network.now }, configurable: true, writable: true });
  return () => {
    Object.assign(globalThis, { setTimeout, clearTimeout });
    Object.defineProperty(globalThis, "performance", { value: performance, configurable: true, writable: true });
  };
}

/** Returns the contents of a message of any type. */
const shown = (data) => (typeof data === "string" ? data : `bytes ${Buffer.from(data)}`);

async function live(seed) {
  const random = generator(seed);
  const below = (most) => Math.floor(random() * most);
  const chance = (probability) => random() < probability;
  const network = new Network({ seed, latency: below(30) });
  network.install();
  const restore = virtualTime(network);
  const { random: before } = Math;
  Math.random = random;
  try {
    const accepted = { client: [], server: [] };
    const handled = { client: [], server: [] };
    const make = (from) => {
      const text = `${from} ${accepted[from].length}`;
      const kind = below(8);
      if (kind === 0) return `\u0010${text}`;
      if (kind === 1) return `\u0010\u0010${text}`;
      if (kind === 2) return Buffer.from(text);
      return kind === 3 ? text.padEnd(300) : text;
    };
    const slow = chance(0.3);
    const listener = (side, note) => (given) => {
      handled[side].push(shown(note(given)));
      if (slow && chance(0.3)) return new Promise((resolve) => network.setTimeout(resolve, below(200)));
    };
    let session;
    /** Answers late, and sometimes throws instead. */
    const slowStore = () => {
      const memory = new MemoryStore();
      const later = (name) => async (...args) => {
        await new Promise((resolve) => network.setTimeout(resolve, below(40)));
        if (chance(0.05)) throw new Error("the store is away");
        return memory[name](...args);
      };
      return { create: later("create"), read: later("read"), adopt: later("adopt"), write: later("write") };
    };
    const core = new SessionServer({
      window: 200 + below(2_000),
      life: DAY,
      store: chance(0.4) ? slowStore() : undefined,
      onsession(made) {
        // A client that never received its welcome opens another session. The first expires, with nothing handled.
        assert.deepEqual(handled, { client: [], server: [] });
        accepted.server = [];
        session = made;
        session.onmessage = listener("server", (data) => data);
      },
    });
    const peers = new Set();
    network.listen(URL_, (request) => {
      const peer = request.accept({ protocol: core.handleProtocols(request.protocols) || undefined });
      peers.add(peer);
      peer.closed.then(() => peers.delete(peer));
      core.accept(socketOf(peer), request);
    });
    const socket = new SteadyWebSocket(URL_, [], {
      session: "require",
      sessionWindow: 200 + below(2_000),
      backoff: { first: 10, floor: 1, stableAfter: 1, ceiling: 100 },
      heartbeat: chance(0.5) ? { interval: 100, timeout: 500 } : undefined,
    });
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", listener("client", ({ data }) => data));
    const lost = [];
    for (const type of ["sessionlost", "discard", "close"]) socket.addEventListener(type, (event) => lost.push(event));
    const send = (from) => {
      const end = from === "client" ? socket : session;
      if (!end) return;
      const data = make(from);
      end.send(data);
      accepted[from].push(shown(data));
    };
    const cuts = ["cut", "reset", "cut", "reset", "silence"];
    for (let step = 5 + below(40); step > 0; step--) {
      const what = below(12);
      if (what < 4) for (let count = 1 + below(chance(0.2) ? 60 : 3); count > 0; count--) send("client");
      else if (what < 8) for (let count = 1 + below(chance(0.2) ? 60 : 3); count > 0; count--) send("server");
      else if (what < 10) for (const peer of peers) peer[cuts[below(cuts.length)]]();
      else if (what < 11) socket.reconnect();
      else network.offline = chance(0.5);
      await network.advance(chance(0.2) ? below(400) : below(40));
    }
    network.offline = false;
    // A silent peer cannot be told from an idle one.
    socket.reconnect();
    send("client");
    await network.advance(socket.flushed());
    await network.advance(session.flushed());
    assert.deepEqual(lost, []);
    assert.deepEqual(handled.server, accepted.client);
    assert.deepEqual(handled.client, accepted.server);
    const { queued } = session.stats;
    assert.deepEqual([queued, socket.bufferedAmount], [0, 0]);
    const closed = new Promise((resolve) => socket.addEventListener("close", resolve));
    socket.close(3001, "done");
    await network.advance(closed);
    assert.equal(lost.length, 1);
    await network.advance(session.closed);
  } finally {
    Math.random = before;
    restore();
    network.uninstall();
  }
}

test("every accepted message is handled exactly once and in order", async () => {
  if (process.env.SEED) return live(Number(process.env.SEED));
  for (let seed = 1; seed <= LIVES; seed++) {
    try {
      await live(seed);
    } catch (cause) {
      throw new Error(`SEED=${seed}`, { cause });
    }
  }
});
