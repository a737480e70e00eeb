// All steady sockets share one timer.

import { alone, equal, pause } from "../harness.js";

/** The package once more, from an address of its own, by which its timers are known. */
async function fresh() {
  const source = await (await fetch("/pkg/index.js")).blob();
  const address = URL.createObjectURL(source);
  try {
    const { SteadyWebSocket } = await import(address);
    return [SteadyWebSocket, address];
  } finally {
    URL.revokeObjectURL(address);
  }
}

/** Runs with that copy of the class, and with what it sets of the page's timers. */
async function watched(run) {
  const [Class, address] = await fresh();
  const { setTimeout, clearTimeout } = globalThis;
  const set = new Set();
  const seen = { set, most: 0, count: 0 };
  globalThis.setTimeout = (call, delay) => {
    if (!new Error().stack.includes(address)) return setTimeout(call, delay);
    const ring = () => {
      set.delete(id);
      call();
    };
    const id = setTimeout(ring, delay);
    set.add(id);
    seen.count++;
    seen.most = Math.max(seen.most, set.size);
    return id;
  };
  globalThis.clearTimeout = (id) => {
    set.delete(id);
    clearTimeout(id);
  };
  try {
    await run(Class, seen);
  } finally {
    Object.assign(globalThis, { setTimeout, clearTimeout });
  }
}

/** A socket that has no address, and waits so long before it asks for one again: `asks` gets the time of each. */
const without = (t, Class, delay, asks) => {
  const backoff = { first: delay, ceiling: delay, floor: 1, jitter: "none" };
  const address = () => {
    asks(performance.now());
    throw new Error("none yet");
  };
  return t.keep(new Class(address, [], { backoff }));
};

alone("many sockets wait on one timer, each for its time", async (t) => {
  await watched(async (Class, seen) => {
    // Neither in order nor alone.
    const delays = Array.from({ length: 40 }, (_, at) => 50 + ((at * 7) % 20) * 10);
    const early = [];
    const ends = delays.map((delay) => {
      let begun;
      const socket = without(t, Class, delay, (now) => {
        begun ??= now;
        if (now === begun) return;
        // The core counts whole milliseconds.
        if (now - begun < delay - 1) early.push([now - begun, delay]);
        socket.terminate();
      });
      return t.next(socket, "close");
    });
    await Promise.all(ends);
    equal(early, []);
    equal([seen.most, seen.set.size], [1, 0], "timers at once, and left");
  });
});

alone("a socket that ends rings no more, and the last one takes the timer with it", async (t) => {
  await watched(async (Class, seen) => {
    const asked = [0, 0];
    const sockets = [100, 60_000].map((delay, at) => without(t, Class, delay, () => asked[at]++));
    await Promise.all(sockets.map((socket) => t.next(socket, "reconnecting")));
    const [soon, late] = sockets;
    soon.terminate();
    equal(seen.set.size, 1, "the other waits");
    // Longer than the other socket's delay.
    await pause(300);
    late.terminate();
    await t.next(late, "close");
    equal([asked, seen.set.size], [[1, 1], 0]);
  });
});

// In the cache a socket has no deadlines but those of its messages.
if (globalThis.document) {
  alone("a time further away than the longest timeout is waited for, not asked after", async (t) => {
    for (const ttl of [2 ** 31, 2 ** 40, Infinity]) {
      await watched(async (Class, seen) => {
        const socket = t.keep(new Class(() => new Promise(() => {}), [], { connectTimeout: 20 }));
        socket.send("x", { ttl });
        dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }));
        // The timer of the attempt fires, and is set for the message.
        await pause(60);
        const before = seen.count;
        await pause(50);
        equal([seen.count - before, socket.stats().queuedMessages], [0, 1], `ttl ${ttl}`);
        dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
        socket.terminate();
        await t.next(socket, "close");
      });
    }
  });
}

alone("where one throws in its turn, the others have theirs", async (t) => {
  const own = globalThis.WebSocket;
  const sampled = [];
  let failing = true;
  globalThis.WebSocket = class extends EventTarget {
    readyState = 1;
    constructor(url) {
      super();
      this.url = url;
      queueMicrotask(() => this.dispatchEvent(new Event("open")));
    }
    get bufferedAmount() {
      if (failing) sampled.push(this.url);
      if (failing && this.url.endsWith("1")) throw new Error("not to be known");
      return 0;
    }
    send() {}
    close() {}
  };
  let Class;
  try {
    [Class] = await fresh();
  } finally {
    globalThis.WebSocket = own;
  }
  const told = new AbortController();
  const thrown = new Promise((resolve) => {
    const hear = (event) => {
      event.preventDefault();
      // For both types: exceptions of later cases must not be swallowed.
      told.abort();
      resolve();
    };
    // A timer that fired a moment early is set again as a posted task, whose exceptions reject its promise.
    for (const type of ["error", "unhandledrejection"]) addEventListener(type, hear, { signal: told.signal });
  });
  const names = ["ws://test.invalid/1", "ws://test.invalid/2", "ws://test.invalid/3"];
  const sockets = names.map((name) => t.keep(new Class(name)));
  await Promise.all(sockets.map((socket) => t.next(socket, "open")));
  // They are due at the same time.
  for (const socket of sockets) socket.send("x");
  await thrown;
  for (let tries = 0; new Set(sampled).size < 3 && tries < 280; tries++) await pause(50);
  failing = false;
  equal([...new Set(sampled)].sort(), names);
});
