// Callbacks run in order, never inside a call of the application, whatever its handlers do.

import { block, faked, reported, steadyOverFake } from "../fake.js";
import { alone, equal, ok, pause, thrown } from "../harness.js";

const VERBS = {
  close: (socket) => socket.close(),
  terminate: (socket) => socket.terminate(),
  reconnect: (socket) => socket.reconnect(),
  send: (socket) => socket.send("more"),
  "close, send": (socket) => { socket.close(); socket.send("more"); },
  "reconnect, close": (socket) => { socket.reconnect(); socket.close(); },
};

for (const [name, verb] of Object.entries(VERBS)) {
  alone(`order: ${name} inside discard, when a connection is lost`, async (t) => {
    const { socket, natives, seen } = await steadyOverFake(t);
    natives[0].open();
    socket.send("in doubt");
    natives[0].buffered = 4;
    socket.addEventListener("discard", () => verb(socket), { once: true });
    natives[0].end();
    await pause(10);
    equal(seen.slice(0, 3), ["open", "discard", "reconnecting"]);
    const ended = socket.readyState === 3;
    equal(seen.includes("close"), ended, "it is told that it ended");
    if (ended) equal(seen.at(-1), "close");
  });

  alone(`order: ${name} inside discard, when the socket ends uncleanly`, async (t) => {
    const { socket, natives, seen } = await steadyOverFake(t);
    natives[0].open();
    socket.send("in doubt");
    natives[0].buffered = 4;
    socket.addEventListener("discard", () => thrown(() => verb(socket)), { once: true });
    natives[0].end(1008);
    await pause(10);
    equal([seen, socket.readyState], [["open", "discard", "error", "close"], 3]);
  });

  // A message's ttl and the retry delay end together when the timer is late.
  alone(`order: ${name} inside discard, while the next connection is made`, async (t) => {
    const causes = await reported(async () => {
      const { socket, natives, seen } = await steadyOverFake(t, { backoff: { first: 40, ceiling: 40, floor: 1, jitter: "none" } });
      natives[0].end();
      equal(seen, ["reconnecting"]);
      socket.send("late", { ttl: 40 });
      socket.addEventListener("discard", () => verb(socket), { once: true });
      block(100);
      await pause(20);
      ok(seen.includes("discard"), "it was discarded");
      ok(natives.length > 1, "a connection was made");
      const living = natives.filter(({ state }) => state < 2);
      const ended = socket.readyState > 1;
      equal(living.length <= (ended ? 0 : 1), true, `${living.length} live connections, readyState ${socket.readyState}`);
      for (const one of natives) if (one.state === 2) one.end();
      await pause(10);
      if (ended) equal([socket.readyState, seen.at(-1)], [3, "close"]);
    });
    equal(causes, []);
  });
}

alone("order: nothing fires inside a getter or a verb, even if messages have expired", async (t) => {
  for (const call of [(socket) => socket.readyState, (socket) => socket.send("x"), (socket) => socket.close(), (socket) => void socket.ready().catch(() => {})]) {
    const { socket, natives, seen } = await steadyOverFake(t, { highWaterMark: 10, lowWaterMark: 1 });
    natives[0].open();
    socket.send("more than the high-water mark");
    socket.send("late", { ttl: 5 });
    equal(socket.stats().queuedMessages, 1, "queued");
    block(10);
    // The peer closes, which a getter detects.
    natives[0].state = 2;
    seen.length = 0;
    call(socket);
    equal(seen, [], `inside ${call}`);
    await pause(10);
    equal(seen[0], "discard", `after ${call}`);
  }
});

alone("order: no message comes after close(), if an event before it closes", async (t) => {
  const { socket, natives, seen } = await steadyOverFake(t, { highWaterMark: 10, lowWaterMark: 1 });
  natives[0].open();
  socket.send("more than the high-water mark");
  const queued = socket.send("queued", { track: true });
  socket.addEventListener("message", () => queued.cancel(), { once: true });
  socket.addEventListener("discard", () => socket.close());
  // As in Node: both in one task, with no microtask between.
  natives[0].message("first");
  natives[0].message("second");
  equal(seen, ["open", "message", "discard"]);
});

alone("order: what cannot be told silences nobody", async (t) => {
  const { socket, natives, seen } = await steadyOverFake(t);
  const { Event } = globalThis;
  const causes = await reported(async () => {
    natives[0].state = 1;
    const opened = new Event("open");
    globalThis.Event = class { constructor() { throw new Error("no event"); } };
    try {
      natives[0].dispatchEvent(opened);
    } finally {
      globalThis.Event = Event;
    }
    await pause(0);
  });
  equal(causes, ["no event"]);
  natives[0].message("x");
  socket.send("y");
  equal([seen, natives[0].sent], [["message"], ["y"]]);
  natives[0].end();
  equal(seen, ["message", "reconnecting"]);
});

alone("order: discards that go together are one event", async (t) => {
  const { socket, natives } = await steadyOverFake(t, { queue: { maxCount: 4, overflow: "drop-oldest" } });
  const told = [];
  socket.addEventListener("discard", ({ messages }) => told.push(messages.map(({ data, reason }) => [data, reason])));
  for (let i = 0; i < 6; i++) socket.send(`${i}`);
  socket.close();
  natives[0].end();
  await pause(10);
  equal(told.flat().length, 6);
  equal(told[0].slice(0, 2), [["0", "overflow"], ["1", "overflow"]]);
  ok(told.length <= 2, `${told.length} events`);
});

alone("order: a page event is kept from nobody by another socket that throws", async (t) => {
  if (!globalThis.document) return;
  const { SteadyWebSocket, address, made } = await faked();
  const sockets = [1, 2, 3].map((n) => t.keep(new SteadyWebSocket(`${address}${n}`)));
  for (const native of made) native.open();
  made[0].close = () => { throw new Error("not to be closed"); };
  const seen = sockets.map((socket) => t.record(socket));
  const causes = await reported(async () => dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true })));
  equal(seen.slice(1).map((one) => one.map(({ type }) => type)), [["reconnecting"], ["reconnecting"]]);
  equal(causes, ["not to be closed"]);
  dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
});
