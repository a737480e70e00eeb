// `ready()` and `flushed()`: what they wait for, and when they settle.

import { faked, steadyOverFake } from "../fake.js";
import { alone, equal, ok, pause } from "../harness.js";

/** How a promise ends: nothing, or what it rejects with. */
const end = (promise) =>
  promise.then(() => "resolved", ({ name, ticket, reason }) => (ticket === undefined ? [name] : [name, ticket, reason]));

/** How a promise has ended by now, all microtasks done. */
const state = (promise) =>
  Promise.race([promise.then(() => "resolved", () => "rejected"), pause(0).then(() => "pending")]);

const patient = { backoff: { first: 60_000, ceiling: 60_000, floor: 1, jitter: "none" } };

/** An open socket of either class over a fake native one. */
const CLASSES = {
  strict: async (t) => {
    const { WebSocket, Fake, address } = await faked();
    const socket = t.keep(new WebSocket(address));
    // The object is the native one, but its prototype is ours.
    const native = {
      end: (...how) => Fake.prototype.end.apply(socket, how),
      set buffered(bytes) { socket.buffered = bytes; },
    };
    Fake.prototype.open.call(socket);
    return [socket, native];
  },
  steady: async (t) => {
    const { socket, natives } = await steadyOverFake(t);
    natives[0].open();
    return [socket, natives[0]];
  },
};

for (const [name, make] of Object.entries(CLASSES)) {
  alone(`flush: ready() inside drain is about what was sent there (${name})`, async (t) => {
    const [socket, native] = await make(t);
    const big = "x".repeat((1 << 20) + 1);
    const ends = [];
    socket.addEventListener("drain", () => {
      socket.send(big);
      ends.push(socket.ready(), socket.flushed());
    }, { once: true });
    socket.send(big);
    const first = socket.ready();
    native.buffered = 0;
    await first;
    await pause(50);
    equal([await state(ends[0]), await state(ends[1])], ["pending", "pending"]);
    native.buffered = 0;
    equal(await Promise.all(ends.map(end)), ["resolved", "resolved"]);
  });

  alone(`flush: flushed() does not wait for what is sent after it (${name})`, async (t) => {
    const [socket, native] = await make(t);
    socket.send("12345");
    const flushed = socket.flushed();
    let done = false;
    const resolved = flushed.then(() => { done = true; });
    // The buffer is never empty, because something is always sent again.
    while (!done) {
      socket.send("67890");
      native.buffered = 5;
      await pause(1);
    }
    await resolved;
    equal(await state(socket.flushed()), "pending", "the next one");
  });

  alone(`flush: flushed() rejects with what a lost connection left unsent (${name})`, async (t) => {
    const [socket, native] = await make(t);
    for (const text of ["12345", "67890"]) socket.send(text);
    const ends = [socket.flushed(), socket.flushed()].map(end);
    native.buffered = 3;
    if (name === "strict") native.end();
    else socket.terminate();
    const lost = await Promise.all(ends);
    ok(lost.every(([error, ticket]) => error === "NetworkError" && ticket < 2), JSON.stringify(lost));
    // The strict class can't tell how many messages its last bytes were.
    if (name === "steady") equal(await end(socket.flushed()), ["NetworkError", 1, "in-doubt"]);
    equal(await end(socket.flushed()), "resolved", "reported already");
  });

  alone(`flush: a loss that no flush has reported rejects at once, and once (${name})`, async (t) => {
    const [socket, native] = await make(t);
    socket.send("12345");
    native.buffered = 3;
    if (name === "strict") native.end();
    else socket.terminate();
    await pause(5);
    const [error, ticket] = await end(socket.flushed());
    equal([error, ticket], ["NetworkError", 0]);
    equal(await end(socket.flushed()), "resolved");
    socket.send("lost as well");
    equal(await end(socket.flushed()), ["NetworkError", 1, "closed"]);
  });

  alone(`flush: a socket that lost nothing is flushed, also when it is over (${name})`, async (t) => {
    const [socket, native] = await make(t);
    socket.send("12345");
    native.buffered = 0;
    await socket.flushed();
    native.end(1000, true);
    await pause(5);
    equal([socket.readyState, await end(socket.flushed()), await end(socket.ready())], [3, "resolved", ["InvalidStateError"]]);
  });

  alone(`flush: ready() and flushed() end with the socket, even if a listener keeps close from others (${name})`, async (t) => {
    const [socket, native] = await make(t);
    socket.addEventListener("close", (event) => event.stopImmediatePropagation(), true);
    socket.send("x".repeat((1 << 20) + 1));
    socket.addEventListener("drain", () => {});
    // So that the pressure is known.
    while ((await state(socket.ready())) !== "pending") await pause(1);
    const ends = [socket.ready(), socket.flushed()].map(end);
    native.end(1000, true);
    equal((await Promise.all(ends)).map(([error]) => error), ["InvalidStateError", "NetworkError"]);
  });
}

const LOSSES = {
  expired: async (socket) => { socket.send("1", { ttl: 5 }); },
  replaced: async (socket) => { socket.send("1", { key: "k" }); socket.send("2", { key: "k" }); },
  cancelled: async (socket) => { socket.send("1", { track: true }).cancel(); },
  "stale-session": async (socket) => { socket.send("1", { session: true }); socket.newSession(); },
  closed: async (socket) => { socket.send("1"); socket.close(); },
};

for (const [reason, lose] of Object.entries(LOSSES)) {
  alone(`flush: flushed() rejects with what was ${reason}`, async (t) => {
    const { socket } = await steadyOverFake(t, patient);
    await lose(socket);
    equal(await end(socket.flushed()), ["NetworkError", 0, reason]);
    ok((await state(socket.flushed())) !== "rejected", "reported once");
  });
}

alone("flush: newSession() makes room in the queue at once", async (t) => {
  const { socket, seen } = await steadyOverFake(t, { queue: { maxCount: 2 } });
  for (const text of ["1", "2"]) socket.send(text, { session: true });
  socket.newSession();
  equal([socket.stats().queuedMessages, seen], [0, []]);
  socket.send("3");
  await pause(0);
  equal(seen, ["discard"]);
});

alone("flush: writable.close() rejects if one of its chunks was lost, and closes when the others were handed over", async (t) => {
  const { socket, natives } = await steadyOverFake(t, { backoff: { first: 1, ceiling: 1, floor: 1, jitter: "none" } });
  const writer = socket.writable.getWriter();
  natives[0].open();
  await writer.write("in doubt");
  natives[0].buffered = 4;
  natives[0].end();
  await writer.write("queued");
  const closing = end(writer.close());
  while (natives.length < 2) await pause(1);
  equal(socket.readyState, 0, "one is still queued");
  natives[1].open();
  natives[1].buffered = 0;
  equal(await closing, ["NetworkError", 0, "in-doubt"]);
  equal([socket.readyState, natives[1].sent], [2, ["queued"]]);
});

alone("flush: writable.close() resolves if nothing was lost", async (t) => {
  const { socket, natives } = await steadyOverFake(t);
  const writer = socket.writable.getWriter();
  await writer.write("queued");
  const closing = end(writer.close());
  natives[0].open();
  await pause(5);
  equal(socket.readyState, 1, "still buffered");
  natives[0].buffered = 0;
  equal([await closing, socket.readyState], ["resolved", 2]);
});
